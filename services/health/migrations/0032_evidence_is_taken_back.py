"""Evidence is taken back by who may enter it"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("evidence", sa.Column("taken_back_by", sa.Uuid(), nullable=True))
    op.add_column("evidence", sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_evidence_taken_back"), "evidence", "(taken_back_by is null) = (taken_back_at is null)",
    )
