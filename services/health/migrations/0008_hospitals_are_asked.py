"""Hospitals are asked"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table('asks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pos', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('hospital_id', sa.Uuid(), nullable=False),
    sa.Column('appointment_id', sa.Uuid(), nullable=False),
    sa.Column('slot_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('external_ref', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('was_heard', sa.Boolean(), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('book', 'cancel')", name=op.f('ck_asks_kind')),
    sa.CheckConstraint("state in ('waiting', 'answered', 'left')", name=op.f('ck_asks_state')),
    sa.CheckConstraint("(state = 'waiting') = (answered_at is null)", name=op.f('ck_asks_answered')),
    sa.CheckConstraint("external_ref is null or kind = 'cancel'", name=op.f('ck_asks_of_theirs')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_asks_appointment_id')),
    sa.ForeignKeyConstraint(['hospital_id'], ['hospitals.id'], name=op.f('fk_asks_hospital_id')),
    sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name=op.f('fk_asks_slot_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_asks'))
    )
    op.create_index(op.f('ix_asks_appointment_id'), 'asks', ['appointment_id'], unique=False)
    op.create_index('ix_asks_due', 'asks', ['due_at'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('ix_asks_slot', 'asks', ['slot_id', 'pos'], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index('uq_asks_waiting', 'asks', ['appointment_id', 'kind', sa.literal_column("coalesce(external_ref, '')")], unique=True, postgresql_where=sa.text("state = 'waiting'"))
    op.add_column('hospitals', sa.Column('system', sa.Text(), nullable=True))
    op.add_column('slots', sa.Column('their_ref', sa.Text(), nullable=True))
    op.create_index('uq_slots_their_ref', 'slots', ['department_id', 'their_ref'], unique=True)
    op.create_check_constraint(
        op.f('ck_hospitals_connected'), 'hospitals', "system is null or adapter in ('fhir', 'hl7v2')",
    )
    op.create_check_constraint(
        op.f('ck_slots_theirs'), 'slots', "their_ref is null or department_id is not null and capacity = 1",
    )
