"""Who stands in line for a seat, and the seats that are offered to them"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "waits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", AreaPath(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("acting_id", sa.Uuid(), nullable=True, comment="who asked for them, by proxy"),
        sa.Column("left_at", moment, nullable=True),
        sa.CheckConstraint("what in ('slot', 'doctor', 'team', 'department')", name=op.f("ck_waits_what")),
        sa.CheckConstraint("since < until", name=op.f("ck_waits_some_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waits")),
    )
    op.create_index("ix_waits_person_id", "waits", ["person_id"])
    op.create_index("ix_waits_line", "waits", ["target_id", "asked_at"], postgresql_where=sa.text("left_at is null"))
    op.create_index("ix_waits_until", "waits", ["until"])
    op.create_index("ix_waits_area_gist", "waits", ["area"], postgresql_using="gist")
    op.add_column("appointments", sa.Column("waited_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_appointments_waited_id"), "appointments", "waits", ["waited_id"], ["id"], ondelete="SET NULL",
    )
    op.create_index("uq_appointments_waited", "appointments", ["waited_id", "slot_id"], unique=True)
