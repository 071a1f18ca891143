"""Set aside"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table('entitlements',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('ground', sa.String(length=16), nullable=False),
    sa.Column('marked_by', sa.Uuid(), nullable=False),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("ground in ('senior', 'contracted')", name=op.f('ck_entitlements_ground')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entitlements'))
    )
    op.create_index('uq_entitlements_person', 'entitlements', ['person_id', 'area', 'ground'], unique=True)
    op.create_index('ix_entitlements_area_gist', 'entitlements', ['area'], unique=False, postgresql_using='gist')
    op.add_column('schedules', sa.Column('set_aside', sa.Integer(), server_default='0', nullable=False))
    op.add_column('schedules', sa.Column('back_days', sa.Integer(), nullable=True))
    op.add_column('schedules', sa.Column('back_at', sa.Time(), nullable=True))
    op.create_check_constraint(op.f('ck_schedules_flows_back'), 'schedules',
                               '(set_aside > 0) = (back_days is not null) and (back_days is null) = (back_at is null)')
    op.add_column('slots', sa.Column('set_aside', sa.Integer(), server_default='0', nullable=False))
    op.add_column('slots', sa.Column('set_aside_until', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f('ck_slots_flows_back'), 'slots',
                               'set_aside between 0 and capacity and (set_aside > 0) = (set_aside_until is not null)')
