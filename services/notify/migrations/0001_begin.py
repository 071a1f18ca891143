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
    op.create_table('notices',
    sa.Column('pos', sa.Uuid(), nullable=False, comment='time-ordered, for pages'),
    sa.Column('id', sa.Uuid(), nullable=False, comment='made of event, person and template: said once'),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('template', sa.Text(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('history', sa.Boolean(), nullable=False, comment='planned from an event of long ago; nobody is disturbed by it'),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    op.create_index('ix_notices_unread', 'notices', ['person_id'], unique=False, postgresql_where=sa.text('read_at is null and not history'))
    op.create_index('uq_notices_pos', 'notices', ['person_id', 'pos'], unique=True)
