"""What was done is read from the step that did it, where it is sealed"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_column("reports", "resolution")
