"""Exports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table('exports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False, comment='where who asked serves'),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('written', sa.Text(), nullable=False),
    sa.Column('list_name', sa.Text(), nullable=False),
    sa.Column('said', postgresql.JSONB(astext_type=Text()), nullable=False, comment='the filters'),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False, comment='rows when it was asked for'),
    sa.Column('done', sa.Integer(), nullable=False, comment='rows that are written so far'),
    sa.Column('tries', sa.SmallInteger(), nullable=False),
    sa.Column('worked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('file_key', sa.Text(), nullable=True, comment="where its file lies, sealed with the service's own key"),
    sa.Column('over_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('swept_at', sa.DateTime(timezone=True), nullable=True, comment='its file is deleted'),
    sa.CheckConstraint("(state = 'fetched') = (fetched_at is not null)", name=op.f('ck_exports_fetched_once')),
    sa.CheckConstraint("state <> 'ready' or file_key is not null", name=op.f('ck_exports_ready_has_file')),
    sa.CheckConstraint("purpose in ('inspection', 'statistics', 'meeting', 'handing')", name=op.f('ck_exports_purpose')),
    sa.CheckConstraint("written in ('csv', 'xlsx')", name=op.f('ck_exports_written')),
    sa.CheckConstraint("state in ('waiting', 'working', 'ready', 'fetched', 'over', 'failed')", name=op.f('ck_exports_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exports'))
    )
    op.create_index('ix_exports_asked', 'exports', ['asked_by', 'asked_at'], unique=False)
    op.create_index('ix_exports_unswept', 'exports', ['over_at'], unique=False, postgresql_where=sa.text('swept_at is null'))
    op.create_index('ix_exports_waiting', 'exports', ['asked_at'], unique=False, postgresql_where=sa.text("state in ('waiting', 'working')"))
