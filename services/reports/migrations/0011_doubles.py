"""Likely doubles, and the indexes by which what is open near a place is found"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0011"
down_revision = "0010"

_OPEN = (
    "status in ('submitted', 'accepted', 'assigned', 'processing', 'reopened', 'returned', 'escalated', 'awaiting_reporter', "
    "'on_hold', 'whistled') and nlevel(area) <= 7"
)


def upgrade() -> None:
    op.create_table('doubles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('score', sa.SmallInteger(), nullable=False),
    sa.Column('why', postgresql.JSONB(astext_type=Text()), nullable=False, comment='in words that staff read'),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint('score between 0 and 100', name=op.f('ck_doubles_score')),
    sa.CheckConstraint('report_id <> other_id', name=op.f('ck_doubles_of_two')),
    sa.CheckConstraint('(settled_at is null) = (settled_by is null)', name=op.f('ck_doubles_settled_by_somebody')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_doubles_report_id')),
    sa.ForeignKeyConstraint(['other_id'], ['reports.id'], name=op.f('fk_doubles_other_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_doubles'))
    )
    op.create_index('uq_doubles_pair', 'doubles', ['report_id', 'other_id'], unique=True)
    op.create_index('ix_doubles_waiting', 'doubles', ['area'], unique=False, postgresql_using='gist', postgresql_where=sa.text('settled_at is null'))
    op.create_index('ix_reports_open_anchor', 'reports', ['anchor_id', 'id'], unique=False, postgresql_where=sa.text(f'anchor_id is not null and {_OPEN}'))
    op.create_index('ix_reports_open_area', 'reports', ['area', 'id'], unique=False, postgresql_where=sa.text(_OPEN))
    op.create_index('ix_reports_open_point', 'reports', [sa.text('point(lng, lat)')], unique=False, postgresql_using='gist', postgresql_where=sa.text(_OPEN))
