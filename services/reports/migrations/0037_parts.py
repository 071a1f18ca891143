"""Reports are divided into parts"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("reports", sa.Column("parent_id", sa.Uuid(), nullable=True, comment="the report it is a part of"))
    op.add_column(
        "reports",
        sa.Column("divided_by", sa.Uuid(), nullable=True, comment="the unit of who divided, else the parent: never a person"),
    )
    op.create_foreign_key(op.f("fk_reports_parent_id"), "reports", "reports", ["parent_id"], ["id"])
    op.create_index("ix_reports_parent", "reports", ["parent_id"], postgresql_where=sa.text("parent_id is not null"))
    for name, rule in (
        ("divided_by_somebody", "(parent_id is null) = (divided_by is null)"),
        ("part_of_another", "parent_id <> id"),
        ("part_is_nobodys",
         "parent_id is null or (master_id is null and anchor_id is null and satisfaction is null and supporters = 0)"),
    ):
        op.create_check_constraint(op.f(f"ck_reports_{name}"), "reports", rule)
