"""Assignments are lent"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table('emergencies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('concerns_id', sa.Uuid(), nullable=True, comment='who is told afterwards'),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True, comment='when it was said that it is over'),
    sa.Column('reviewed_by', sa.Uuid(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finding', sa.Text(), nullable=True),
    sa.CheckConstraint("reason in ('life-safety', 'fire', 'missing-person', 'gate-failure', 'outage')", name=op.f('ck_emergencies_reason')),
    sa.CheckConstraint("finding in ('justified', 'unjustified')", name=op.f('ck_emergencies_finding')),
    sa.CheckConstraint("ends_at - taken_at <= interval '30 minutes'", name=op.f('ck_emergencies_life')),
    sa.CheckConstraint("role in ('grid_worker', 'courtyard_lead', 'guard', 'property')", name=op.f('ck_emergencies_role')),
    sa.CheckConstraint('(reviewed_at is null) = (reviewed_by is null) and (reviewed_at is null) = (finding is null)', name=op.f('ck_emergencies_whole')),
    sa.CheckConstraint('reviewed_at >= ends_at', name=op.f('ck_emergencies_over')),
    sa.CheckConstraint('reviewed_by <> person_id', name=op.f('ck_emergencies_two')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_emergencies_assignment_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_emergencies_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergencies'))
    )
    op.create_index('ix_emergencies_area_gist', 'emergencies', ['area'], unique=False, postgresql_using='gist')
    op.create_index(op.f('ix_emergencies_person_id'), 'emergencies', ['person_id'], unique=False)
    op.create_index('uq_emergencies_unreviewed', 'emergencies', ['person_id'], unique=True, postgresql_where=sa.text('reviewed_at is null'))
    op.add_column('assignments', sa.Column('basis', sa.Text(), server_default=sa.text("'granted'"), nullable=False))
    op.add_column('assignments', sa.Column('reason', sa.Text(), nullable=True))
    op.add_column('assignments', sa.Column('covers_id', sa.Uuid(), nullable=True))
    op.add_column('assignments', sa.Column('is_ended', sa.Boolean(), server_default=sa.text('false'), nullable=False, comment='by somebody, before its day if any'))
    op.execute("update assignments set is_ended = true where ends_at is not null")
    op.create_index(op.f('ix_assignments_covers_id'), 'assignments', ['covers_id'], unique=False)
    op.create_foreign_key(op.f('fk_assignments_covers_id'), 'assignments', 'assignments', ['covers_id'], ['id'])
    for name, rule in (
        ("basis", "basis in ('granted', 'cover', 'emergency')"),
        ("dated", "basis = 'granted' or (reason is not null and ends_at is not null)"),
        ("covers", "(basis = 'cover') = (covers_id is not null)"),
        ("emergency", "basis <> 'emergency' or ends_at - starts_at <= interval '30 minutes'"),
        ("cover", "basis <> 'cover' or ends_at - starts_at <= interval '31 days'"),
    ):
        op.create_check_constraint(op.f(f"ck_assignments_{name}"), "assignments", rule)
