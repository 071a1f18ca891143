"""Who acted for the patient"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column('appointments', sa.Column('acting_id', sa.Uuid(), nullable=True, comment="who took the person's last step for them, by proxy"))
