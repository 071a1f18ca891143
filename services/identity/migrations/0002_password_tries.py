"""Wrong passwords are counted by login and address"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table('password_tries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('login_index', sa.LargeBinary(), nullable=False),
    sa.Column('address_index', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_tries'))
    )
    op.create_index('ix_password_tries_address', 'password_tries', ['address_index', 'at'], unique=False)
    op.create_index('ix_password_tries_login', 'password_tries', ['login_index', 'at'], unique=False)
    op.drop_column('people', 'failed_tries')
    op.drop_column('people', 'paused_until')
