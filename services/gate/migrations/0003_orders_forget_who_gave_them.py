"""Orders forget who gave them"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(op.f("ix_commands_commanded_at"), "commands", ["commanded_at"])
