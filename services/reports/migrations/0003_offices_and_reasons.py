"""A report lies with one of four offices; its steps keep who, as what, why, and a hash that outlives their text"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_STATUSES = (
    "submitted", "accepted", "assigned", "processing", "resolved", "closed", "reopened", "declined", "returned", "escalated",
    "withdrawn",
)


def upgrade() -> None:
    op.drop_constraint("status", "reports", type_="check")
    op.alter_column("reports", "status", type_=sa.String(24), existing_nullable=False)
    op.create_check_constraint(op.f("status"), "reports", sa.column("status").in_(_STATUSES))
    op.add_column("reports", sa.Column("level", sa.SmallInteger(), nullable=False, server_default="1"))
    op.create_check_constraint(op.f("ck_reports_level"), "reports", "level between 1 and 4")
    op.add_column("reports", sa.Column("return_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("reports", sa.Column("appealed_at", sa.DateTime(timezone=True)))
    op.add_column("transitions", sa.Column("role", sa.Text()))
    op.add_column("transitions", sa.Column("level", sa.SmallInteger(), nullable=False, server_default="1"))
    op.add_column("transitions", sa.Column("reason_code", sa.Text()))
    op.add_column("transitions", sa.Column(
        "spelling", sa.SmallInteger(), nullable=False, server_default="1", comment="of the hash: 1 clear note, 2 sealed"
    ))
