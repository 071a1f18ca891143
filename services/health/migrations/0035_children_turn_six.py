"""A child is a small one until identity says that it turned six"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    said = "identity said so; until then the child counts as under six"
    op.add_column("guardians", sa.Column("turned_six", sa.Boolean(), server_default="false", nullable=False, comment=said))
