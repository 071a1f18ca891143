"""Hospitals keep doctors, places and departments of their own, call them by their own names, and close them"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    ends = "since when nothing new is offered in it"
    for table in ("departments", "rooms", "offered_schedules"):
        op.add_column(table, sa.Column("closed_at", moment, nullable=True, comment=ends))
    op.add_column("rooms", sa.Column(
        "hospital_id", sa.Uuid(), nullable=True, comment="whose own place it is; none: a room of the hut",
    ))
    op.create_foreign_key(op.f("fk_rooms_hospital_id"), "rooms", "hospitals", ["hospital_id"], ["id"])
    op.create_index("ix_rooms_hospital_id", "rooms", ["hospital_id"])
    op.drop_index("uq_rooms_name", "rooms")
    op.create_index("uq_rooms_name", "rooms", ["area", "name"], unique=True, postgresql_where=sa.text("hospital_id is null"))
    op.create_index(
        "uq_rooms_own_name", "rooms", ["hospital_id", "name"], unique=True, postgresql_where=sa.text("hospital_id is not null"),
    )
    op.create_table(
        "hospital_doctors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="as the hospital says it: of somebody at work, never of a patient"),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("closed_at", moment, nullable=True, comment="since when they offer nothing new"),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_hospital_doctors_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospital_doctors")),
    )
    op.create_index("ix_hospital_doctors_hospital_id", "hospital_doctors", ["hospital_id"])
    op.create_table(
        "hospital_names",
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False, comment="of FHIR's kinds"),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_hospital_names_hospital_id")),
        sa.PrimaryKeyConstraint("hospital_id", "kind", "system", "value", name=op.f("pk_hospital_names")),
    )
    op.create_index("ix_hospital_names_key", "hospital_names", ["key"])
