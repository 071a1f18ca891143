"""Helpers belong to a room for a year at most; codes are counted by the area of their numbers too"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

_ALL = "'owner', 'tenant', 'family', 'helper'"
_CHECKS = {
    "bindings": {
        "kind": f"kind in ({_ALL})",
        "helping": "kind <> 'helper' or coalesce(ends_at - starts_at <= interval '366 days', false)",
    },
    "registrations": {"kind": f"kind in ({_ALL})"},
    "invitations": {"kind": "kind in ('tenant', 'family', 'helper')", "tenancy": "kind = 'family' or ends_at is not null"},
}


def upgrade() -> None:
    for table, checks in _CHECKS.items():
        for name, says in checks.items():
            op.execute(f"alter table {table} drop constraint if exists ck_{table}_{name}")
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, says)
    op.add_column("registrations", sa.Column("ends_at", sa.DateTime(timezone=True), comment="of the stay"))
    op.add_column("codes", sa.Column(
        "segment_index", sa.LargeBinary(), server_default=sa.text("''"), nullable=False,
        comment="of the number's first seven digits",
    ))
    op.create_index("ix_codes_segment", "codes", ["segment_index", "created_at"])
