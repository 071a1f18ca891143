"""Begin"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("create extension if not exists ltree")
    op.create_table('gates',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gates'))
    )
    op.create_index('ix_gates_area_gist', 'gates', ['area'], unique=False, postgresql_using='gist')
    op.create_table('commands',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('gate_id', sa.Uuid(), nullable=False),
    sa.Column('commanded_by', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('commanded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['gate_id'], ['gates.id'], name=op.f('fk_commands_gate_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commands'))
    )
    op.create_index(op.f('ix_commands_gate_id'), 'commands', ['gate_id'], unique=False)
