"""Sessions have a device, and all codes a budget"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("refresh_tokens", sa.Column("device", sa.Text(), nullable=True, comment="the kind, where it is known"))
    op.create_index("ix_codes_created_at", "codes", ["created_at"], unique=False)
    op.execute("alter table refresh_tokens set (fillfactor = 70)")
