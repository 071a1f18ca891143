"""The steps and clocks that the three rates count, by when they were taken or began"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_index('ix_transitions_counted', 'transitions', ['at'], unique=False, postgresql_where=sa.text("action in ('assign', 'reassign', 'resolve')"))
    op.create_index('ix_clocks_contact', 'clocks', ['started_at'], unique=False, postgresql_where=sa.text("kind = 'contact'"))
