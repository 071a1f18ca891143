"""Hospitals"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0006"
down_revision = "0005"

_LIVE = "state in ('held', 'booked')"


def upgrade() -> None:
    op.create_table('hospitals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('adapter', sa.String(length=16), nullable=False),
    sa.Column('pool', sa.String(length=16), nullable=False),
    sa.Column('share', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("adapter in ('none', 'fhir', 'hl7v2', 'csv')", name=op.f('ck_hospitals_adapter')),
    sa.CheckConstraint("pool in ('ours', 'theirs', 'shared')", name=op.f('ck_hospitals_pool')),
    sa.CheckConstraint("adapter <> 'none' or pool = 'ours'", name=op.f('ck_hospitals_reachable')),
    sa.CheckConstraint("(pool = 'shared') = (share is not null) and share between 1 and 99", name=op.f('ck_hospitals_shared')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hospitals'))
    )
    op.create_table('departments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('hospital_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['hospital_id'], ['hospitals.id'], name=op.f('fk_departments_hospital_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_departments'))
    )
    op.create_table('rooms',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rooms'))
    )
    op.create_index('uq_hospitals_name', 'hospitals', ['area', 'name'], unique=True)
    op.create_index('uq_departments_name', 'departments', ['hospital_id', 'name'], unique=True)
    op.create_index('uq_rooms_name', 'rooms', ['area', 'name'], unique=True)
    for table in ('hospitals', 'departments', 'rooms'):
        op.create_index(f'ix_{table}_area_gist', table, ['area'], unique=False, postgresql_using='gist')
    for table in ('schedules', 'slots', 'appointments'):
        for column, of in (('department_id', 'departments'), ('room_id', 'rooms')):
            op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))
            op.create_foreign_key(op.f(f'fk_{table}_{column}'), table, of, [column], ['id'])
    op.execute(f"""alter table appointments add constraint ex_appointments_room
        exclude using gist (room_id with =, slot_id with <>, tstzrange(starts_at, ends_at) with &&) where ({_LIVE})""")
    op.create_index('ix_appointments_room', 'appointments', ['room_id', 'starts_at'], unique=False)
    op.create_index('uq_appointments_department_day', 'appointments', ['person_id', 'department_id', 'day'], unique=True,
                    postgresql_where=sa.text(_LIVE))
