"""Two are one"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table('merges',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False, comment='the smallest where both live or serve'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('noted', postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True, comment='what would move, as the first saw it; while it waits'),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('differed', sa.Integer(), server_default=sa.text('0'), nullable=False, comment='second looks that said otherwise'),
    sa.Column('kept', postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True, comment='of what a split brings back: keys, never values'),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True, comment='when it can be split no more'),
    sa.Column('split_by', sa.Uuid(), nullable=True),
    sa.Column('split_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('split_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("(state = 'split') = (split_at is not null) and (split_at is null) = (split_by is null) and (split_at is null) = (split_reason is null) and (split_at is null or split_at < until)", name=op.f('ck_merges_split')),
    sa.CheckConstraint("(state = 'waiting') = (noted is not null) and (state = 'waiting') = (decided_at is null)", name=op.f('ck_merges_decided')),
    sa.CheckConstraint("state not in ('merged', 'split') or (until is not null and decided_by is not null and decided_by not in (proposed_by, survivor_id, source_id))", name=op.f('ck_merges_two_looks')),
    sa.CheckConstraint('proposed_by not in (survivor_id, source_id)', name=op.f('ck_merges_not_oneself')),
    sa.CheckConstraint('split_by not in (survivor_id, source_id)', name=op.f('ck_merges_split_by_another')),
    sa.CheckConstraint("reason in ('same-papers', 'same-phone', 'said-so', 'registered-twice')", name=op.f('ck_merges_reason')),
    sa.CheckConstraint("state in ('waiting', 'merged', 'refused', 'over', 'split')", name=op.f('ck_merges_state')),
    sa.CheckConstraint("differed between 0 and 5", name=op.f('ck_merges_differed')),
    sa.CheckConstraint("split_reason in ('two-people', 'mistaken', 'asked')", name=op.f('ck_merges_split_reason')),
    sa.CheckConstraint('survivor_id <> source_id', name=op.f('ck_merges_two')),
    sa.ForeignKeyConstraint(['source_id'], ['people.id'], name=op.f('fk_merges_source_id')),
    sa.ForeignKeyConstraint(['survivor_id'], ['people.id'], name=op.f('fk_merges_survivor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merges'))
    )
    op.create_index('ix_merges_area_gist', 'merges', ['area'], unique=False, postgresql_using='gist')
    op.create_index(op.f('ix_merges_source_id'), 'merges', ['source_id'], unique=False)
    op.create_index(op.f('ix_merges_survivor_id'), 'merges', ['survivor_id'], unique=False)
    op.create_index('uq_merges_source', 'merges', ['source_id'], unique=True, postgresql_where=sa.text("state = 'merged'"))
    op.create_index('uq_merges_waiting', 'merges', [sa.literal_column('least(survivor_id, source_id)'), sa.literal_column('greatest(survivor_id, source_id)')], unique=True, postgresql_where=sa.text("state = 'waiting'"))
