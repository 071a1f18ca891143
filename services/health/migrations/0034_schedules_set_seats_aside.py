"""Schedules of hospitals say what is set aside of new times"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.add_column("offered_schedules", sa.Column(
        "set_aside", sa.Integer(), server_default="0", nullable=False, comment="of each new time that does not say it itself",
    ))
    op.add_column("offered_schedules", sa.Column("back_days", sa.Integer(), nullable=True))
    op.add_column("offered_schedules", sa.Column("back_at", sa.Time(), nullable=True))
    op.create_check_constraint(
        op.f("ck_offered_schedules_flows_back"), "offered_schedules",
        "set_aside between 0 and 200 and (set_aside > 0) = (back_days is not null) and (back_days is null) = (back_at is null)",
    )
