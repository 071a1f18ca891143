"""Tickets for video rooms let in once"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("by_proxy", sa.Boolean(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side IN ('patient', 'doctor', 'nurse')", name=op.f("ck_tickets_side")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_tickets_appointment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    there = sa.text("left_at is null")
    op.create_index("uq_tickets_side", "tickets", ["appointment_id", "side"], unique=True, postgresql_where=there)
    op.create_index("ix_tickets_appointment_id", "tickets", ["appointment_id"])
    op.create_index("ix_tickets_seen_at", "tickets", ["seen_at"], postgresql_where=there)
