"""Bookings forget whose they were"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "retirements",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_retirements_appointment_id")),
        sa.PrimaryKeyConstraint("appointment_id", name=op.f("pk_retirements")),
    )
    op.create_index("ix_appointments_ends_at", "appointments", ["ends_at"])
    op.create_table(
        "shown_until",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pos", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_shown_until_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_until")),
    )
