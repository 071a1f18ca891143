"""How a community routes, version by version, and what decided of each report"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table('routings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=Text()), nullable=False, comment='rules and grids whole; a version is written once and stays'),
    sa.Column('decided_by', sa.Uuid(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('version >= 1', name=op.f('ck_routings_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routings'))
    )
    op.create_index('uq_routings_version', 'routings', ['area', 'version'], unique=True)
    op.create_table('routes',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False, comment='of the routing that decided; 0 before there was any'),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('office', sa.Text(), nullable=True),
    sa.Column('grid', AreaPath(), nullable=True),
    sa.Column('says', sa.Text(), nullable=False),
    sa.Column('passed', postgresql.JSONB(astext_type=Text()), nullable=False, comment='why each rule before it did not decide'),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("by in ('anchor', 'rule', 'grid', 'triage')", name=op.f('ck_routes_by')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_routes_report_id')),
    sa.PrimaryKeyConstraint('report_id', name=op.f('pk_routes'))
    )
