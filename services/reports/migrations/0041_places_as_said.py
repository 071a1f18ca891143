"""A place is kept as it was said"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.add_column("reports", sa.Column("said_lat", sa.Float(), nullable=True, comment="as it was said, on the datum said_crs"))
    op.add_column("reports", sa.Column("said_lng", sa.Float(), nullable=True))
    op.add_column("reports", sa.Column("said_crs", sa.Text(), nullable=True))
    op.add_column("reports", sa.Column("accuracy_m", sa.Float(), nullable=True))
    for name, rule in (
        ("said_whole", "num_nulls(said_lat, said_lng, said_crs) in (0, 3)"), ("said_crs", "said_crs in ('wgs84', 'gcj02')"),
        ("accuracy_m", "accuracy_m between 0 and 10000"),
    ):
        op.create_check_constraint(op.f(f"ck_reports_{name}"), "reports", rule)
