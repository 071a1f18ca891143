"""Visits. What is booked already stays as it is: its people could not check in before, so they are not said to have come or missed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_FIRM = "'submitted', 'unknown', 'booked', 'cancelling', 'arrived', 'in_visit', 'fulfilled', 'noshow'"
_LIVE = f"state in ('held', {_FIRM})"
_STATES = (
    "'held', 'submitted', 'unknown', 'booked', 'arrived', 'in_visit', 'fulfilled', 'noshow', 'cancelling', 'rejected', "
    "'cancelled', 'displaced', 'expired'"
)
_UNIQUE = {
    'uq_appointments_seat': ['slot_id', 'seat'], 'uq_appointments_doctor_day': ['person_id', 'doctor_id', 'day'],
    'uq_appointments_department_day': ['person_id', 'department_id', 'day'],
}
_EXCLUDED = {
    'ex_appointments_person': "person_id with =, tstzrange(starts_at, ends_at) with &&",
    'ex_appointments_room': "room_id with =, slot_id with <>, tstzrange(starts_at, ends_at) with &&",
}
_CHECKS = {
    'state': f"state in ({_STATES})",
    'came': "(arrived_at is not null) = (state in ('arrived', 'in_visit', 'fulfilled'))",
    'called': "(called_at is not null) = (state in ('in_visit', 'fulfilled'))",
    'ended': "(ended_at is not null) = (state = 'fulfilled')",
}


def upgrade() -> None:
    for column in ('arrived_at', 'called_at', 'ended_at'):
        op.add_column('appointments', sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f('ck_appointments_state'), 'appointments')
    for name, law in _CHECKS.items():
        op.create_check_constraint(op.f(f'ck_appointments_{name}'), 'appointments', law)
    for name, columns in _UNIQUE.items():
        op.drop_index(name, table_name='appointments')
        op.create_index(name, 'appointments', columns, unique=True, postgresql_where=sa.text(_LIVE))
    for name, columns in _EXCLUDED.items():
        op.drop_constraint(name, 'appointments')
        op.execute(f"alter table appointments add constraint {name} exclude using gist ({columns}) where ({_LIVE})")
    queued, awaited = sa.text("state in ('arrived', 'in_visit')"), sa.text("state = 'booked'")
    op.create_index('ix_appointments_queue', 'appointments', ['doctor_id', 'day'], postgresql_where=queued)
    op.create_index('ix_appointments_awaited', 'appointments', ['ends_at'], postgresql_where=awaited)
