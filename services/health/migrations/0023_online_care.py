"""How a time is held, what a visit by video is, and what staff enter so that it may be"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    for table in ("schedules", "slots"):
        how = sa.Column("modality", sa.String(length=16), nullable=False, server_default="in_person")
        op.add_column(table, how)
        words = "modality in ('in_person', 'video_hut', 'video_home')"
        op.create_check_constraint(op.f(f"ck_{table}_modality"), table, words)
    kind = sa.Column("visit_kind", sa.String(length=16), nullable=True, comment="of a visit by video; none is in person")
    op.add_column("appointments", kind)
    op.create_check_constraint(
        op.f("ck_appointments_visit_kind"), "appointments", "visit_kind in ('consultation', 'follow_up', 'assisted')",
    )
    _doctors_and_huts()
    _patients()


def _doctors_and_huts() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "qualifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("doctor_id", sa.Uuid(), nullable=False),
        sa.Column("practised_since", sa.Date(), nullable=False),
        sa.Column("for_children", sa.Boolean(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualifications")),
    )
    op.create_index("uq_qualifications_doctor", "qualifications", ["doctor_id", "area"], unique=True)
    op.create_index("ix_qualifications_area_gist", "qualifications", ["area"], postgresql_using="gist")
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_site", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_sites_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_index("uq_sites_version", "sites", ["hospital_id", "version"], unique=True)
    op.create_index("ix_sites_area_gist", "sites", ["area"], postgresql_using="gist")


def _patients() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("proof", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("proof in ('record', 'discharge', 'certificate')", name=op.f("ck_evidence_proof")),
        sa.CheckConstraint("recorded_by <> person_id", name=op.f("ck_evidence_by_another")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_evidence_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_person_id", "evidence", ["person_id"])
    op.create_index("ix_evidence_area_gist", "evidence", ["area"], postgresql_using="gist")
    op.create_table(
        "guardians",
        sa.Column("proxy_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("lasts", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("proxy_id", name=op.f("pk_guardians")),
    )
    op.create_index("ix_guardians_child_id", "guardians", ["child_id"])
    op.create_index("ix_guardians_guardian_id", "guardians", ["guardian_id"])
