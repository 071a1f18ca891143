"""People ask to be forgotten"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table('erasures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False, comment='stays when they are forgotten: an id that leads to nothing any more'),
    sa.Column('area', AreaPath(), nullable=True, comment='where they lived; none of who lived nowhere'),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cools_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(24), nullable=False),
    sa.Column('look_id', sa.Uuid(), nullable=True),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('cooling', 'looking', 'held', 'erasing', 'closed', 'withdrawn')", name=op.f('ck_erasures_state')),
    sa.CheckConstraint("(state = 'closed') = (closed_at is not null)", name=op.f('ck_erasures_closed')),
    sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_at is not null)", name=op.f('ck_erasures_withdrawn')),
    sa.CheckConstraint("(state in ('erasing', 'closed')) = (begun_at is not null)", name=op.f('ck_erasures_begun')),
    sa.CheckConstraint('begun_at >= cools_until', name=op.f('ck_erasures_cooled')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures')),
    sa.UniqueConstraint('look_id', name=op.f('uq_erasures_look_id'))
    )
    op.create_index('ix_erasures_area_gist', 'erasures', ['area'], unique=False, postgresql_using='gist')
    op.create_index('ix_erasures_next', 'erasures', ['next_at'], unique=False, postgresql_where=sa.text('next_at is not null'))
    op.create_index('uq_erasures_open', 'erasures', ['person_id'], unique=True, postgresql_where=sa.text("state in ('cooling', 'looking', 'held', 'erasing')"))
    op.create_table('request_parts',
    sa.Column('request_id', sa.Uuid(), nullable=False, comment='an erasure, one look of it, an export, a consent'),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("act in ('look', 'erase', 'export', 'consent')", name=op.f('ck_request_parts_act')),
    sa.CheckConstraint("state in ('done', 'held', 'failed')", name=op.f('ck_request_parts_state')),
    sa.CheckConstraint("(state = 'held') = (reason is not null)", name=op.f('ck_request_parts_reason')),
    sa.PrimaryKeyConstraint('request_id', 'act', 'service', name=op.f('pk_request_parts'))
    )
