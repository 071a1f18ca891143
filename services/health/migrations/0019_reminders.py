"""Appointments are reminded of once"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("ahead", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ahead IN ('day', 'hour')", name=op.f("ck_reminders_ahead")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_reminders_appointment_id")),
        sa.PrimaryKeyConstraint("appointment_id", "ahead", name=op.f("pk_reminders")),
    )
