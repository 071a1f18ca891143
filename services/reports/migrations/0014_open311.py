"""Programs that hand in reports over Open311, and what is asked for by date"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table('senders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False, comment='for ever: what it handed in stays its own'),
    sa.Column('owner', sa.Text(), nullable=False, comment='who answers for it'),
    sa.Column('area', AreaPath(), nullable=False, comment='the community it hands in reports for'),
    sa.Column('key_hash', sa.LargeBinary(), nullable=False),
    sa.Column('daily', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('daily >= 1', name=op.f('ck_senders_daily')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_senders')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_senders_key_hash')),
    sa.UniqueConstraint('name', name=op.f('uq_senders_name'))
    )
    op.create_index('ix_reports_submitted', 'reports', ['submitted_at'], unique=False)
    op.create_index('ix_transitions_at', 'transitions', ['at'], unique=False)
