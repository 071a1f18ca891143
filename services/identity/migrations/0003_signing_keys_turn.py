"""Signing keys turn"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column('signing_keys', sa.Column('signs_from', sa.DateTime(timezone=True), nullable=True, comment='of a next key that does not wait for a command'))
    op.add_column('signing_keys', sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('uq_signing_keys_next', 'signing_keys', ['state'], unique=True, postgresql_where=sa.text("state = 'next'"))
