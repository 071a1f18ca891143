"""What came again, and who owns the cause"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table('repeats',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('former_id', sa.Uuid(), nullable=False, comment='what was mended there before'),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('anchor_id', sa.Uuid(), nullable=True),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('report_id <> former_id', name=op.f('ck_repeats_of_another')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_repeats_report_id')),
    sa.ForeignKeyConstraint(['former_id'], ['reports.id'], name=op.f('fk_repeats_former_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_repeats')),
    sa.UniqueConstraint('report_id', name=op.f('uq_repeats_report_id'))
    )
    op.create_index('ix_repeats_area_gist', 'repeats', ['area'], unique=False, postgresql_using='gist')
    op.create_table('cures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('repeat_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('anchor_id', sa.Uuid(), nullable=True),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=False, comment='the local day on which it is looked at again'),
    sa.Column('opened_by', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("outcome in ('cured', 'eased', 'not_cured')", name=op.f('ck_cures_outcome')),
    sa.CheckConstraint('(outcome is null) = (ended_at is null) and (outcome is null) = (ended_by is null)', name=op.f('ck_cures_ended_whole')),
    sa.ForeignKeyConstraint(['repeat_id'], ['repeats.id'], name=op.f('fk_cures_repeat_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cures'))
    )
    op.create_index('uq_cures_under_way', 'cures', ['area', 'category', 'anchor_id'], unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sa.text('ended_at is null'))
    op.create_index('ix_cures_area_gist', 'cures', ['area'], unique=False, postgresql_using='gist')
    op.create_index('ix_reports_mended', 'reports', ['area', 'category', 'resolved_at'], unique=False, postgresql_where=sa.text("status in ('resolved', 'closed')"))
