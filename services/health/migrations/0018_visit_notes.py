"""Notes of visits"""

import sqlalchemy as sa
from alembic import op

import chassis.tables

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "visit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("area", chassis.tables.AreaPath(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version between 1 and 20", name=op.f("ck_visit_notes_version")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_visit_notes_appointment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_notes")),
    )
    op.create_index("uq_visit_notes_version", "visit_notes", ["appointment_id", "version"], unique=True)
    op.create_index(op.f("ix_visit_notes_person_id"), "visit_notes", ["person_id"])
    op.create_index(op.f("ix_visit_notes_written_at"), "visit_notes", ["written_at"])
