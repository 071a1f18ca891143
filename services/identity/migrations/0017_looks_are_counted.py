"""Looks are counted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table('looks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('looker', sa.LargeBinary(), nullable=False, comment='keyed: who, and whether they searched or read in the clear'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_looks'))
    )
    op.create_index(op.f('ix_looks_created_at'), 'looks', ['created_at'], unique=False)
    op.create_index('ix_looks_looker', 'looks', ['looker', 'created_at'], unique=False)
