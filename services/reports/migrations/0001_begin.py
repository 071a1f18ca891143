"""Begin"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("create extension if not exists ltree")
    op.create_table('numbers',
    sa.Column('community', sa.Text(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('community', 'day', name=op.f('pk_numbers'))
    )
    op.create_table('reports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('client_token', sa.Uuid(), nullable=False),
    sa.Column('reporter_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('status', sa.Enum('submitted', 'accepted', 'assigned', 'processing', 'resolved', 'closed', 'reopened', name='status', native_enum=False, create_constraint=True, length=16), nullable=False),
    sa.Column('sealed_text', sa.LargeBinary(), nullable=False),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lng', sa.Float(), nullable=True),
    sa.Column('assignee_id', sa.Uuid(), nullable=True),
    sa.Column('resolution', sa.Text(), nullable=True),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('satisfaction', sa.Integer(), nullable=True),
    sa.Column('reopen_count', sa.Integer(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seq', sa.BigInteger(), nullable=False),
    sa.Column('last_hash', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint("(status in ('resolved', 'closed')) <= (resolved_at is not null)", name=op.f('ck_reports_resolved_has_time')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports'))
    )
    op.create_index('ix_reports_area_gist', 'reports', ['area'], unique=False, postgresql_using='gist')
    op.create_index('ix_reports_reporter', 'reports', ['reporter_id', 'id'], unique=False)
    op.create_index('ix_reports_settled', 'reports', ['resolved_at'], unique=False, postgresql_where=sa.text("status = 'resolved'"))
    op.create_index('ix_reports_status', 'reports', ['status', 'id'], unique=False)
    op.create_index('uq_reports_client_token', 'reports', ['reporter_id', 'client_token'], unique=True)
    op.create_table('transitions',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('from_status', sa.Text(), nullable=True),
    sa.Column('to_status', sa.Text(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sealed_note', sa.LargeBinary(), nullable=True),
    sa.Column('previous_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_transitions_report_id')),
    sa.PrimaryKeyConstraint('report_id', 'seq', name=op.f('pk_transitions'))
    )
