"""What reports are about below their category: catalogues of communities, version by version, and what was answered"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table('catalogues',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=Text()), nullable=False, comment='nodes whole; a version is written once and stays'),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('version >= 1', name=op.f('ck_catalogues_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogues'))
    )
    op.create_index('uq_catalogues_version', 'catalogues', ['area', 'version'], unique=True)
    op.add_column("reports", sa.Column("subcategory", sa.Text(), nullable=True))
    op.add_column("reports", sa.Column(
        "category_version", sa.Integer(), server_default="0", nullable=False, comment="of the catalogue in which it was said",
    ))
    op.add_column("reports", sa.Column(
        "sealed_answers", sa.LargeBinary(), nullable=True, comment="to what its category asks besides, in the words of that version",
    ))
    op.create_check_constraint(op.f("ck_reports_subcategory"), "reports", "subcategory ~ '^[a-z][a-z0-9.-]{0,122}$'")
