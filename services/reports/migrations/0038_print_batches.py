"""What was printed of anchors"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "printings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False, comment="in its community"),
        sa.Column("printed_at", moment, nullable=False),
        sa.Column("printed_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("turn >= 1", name=op.f("ck_printings_turn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printings")),
    )
    op.execute("alter table printings add column area ltree not null")
    op.execute("comment on column printings.area is 'the community'")
    op.create_index("uq_printings_turn", "printings", ["area", "turn"], unique=True)
    op.create_table(
        "printed",
        sa.Column("printing_id", sa.Uuid(), nullable=False),
        sa.Column("anchor_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="on its sheet"),
        sa.Column("version", sa.SmallInteger(), nullable=False, comment="of the poster, as it was printed"),
        sa.Column("place", sa.Text(), nullable=False, comment="as it was called then, so that the sheet is the same again"),
        sa.Column("taken_down_at", moment, nullable=True),
        sa.Column("taken_down_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(taken_down_at is null) = (taken_down_by is null)", name=op.f("ck_printed_taken_down_by_somebody")),
        sa.ForeignKeyConstraint(["printing_id"], ["printings.id"], name=op.f("fk_printed_printing_id")),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchors.id"], name=op.f("fk_printed_anchor_id")),
        sa.PrimaryKeyConstraint("printing_id", "anchor_id", name=op.f("pk_printed")),
    )
    op.create_index("ix_printed_anchor", "printed", ["anchor_id", "version"])
    op.create_index("ix_printed_hanging", "printed", ["anchor_id"], postgresql_where=sa.text("taken_down_at is null"))
