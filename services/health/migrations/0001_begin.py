"""Begin"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("create extension if not exists ltree")
    op.create_table('slots',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('doctor_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken', sa.Boolean(), nullable=False),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_slots_some_time')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slots'))
    )
    op.create_index('ix_slots_area_gist', 'slots', ['area'], unique=False, postgresql_using='gist')
    op.create_index('uq_slots_doctor', 'slots', ['doctor_id', 'starts_at'], unique=True)
    op.create_table('appointments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('slot_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('booked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name=op.f('fk_appointments_slot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appointments'))
    )
    op.create_index(op.f('ix_appointments_person_id'), 'appointments', ['person_id'], unique=False)
    op.create_index('uq_appointments_slot', 'appointments', ['slot_id'], unique=True)
