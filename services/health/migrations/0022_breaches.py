"""No-shows and late cancellations with their points, what they end, and reminders that were seen"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("appointments", sa.Column("reminder_seen_at", moment, nullable=True))
    op.create_table(
        "sanctions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("begins_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("limit_points", sa.Integer(), nullable=False),
        sa.Column("spares_seniors", sa.Boolean(), nullable=False),
        sa.Column("lifted_at", moment, nullable=True),
        sa.CheckConstraint("begins_at < ends_at", name=op.f("ck_sanctions_some_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    op.create_index("ix_sanctions_person_id", "sanctions", ["person_id"])
    op.create_index("ix_sanctions_area_gist", "sanctions", ["area"], postgresql_using="gist")
    op.create_table(
        "breaches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True, comment="by whose act, if it was not the clock"),
        sa.Column("sanction_id", sa.Uuid(), nullable=True),
        sa.Column("plea", sa.String(length=16), nullable=True),
        sa.Column("appealed_at", moment, nullable=True),
        sa.Column("finding", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", moment, nullable=True),
        sa.CheckConstraint("cause in ('missed', 'late')", name=op.f("ck_breaches_cause")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_breaches_some")),
        sa.CheckConstraint("plea in ('was_there', 'ill', 'not_told', 'other')", name=op.f("ck_breaches_plea")),
        sa.CheckConstraint("finding in ('was_there', 'excused', 'our_fault', 'stands')", name=op.f("ck_breaches_finding")),
        sa.CheckConstraint("(plea is null) = (appealed_at is null)", name=op.f("ck_breaches_appealed")),
        sa.CheckConstraint(
            "(finding is null) = (decided_by is null) and (finding is null) = (decided_at is null)"
            " and (finding is null or plea is not null)", name=op.f("ck_breaches_decided"),
        ),
        sa.CheckConstraint(
            "decided_by <> person_id and decided_by is distinct from coalesce(entered_by, person_id)",
            name=op.f("ck_breaches_by_another"),
        ),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_breaches_appointment_id")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_breaches_policy_id")),
        sa.ForeignKeyConstraint(["sanction_id"], ["sanctions.id"], name=op.f("fk_breaches_sanction_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
    )
    op.create_index("uq_breaches_appointment", "breaches", ["appointment_id"], unique=True)
    op.create_index("ix_breaches_person_id", "breaches", ["person_id"])
    op.create_index("ix_breaches_sanction_id", "breaches", ["sanction_id"])
    op.create_index("ix_breaches_area_gist", "breaches", ["area"], postgresql_using="gist")
