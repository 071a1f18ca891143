"""Areas as they are said"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("ix_directory_areas_said", "directory_areas", [sa.text("(path::text)")])
