"""Hooks"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table('hooks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('endpoint', sa.Text(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False, comment='of its secret'),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True, comment='when the secret before it was'),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('char_length(name) between 1 and 40', name=op.f('ck_hooks_name')),
    sa.CheckConstraint("endpoint like 'https://%'", name=op.f('ck_hooks_https')),
    sa.CheckConstraint("state in ('active', 'silenced', 'ended')", name=op.f('ck_hooks_state')),
    sa.CheckConstraint('version >= 1', name=op.f('ck_hooks_version')),
    sa.CheckConstraint('(version = 1) = (replaced_at is null)', name=op.f('ck_hooks_replaced')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hooks'))
    )
    op.create_index('ix_hooks_area_gist', 'hooks', ['area'], unique=False, postgresql_using='gist')
    op.create_index('uq_hooks_endpoint', 'hooks', ['area', 'endpoint'], unique=True, postgresql_where=sa.text("state <> 'ended'"))
    op.create_table('deliveries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('hook_id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False, comment='of the step'),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=Text()), nullable=False, comment='what is told: ids, state and when'),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("outcome in ('taken', 'failed', 'left')", name=op.f('ck_deliveries_outcome')),
    sa.CheckConstraint('(outcome is null) = (done_at is null)', name=op.f('ck_deliveries_done')),
    sa.ForeignKeyConstraint(['hook_id'], ['hooks.id'], name=op.f('fk_deliveries_hook_id')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_deliveries_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries'))
    )
    op.create_index('ix_deliveries_done', 'deliveries', ['done_at'], unique=False, postgresql_where=sa.text('done_at is not null'))
    op.create_index('ix_deliveries_due', 'deliveries', ['due_at'], unique=False, postgresql_where=sa.text('done_at is null'))
    op.create_index('ix_deliveries_hook', 'deliveries', ['hook_id', 'id'], unique=False)
    op.create_index('uq_deliveries_step', 'deliveries', ['hook_id', 'report_id', 'seq'], unique=True)
