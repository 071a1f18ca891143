"""Terms of communities, version by version"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table('terms',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=Text()), nullable=False, comment='the terms whole; a version is written once and stays'),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('version >= 1', name=op.f('ck_terms_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terms'))
    )
    op.create_index('uq_terms_version', 'terms', ['area', 'version'], unique=True)
