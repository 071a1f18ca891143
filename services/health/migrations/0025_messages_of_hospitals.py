"""What hospitals told us over HL7 v2, each message once"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pos", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("control_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("said_at", moment, nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("external_ref", sa.Text(), nullable=True),
        sa.Column("known_as", sa.Uuid(), nullable=True, comment="as the hospital knows the person; until it is applied"),
        sa.Column("their_slot", sa.Text(), nullable=True),
        sa.Column("starts_at", moment, nullable=True),
        sa.Column("ends_at", moment, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("applied_at", moment, nullable=True),
        sa.CheckConstraint("trigger in ('S12', 'S13', 'S14', 'S15', 'S17', 'S26')", name=op.f("ck_messages_trigger")),
        sa.CheckConstraint(
            "outcome in ('done', 'recorded', 'nothing', 'overtaken', 'people', 'unknown')", name=op.f("ck_messages_outcome"),
        ),
        sa.CheckConstraint("(outcome is null) = (applied_at is null)", name=op.f("ck_messages_applied")),
        sa.CheckConstraint(
            "outcome is null or num_nonnulls(known_as, their_slot, starts_at, ends_at) = 0", name=op.f("ck_messages_forgets"),
        ),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_messages_hospital_id")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_messages_appointment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("uq_messages_control", "messages", ["hospital_id", "control_id"], unique=True)
    op.create_index("ix_messages_received", "messages", ["hospital_id", "received_at"])
    op.create_index("ix_messages_ref", "messages", ["hospital_id", "external_ref"])
    op.create_index("ix_messages_waiting", "messages", ["due_at"], postgresql_where=sa.text("outcome is null"))
    op.create_index("ix_messages_appointment_id", "messages", ["appointment_id"])
