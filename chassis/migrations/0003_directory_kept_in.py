"""Rows of the directory say which transaction kept them, so that a look can ask for what is new"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table in ("directory_assignments", "directory_bindings", "directory_revocations"):
        op.add_column(table, sa.Column("kept_in", sa.BigInteger(), nullable=True, comment="the transaction that kept this row"))
        op.create_index(f"ix_{table}_kept_in", table, ["kept_in"], unique=False)
    for table in ("directory_assignments", "directory_bindings"):
        for moment in ("starts_at", "ends_at"):
            op.create_index(f"ix_{table}_{moment}", table, [moment], unique=False)
