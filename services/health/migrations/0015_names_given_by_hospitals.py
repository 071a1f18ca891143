"""What hospitals call appointments that they booked here, and what their programs subscribe to"""

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
    op.create_table(
        "hooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('requested', 'active', 'error', 'off')", name=op.f("ck_hooks_state")),
        sa.CheckConstraint("endpoint like 'https://%'", name=op.f("ck_hooks_https")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_hooks_hospital_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_hooks_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hooks")),
    )
    op.create_index(
        "uq_hooks_endpoint", "hooks", ["hospital_id", "endpoint"], unique=True, postgresql_where=sa.text("state <> 'off'"),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(number = 0) = (appointment_id is null)", name=op.f("ck_calls_handshake")),
        sa.ForeignKeyConstraint(["hook_id"], ["hooks.id"], name=op.f("fk_calls_hook_id")),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_calls_appointment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("uq_calls_number", "calls", ["hook_id", "number"], unique=True)
    op.create_index("ix_calls_due", "calls", ["due_at"], postgresql_where=sa.text("done_at is null"))
