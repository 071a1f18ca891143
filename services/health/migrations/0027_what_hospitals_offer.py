"""What hospitals call their times, and schedules without a time yet"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "offered_schedules",
        sa.Column("id", sa.Uuid(), nullable=False, comment="of the doctor in the department, as the FHIR door calls it"),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_offered_schedules_hospital_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_offered_schedules_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offered_schedules")),
    )
    op.create_index("uq_offered_schedules_pair", "offered_schedules", ["department_id", "doctor_id"], unique=True)
    op.create_table(
        "offer_names",
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("offered_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("num_nonnulls(slot_id, offered_id) = 1", name=op.f("ck_offer_names_of_one")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_offer_names_hospital_id")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_offer_names_slot_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["offered_id"], ["offered_schedules.id"], name=op.f("fk_offer_names_offered_id")),
    )
    op.create_index("ix_offer_names_slot_id", "offer_names", ["slot_id"])
    op.create_index("ix_offer_names_offered_id", "offer_names", ["offered_id"])
    for kind, column in (("slot", "slot_id"), ("offered", "offered_id")):
        op.create_index(
            f"uq_offer_names_{kind}", "offer_names", ["hospital_id", "system", "value"], unique=True,
            postgresql_where=sa.text(f"{column} is not null"),
        )
