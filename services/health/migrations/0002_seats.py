"""Seats"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LIVE = "state in ('held', 'booked')"


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    op.add_column('slots', sa.Column('capacity', sa.Integer(), server_default='1', nullable=False))
    op.add_column('slots', sa.Column('opens_at', sa.DateTime(timezone=True), nullable=True))
    op.drop_column('slots', 'taken')
    op.create_check_constraint(op.f('ck_slots_some_seats'), 'slots', 'capacity between 1 and 200')
    op.execute("alter table slots add constraint ex_slots_doctor exclude using gist (doctor_id with =, tstzrange(starts_at, ends_at) with &&)")
    op.add_column('appointments', sa.Column('doctor_id', sa.Uuid(), nullable=True))
    op.add_column('appointments', sa.Column('day', sa.Date(), nullable=True))
    op.add_column('appointments', sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('appointments', sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('appointments', sa.Column('seat', sa.Integer(), nullable=True))
    op.add_column('appointments', sa.Column('state', sa.String(length=16), nullable=True))
    op.add_column('appointments', sa.Column('held_until', sa.DateTime(timezone=True), nullable=True))
    op.execute("""update appointments set doctor_id = slots.doctor_id, starts_at = slots.starts_at, ends_at = slots.ends_at, seat = 1,
        day = (slots.starts_at at time zone 'Asia/Shanghai')::date, state = 'booked' from slots where slots.id = slot_id""")
    # who had booked more than the rules now allow keeps the first of them
    op.execute("""update appointments set state = 'cancelled' where exists (select from appointments earlier
        where earlier.person_id = appointments.person_id and earlier.id < appointments.id and (
            (earlier.doctor_id = appointments.doctor_id and earlier.day = appointments.day)
            or (earlier.starts_at < appointments.ends_at and appointments.starts_at < earlier.ends_at)))""")
    for column in ('doctor_id', 'day', 'starts_at', 'ends_at', 'seat', 'state'):
        op.alter_column('appointments', column, nullable=False)
    op.create_check_constraint(op.f('ck_appointments_numbered'), 'appointments', 'seat > 0')
    op.create_check_constraint(op.f('ck_appointments_state'), 'appointments', "state in ('held', 'booked', 'cancelled', 'expired')")
    op.create_check_constraint(op.f('ck_appointments_holds_end'), 'appointments', "(state = 'held') <= (held_until is not null)")
    op.drop_index('uq_appointments_slot', table_name='appointments')
    op.create_index('uq_appointments_seat', 'appointments', ['slot_id', 'seat'], unique=True, postgresql_where=sa.text(_LIVE))
    op.create_index('uq_appointments_doctor_day', 'appointments', ['person_id', 'doctor_id', 'day'], unique=True, postgresql_where=sa.text(_LIVE))
    op.execute(f"""alter table appointments add constraint ex_appointments_person
        exclude using gist (person_id with =, tstzrange(starts_at, ends_at) with &&) where ({_LIVE})""")
