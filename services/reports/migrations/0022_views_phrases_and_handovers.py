"""Views, phrases and handovers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table('handovers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False, comment='where who is away serves'),
    sa.Column('from_id', sa.Uuid(), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='before its time'),
    sa.CheckConstraint('from_id <> to_id', name=op.f('ck_handovers_to_another')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_handovers_in_order')),
    sa.CheckConstraint("why in ('leave', 'holiday', 'training', 'other')", name=op.f('ck_handovers_why')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers'))
    )
    op.create_index('ix_handovers_area_gist', 'handovers', ['area'], unique=False, postgresql_using='gist')
    op.create_index('ix_handovers_from', 'handovers', ['from_id', 'ends_at'], unique=False, postgresql_where=sa.text('ended_at is null'))
    op.create_table('phrases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True, comment="whose own it is; none of a community's"),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("act in ('note', 'return', 'reassign', 'escalate', 'ask', 'decline', 'hold', 'resolve', 'any')", name=op.f('ck_phrases_act')),
    sa.CheckConstraint('char_length(title) between 1 and 40', name=op.f('ck_phrases_title')),
    sa.CheckConstraint('char_length(said) between 1 and 500', name=op.f('ck_phrases_said')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phrases'))
    )
    op.create_index('uq_phrases_own', 'phrases', ['owner_id', 'title'], unique=True, postgresql_where=sa.text('owner_id is not null'))
    op.create_index('uq_phrases_shared', 'phrases', ['area', 'title'], unique=True, postgresql_where=sa.text('owner_id is null'))
    op.create_table('views',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False, comment='where who saved it serves'),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True, comment='shared with those who serve in it'),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('list_name', sa.Text(), nullable=False),
    sa.Column('order_name', sa.Text(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=Text()), nullable=False, comment='the filters, read again whenever they are put'),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('char_length(name) between 1 and 40', name=op.f('ck_views_name')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_views'))
    )
    op.create_index('uq_views_own', 'views', ['owner_id', 'name'], unique=True, postgresql_where=sa.text('unit_id is null'))
    op.create_index('uq_views_shared', 'views', ['unit_id', 'name'], unique=True, postgresql_where=sa.text('unit_id is not null'))
    op.create_table('handed',
    sa.Column('handover_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('handed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('back_at', sa.DateTime(timezone=True), nullable=True, comment='looked at again when it was over, whether or not it went back'),
    sa.ForeignKeyConstraint(['handover_id'], ['handovers.id'], name=op.f('fk_handed_handover_id')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_handed_report_id')),
    sa.PrimaryKeyConstraint('handover_id', 'report_id', name=op.f('pk_handed'))
    )
    op.create_index('ix_handed_out', 'handed', ['handover_id'], unique=False, postgresql_where=sa.text('back_at is null'))
