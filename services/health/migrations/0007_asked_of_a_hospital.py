"""Appointments that are asked of a hospital"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_LIVE = "state in ('held', 'submitted', 'unknown', 'booked', 'cancelling')"
_STATES = "'held', 'submitted', 'unknown', 'booked', 'cancelling', 'rejected', 'cancelled', 'displaced', 'expired'"
_UNIQUE = {
    'uq_appointments_seat': ['slot_id', 'seat'], 'uq_appointments_doctor_day': ['person_id', 'doctor_id', 'day'],
    'uq_appointments_department_day': ['person_id', 'department_id', 'day'],
}
_EXCLUDED = {
    'ex_appointments_person': "person_id with =, tstzrange(starts_at, ends_at) with &&",
    'ex_appointments_room': "room_id with =, slot_id with <>, tstzrange(starts_at, ends_at) with &&",
}


def upgrade() -> None:
    op.add_column('appointments', sa.Column('hospital_id', sa.Uuid(), nullable=True))
    op.add_column('appointments', sa.Column('theirs', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('appointments', sa.Column('external_ref', sa.Text(), nullable=True))
    op.add_column('appointments', sa.Column('given_back_by', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_appointments_hospital_id'), 'appointments', 'hospitals', ['hospital_id'], ['id'])
    op.drop_constraint(op.f('ck_appointments_state'), 'appointments')
    op.create_check_constraint(op.f('ck_appointments_state'), 'appointments', f"state in ({_STATES})")
    op.create_check_constraint(op.f('ck_appointments_somebodys'), 'appointments', "theirs <= (hospital_id is not null)")
    op.create_check_constraint(
        op.f('ck_appointments_asked'), 'appointments',
        "theirs or state not in ('submitted', 'unknown', 'rejected', 'cancelling', 'displaced')",
    )
    for name, columns in _UNIQUE.items():
        op.drop_index(name, table_name='appointments')
        op.create_index(name, 'appointments', columns, unique=True, postgresql_where=sa.text(_LIVE))
    for name, columns in _EXCLUDED.items():
        op.drop_constraint(name, 'appointments')
        op.execute(f"alter table appointments add constraint {name} exclude using gist ({columns}) where ({_LIVE})")
    op.create_index('uq_appointments_external_ref', 'appointments', ['hospital_id', 'external_ref'], unique=True)
