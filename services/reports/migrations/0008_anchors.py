"""Anchors, and which one a report was filed by"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table('anchors',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('asset', sa.Text(), nullable=False, comment='what the poster hangs on, for everybody to read'),
    sa.Column('category', sa.Text(), nullable=False, comment='what a report from there is likely about'),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lng', sa.Float(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.SmallInteger(), nullable=False, comment='of the poster; a code names one, older ones open nothing'),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('nlevel(area) between 3 and 7', name=op.f('ck_anchors_public_place')),
    sa.CheckConstraint('char_length(asset) between 1 and 60', name=op.f('ck_anchors_asset')),
    sa.CheckConstraint('version between 1 and 32767', name=op.f('ck_anchors_version')),
    sa.CheckConstraint('(lat is null) = (lng is null)', name=op.f('ck_anchors_point_whole')),
    sa.CheckConstraint('lat between -90 and 90 and lng between -180 and 180', name=op.f('ck_anchors_point_on_earth')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_anchors'))
    )
    op.create_index('uq_anchors_hanging', 'anchors', ['area', 'asset'], unique=True, postgresql_where=sa.text('revoked_at is null'))
    op.create_index('ix_anchors_area_gist', 'anchors', ['area'], unique=False, postgresql_using='gist')
    op.add_column('reports', sa.Column('anchor_id', sa.Uuid(), nullable=True))
    # not valid first: the table is looked through without being locked
    op.execute('alter table reports add constraint fk_reports_anchor_id foreign key (anchor_id) references anchors (id) not valid')
    op.execute('alter table reports validate constraint fk_reports_anchor_id')
    op.create_index('ix_reports_anchor', 'reports', ['anchor_id', 'id'], unique=False, postgresql_where=sa.text('anchor_id is not null'))
