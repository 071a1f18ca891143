"""What hospitals call appointments that they booked here"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "given_names",
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_given_names_hospital_id")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_given_names_appointment_id")),
        sa.PrimaryKeyConstraint("hospital_id", "system", "value", name=op.f("pk_given_names")),
    )
    op.create_index(op.f("ix_given_names_appointment_id"), "given_names", ["appointment_id"])
