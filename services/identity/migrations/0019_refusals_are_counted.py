"""Refusals are counted"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table('refusals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False, comment='zero of who is not signed in, and of many'),
    sa.Column('area', AreaPath(), nullable=True, comment='where they serve or live, as a community; whose refusals these are to look at'),
    sa.Column('times', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('status in (401, 403, 404, 429)', name=op.f('ck_refusals_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refusals'))
    )
    op.create_index('uq_refusals_hour', 'refusals', ['hour', 'operation', 'status', 'person_id'], unique=True)
    op.create_index('ix_refusals_area_gist', 'refusals', ['area'], unique=False, postgresql_using='gist')
