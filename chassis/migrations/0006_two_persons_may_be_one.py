"""Two persons may be one"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "moved",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("rows", postgresql.JSONB(none_as_null=True), nullable=True, comment="column: keys of what moved"),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("split_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("merge_id", name=op.f("pk_moved")),
    )
    for column in ("source_id", "survivor_id"):
        op.create_index(op.f(f"ix_moved_{column}"), "moved", [column], unique=False)
