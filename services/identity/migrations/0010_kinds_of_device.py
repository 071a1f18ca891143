"""Kinds of device"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table('device_kinds',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind in ('wechat', 'android', 'apple', 'windows', 'mac', 'linux', 'other')", name=op.f('ck_device_kinds_kind')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_device_kinds_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'kind', name=op.f('pk_device_kinds'))
    )
    op.create_index(op.f('ix_device_kinds_seen_at'), 'device_kinds', ['seen_at'], unique=False)
