"""Reconciliations"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table('reconciliations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('hospital_id', sa.Uuid(), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ordered_by', sa.Uuid(), nullable=True),
    sa.Column('night', sa.Text(), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed', sa.Boolean(), nullable=False),
    sa.Column('both', sa.Integer(), nullable=False),
    sa.Column('ours_only', sa.Integer(), nullable=False),
    sa.Column('theirs_only', sa.Integer(), nullable=False),
    sa.Column('differ', sa.Integer(), nullable=False),
    sa.CheckConstraint('(ordered_by is null) = (night is not null)', name=op.f('ck_reconciliations_ordered')),
    sa.ForeignKeyConstraint(['hospital_id'], ['hospitals.id'], name=op.f('fk_reconciliations_hospital_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconciliations'))
    )
    op.create_index('ix_reconciliations_area_gist', 'reconciliations', ['area'], unique=False, postgresql_using='gist')
    op.create_index('ix_reconciliations_open', 'reconciliations', ['hospital_id'], unique=True, postgresql_where=sa.text('ended_at is null and night is null'))
    op.create_index('uq_reconciliations_night', 'reconciliations', ['hospital_id', 'night'], unique=True)
    op.create_table('divergences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('hospital_id', sa.Uuid(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('remedy', sa.String(length=16), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('appointment_id', sa.Uuid(), nullable=True),
    sa.Column('external_ref', sa.Text(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('settlement', sa.String(length=16), nullable=True),
    sa.CheckConstraint("verdict in ('both', 'ours_only', 'theirs_only', 'differ')", name=op.f('ck_divergences_verdict')),
    sa.CheckConstraint("remedy in ('asked_again', 'cancelled_there', 'corrected', 'displaced', 'people')", name=op.f('ck_divergences_remedy')),
    sa.CheckConstraint("settlement in ('agreed', 'called', 'rebooked', 'corrected_there', 'nothing_to_do')", name=op.f('ck_divergences_settlement')),
    sa.CheckConstraint("settled_by is null or settlement <> 'agreed'", name=op.f('ck_divergences_by_whom')),
    sa.CheckConstraint('(settled_at is null) = (settlement is null)', name=op.f('ck_divergences_settled')),
    sa.ForeignKeyConstraint(['appointment_id'], ['appointments.id'], name=op.f('fk_divergences_appointment_id')),
    sa.ForeignKeyConstraint(['hospital_id'], ['hospitals.id'], name=op.f('fk_divergences_hospital_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_divergences'))
    )
    op.create_index('ix_divergences_area_gist', 'divergences', ['area'], unique=False, postgresql_using='gist')
    op.create_index('uq_divergences_open', 'divergences', ['hospital_id', 'subject', 'verdict'], unique=True, postgresql_where=sa.text('settled_at is null'))
    op.add_column('asks', sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('uq_hospitals_system', 'hospitals', ['system'], unique=True)
