"""Copies are handed out"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table('accesses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True, comment='none: it was done by the platform, as the person had asked'),
    sa.Column('shown_to', sa.Uuid(), nullable=True, comment='a hospital'),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accesses'))
    )
    op.create_index('ix_accesses_person', 'accesses', ['person_id', 'at'], unique=False)
    op.create_table('exports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('over_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('sealed_key', sa.LargeBinary(), nullable=True, comment='opens the parts in the store; gone once it was fetched, or is over'),
    sa.Column('ready_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('swept_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'fetched') = (fetched_at is not null)", name=op.f('ck_exports_fetched')),
    sa.CheckConstraint("(state in ('gathering', 'ready')) = (sealed_key is not null)", name=op.f('ck_exports_openable')),
    sa.CheckConstraint("state in ('gathering', 'ready', 'fetched', 'over')", name=op.f('ck_exports_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exports'))
    )
    op.create_index('ix_exports_person', 'exports', ['person_id', 'asked_at'], unique=False)
    op.create_index('ix_exports_unswept', 'exports', ['over_at'], unique=False, postgresql_where=sa.text('swept_at is null'))
