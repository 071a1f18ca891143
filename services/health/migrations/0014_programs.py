"""Hospitals' programs ask at our FHIR door"""

import sqlalchemy as sa
from alembic import op

import chassis.tables

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("appointments", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_appointments_department", "appointments", ["department_id", "starts_at"])
    op.create_table(
        "programs",
        sa.Column("id", sa.Uuid(), nullable=False, comment="the subject of its tokens"),
        sa.Column("area", chassis.tables.AreaPath(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("admitted_by", sa.Uuid(), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_programs_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programs")),
    )
    op.create_index("ix_programs_area_gist", "programs", ["area"], postgresql_using="gist")
    op.create_index(op.f("ix_programs_hospital_id"), "programs", ["hospital_id"])
    op.create_table(
        "patients",
        sa.Column("id", sa.Uuid(), nullable=False, comment="by which this hospital alone knows the person"),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_patients_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
    )
    op.create_index("uq_patients_person", "patients", ["hospital_id", "person_id"], unique=True)
    op.create_index(op.f("ix_patients_person_id"), "patients", ["person_id"])
    op.create_table(
        "sights",
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="an id that was asked about or shown, there or not"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_sights_hospital_id")),
        sa.PrimaryKeyConstraint("hospital_id", "day", "what", name=op.f("pk_sights")),
    )
