"""Recordings that their sender took back"""

from alembic import op

revision = "0039"
down_revision = "0038"

_BEFORE = "'granted', 'waiting', 'ready', 'rejected'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_recordings_state"), "recordings")
    op.create_check_constraint(
        op.f("ck_recordings_state"), "recordings", f"state in ({_BEFORE}, 'taken_back', 'forgotten')",
    )
