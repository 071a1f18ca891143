"""Half days"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column('day_exceptions', sa.Column('morning', sa.Boolean(), nullable=True))
    op.add_column('day_exceptions', sa.Column('afternoon', sa.Boolean(), nullable=True))
    op.alter_column('day_exceptions', 'works', nullable=True)
