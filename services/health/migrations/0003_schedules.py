"""Schedules"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table('schedules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('doctor_id', sa.Uuid(), nullable=False),
    sa.Column('weekdays', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('begins', sa.Time(), nullable=False),
    sa.Column('ends', sa.Time(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('opens_days', sa.Integer(), nullable=True),
    sa.Column('opens_at', sa.Time(), nullable=True),
    sa.Column('on_holidays', sa.Boolean(), nullable=False),
    sa.CheckConstraint('begins < ends and first_day <= coalesce(last_day, first_day)', name=op.f('ck_schedules_some_hours')),
    sa.CheckConstraint('(opens_days is null) = (opens_at is null)', name=op.f('ck_schedules_opens_whole')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedules'))
    )
    op.create_index(op.f('ix_schedules_doctor_id'), 'schedules', ['doctor_id'], unique=False)
    op.create_table('day_exceptions',
    sa.Column('schedule_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('works', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['schedule_id'], ['schedules.id'], name=op.f('fk_day_exceptions_schedule_id')),
    sa.PrimaryKeyConstraint('schedule_id', 'day', name=op.f('pk_day_exceptions'))
    )
    op.add_column('slots', sa.Column('schedule_id', sa.Uuid(), nullable=True))
    op.add_column('slots', sa.Column('closed', sa.Boolean(), server_default='false', nullable=False))
    op.create_index(op.f('ix_slots_schedule_id'), 'slots', ['schedule_id'], unique=False)
    op.create_foreign_key(op.f('fk_slots_schedule_id'), 'slots', 'schedules', ['schedule_id'], ['id'])
