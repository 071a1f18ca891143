"""A second secret signs what hospitals are told, while they change theirs"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("hooks", sa.Column("secrets", sa.Integer(), server_default="1", nullable=False))
    op.add_column("hooks", sa.Column("older_signs", sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint(op.f("ck_hooks_older"), "hooks", "secrets > 1 or not older_signs")
