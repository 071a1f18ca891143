"""Second looks are counted"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column('registrations', sa.Column('differed', sa.Integer(), server_default='0', nullable=False, comment='second looks that read another name'))
    op.create_check_constraint(op.f('ck_registrations_differed'), 'registrations', 'differed between 0 and 5')
