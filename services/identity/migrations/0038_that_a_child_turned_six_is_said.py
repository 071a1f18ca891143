"""That a child whose guardian somebody is turned six is said once"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    said = "when it was said that the child of a guardian has turned six"
    op.add_column("proxies", sa.Column("six_told_at", sa.DateTime(timezone=True), nullable=True, comment=said))
