"""Who acted for the reporter"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column('transitions', sa.Column('acting_id', sa.Uuid(), nullable=True, comment='who took it for the actor, by proxy'))
