"""People without a phone are registered"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table('registrations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False, comment='who is a person once it is confirmed, and nobody before'),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('sealed_name', sa.LargeBinary(), nullable=True, comment='while it waits'),
    sa.Column('name_index', sa.LargeBinary(), nullable=False, comment='of room and name together'),
    sa.Column('registered_by', sa.Uuid(), nullable=False),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('owner', 'tenant', 'family')", name=op.f('ck_registrations_kind')),
    sa.CheckConstraint("state in ('waiting', 'confirmed', 'refused', 'over')", name=op.f('ck_registrations_state')),
    sa.CheckConstraint("(state = 'waiting') = (decided_at is null)", name=op.f('ck_registrations_decided')),
    sa.CheckConstraint("(state = 'waiting') = (sealed_name is not null)", name=op.f('ck_registrations_named')),
    sa.CheckConstraint("state <> 'confirmed' or (decided_by is not null and decided_by <> registered_by)", name=op.f('ck_registrations_two')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registrations')),
    sa.UniqueConstraint('person_id', name=op.f('uq_registrations_person_id'))
    )
    op.create_index('ix_registrations_area_gist', 'registrations', ['area'], unique=False, postgresql_using='gist')
    op.create_index('uq_registrations_waiting', 'registrations', ['name_index'], unique=True, postgresql_where=sa.text("state = 'waiting'"))
