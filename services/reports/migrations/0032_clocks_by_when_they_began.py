"""Clocks by when they began"""

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_index('ix_clocks_started', 'clocks', ['started_at'], unique=False)
