"""Admins sign in from somewhere"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table('admin_networks',
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('networks', sa.ARRAY(sa.Text()), nullable=False, comment='CIDR'),
    sa.Column('changed_by', sa.Uuid(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('cardinality(networks) between 1 and 50', name=op.f('ck_admin_networks_some')),
    sa.PrimaryKeyConstraint('area', name=op.f('pk_admin_networks'))
    )
    op.create_index('ix_admin_networks_area_gist', 'admin_networks', ['area'], unique=False, postgresql_using='gist')
