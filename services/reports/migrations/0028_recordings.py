"""Recordings"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table('recordings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('sender_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('content_type', sa.Text(), nullable=False, comment='by which it is PUT; nobody believes it'),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('failures', sa.SmallInteger(), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sha256', sa.LargeBinary(), nullable=True, comment='of what was sent'),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('milliseconds', sa.Integer(), nullable=True),
    sa.Column('made_size', sa.Integer(), nullable=True, comment='bytes of what was written anew'),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('stills', sa.SmallInteger(), nullable=False),
    sa.Column('swept_at', sa.DateTime(timezone=True), nullable=True, comment='what was sent is deleted for good: its grant is over'),
    sa.CheckConstraint("kind in ('voice', 'video')", name=op.f('ck_recordings_kind')),
    sa.CheckConstraint("role in ('before', 'context', 'after')", name=op.f('ck_recordings_role')),
    sa.CheckConstraint("state in ('granted', 'waiting', 'ready', 'rejected', 'forgotten')", name=op.f('ck_recordings_state')),
    sa.CheckConstraint('size > 0', name=op.f('ck_recordings_size')),
    sa.CheckConstraint('stills between 0 and 5', name=op.f('ck_recordings_stills')),
    sa.CheckConstraint("state <> 'ready' or (milliseconds is not null and reason is null)", name=op.f('ck_recordings_ready_is_made')),
    sa.CheckConstraint("state <> 'rejected' or reason is not null", name=op.f('ck_recordings_rejected_for_a_reason')),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_recordings_report_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recordings')),
    sa.UniqueConstraint('key', name=op.f('uq_recordings_key'))
    )
    op.create_index('ix_recordings_forgotten', 'recordings', ['created_at'], unique=False, postgresql_where=sa.text("state = 'forgotten'"))
    op.create_index('ix_recordings_report', 'recordings', ['report_id', 'id'], unique=False)
    op.create_index('ix_recordings_sender', 'recordings', ['sender_id'], unique=False)
    op.create_index('ix_recordings_unswept', 'recordings', ['created_at'], unique=False, postgresql_where=sa.text('swept_at is null'))
    op.create_index('ix_recordings_waiting', 'recordings', ['due_at'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.drop_constraint(op.f('ck_checks_kind'), 'checks')
    op.create_check_constraint(op.f('ck_checks_kind'), 'checks', "kind in ('text', 'photo', 'video')")
    op.alter_column('checks', 'subject_id', comment='the report, of its text; an upload, of a photo; a recording')
