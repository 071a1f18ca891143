"""Clocks of reports, and waits that stop them"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_STATUSES = (
    "submitted", "accepted", "assigned", "processing", "resolved", "closed", "reopened", "declined", "returned", "escalated",
    "withdrawn", "awaiting_reporter", "on_hold",
)
_KINDS = ("respond", "contact", "resolve")
_STATES = ("running", "paused", "met", "missed", "stopped")


def upgrade() -> None:
    op.drop_constraint("status", "reports", type_="check")
    op.create_check_constraint(op.f("status"), "reports", sa.column("status").in_(_STATUSES))
    op.add_column("reports", sa.Column("waits_until", sa.DateTime(timezone=True)))
    op.create_index("ix_reports_waiting", "reports", ["waits_until"], postgresql_where=sa.text("waits_until is not null"))
    op.create_table(
        "clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*_KINDS, name="kind", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("state", sa.Enum(*_STATES, name="state", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("by_night", sa.Boolean(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("warned", sa.SmallInteger(), nullable=False),
        sa.Column("left", sa.Interval()),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("paused_total", sa.Interval(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(next_at is not null) = (state = 'running')", name=op.f("ck_clocks_looked_at_while_running")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_clocks_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks")),
    )
    going = sa.text("state in ('running', 'paused')")
    op.create_index("uq_clocks_going", "clocks", ["report_id", "kind"], unique=True, postgresql_where=going)
    op.create_index("ix_clocks_report", "clocks", ["report_id", "id"])
    op.create_index("ix_clocks_next", "clocks", ["next_at"], postgresql_where=sa.text("state = 'running'"))
