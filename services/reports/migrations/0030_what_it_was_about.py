"""What a report was about at an instant"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_index('ix_transitions_reclassified', 'transitions', ['report_id', 'seq'], unique=False, postgresql_where=sa.text("action = 'reclassify'"))
