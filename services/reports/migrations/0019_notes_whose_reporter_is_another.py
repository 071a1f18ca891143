"""Notes whose reporter is another"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "notes_anew",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=False, comment="for whose the report is now"),
        sa.ForeignKeyConstraint(
            ["report_id", "seq"], ["transitions.report_id", "transitions.seq"], name="fk_notes_anew_step"
        ),
        sa.PrimaryKeyConstraint("report_id", "seq", name=op.f("pk_notes_anew")),
    )
