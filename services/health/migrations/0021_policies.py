"""What giving back late and not coming costs, and until when each seat is given back for nothing"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_at", moment, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=True),
        sa.Column("minutes_before", sa.Integer(), nullable=True),
        sa.Column("days_before", sa.Integer(), nullable=True),
        sa.Column("at", sa.Time(), nullable=True),
        sa.Column("late_points", sa.Integer(), nullable=False),
        sa.Column("missed_points", sa.Integer(), nullable=False),
        sa.Column("limit_points", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("spares_seniors", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(days_before is null) = (at is null) and (days_before is null) = (minutes_before is not null)",
            name=op.f("ck_policies_one_way"),
        ),
        sa.CheckConstraint(
            "limit_points > 0 and months > 0 and days > 0 and late_points >= 0 and missed_points >= 0",
            name=op.f("ck_policies_some"),
        ),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_policies_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    whose = sa.text("coalesce(hospital_id, '00000000-0000-0000-0000-000000000000')")
    op.create_index("uq_policies_version", "policies", ["area", whose, "version"], unique=True)
    op.create_index("ix_policies_area_gist", "policies", ["area"], postgresql_using="gist")
    op.add_column("appointments", sa.Column("cancel_until", moment, nullable=True))
    op.add_column("appointments", sa.Column("policy_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_appointments_policy_id"), "appointments", "policies", ["policy_id"], ["id"])
