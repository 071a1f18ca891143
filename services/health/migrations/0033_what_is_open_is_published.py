"""What is open to everybody is published, file by file"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "published_files",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="nobody's: times, places and doctors' roles without a name"),
        sa.Column("etag", sa.String(length=32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, comment="since when it says so"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_published_files")),
    )
