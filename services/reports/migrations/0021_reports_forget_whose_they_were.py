"""Reports forget whose they were"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "retirements",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_retirements_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_retirements")),
    )
    op.create_index("ix_reports_updated_at", "reports", ["updated_at"])
    op.create_table(
        "shown_until",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pos", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_shown_until_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_until")),
    )
