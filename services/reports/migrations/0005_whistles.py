"""Units summoned to reports"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_STATUSES = (
    "submitted", "accepted", "assigned", "processing", "resolved", "closed", "reopened", "declined", "returned", "escalated",
    "withdrawn", "awaiting_reporter", "on_hold", "whistled",
)


def upgrade() -> None:
    op.drop_constraint("status", "reports", type_="check")
    op.create_check_constraint(op.f("status"), "reports", sa.column("status").in_(_STATUSES))
    op.create_table(
        "summonses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("blown_by", sa.Uuid(), nullable=False),
        sa.Column("blown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True)),
        sa.Column("arrived_by", sa.Uuid()),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_summonses_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summonses")),
    )
    wanted, late = sa.text("closed_at is null"), sa.text("arrived_at is null and closed_at is null and not overdue")
    op.create_index("uq_summonses_open", "summonses", ["report_id", "unit_id"], unique=True, postgresql_where=wanted)
    op.create_index("ix_summonses_report", "summonses", ["report_id", "id"])
    op.create_index("ix_summonses_due", "summonses", ["due_at"], postgresql_where=late)
