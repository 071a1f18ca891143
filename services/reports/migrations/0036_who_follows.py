"""Who follows what, and what was said of it already"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "follows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("anchor_id", sa.Uuid(), nullable=True, comment="of one poster alone"),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_follows_anchor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
    )
    op.execute("alter table follows add column area ltree not null")
    op.create_index(
        "uq_follows_once", "follows", ["person_id", "area", "anchor_id", "category"], unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_follows_area_gist", "follows", ["area"], postgresql_using="gist")
    op.create_table(
        "hotspots",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.Integer(), nullable=False, comment="of people, the highest that was said"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_hotspots_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_hotspots")),
    )
    op.create_table(
        "counted_days",
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="a local day"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("community", "day", name=op.f("pk_counted_days")),
    )
