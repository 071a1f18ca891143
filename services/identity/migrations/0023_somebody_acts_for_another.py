"""Somebody acts for another"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table('proxies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('principal_id', sa.Uuid(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False, comment='a room of the principal, whose staff may see it; empty without one'),
    sa.Column('scopes', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('binding_id', sa.Uuid(), nullable=True, comment='it ends with this one'),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('given_by', sa.Uuid(), nullable=False),
    sa.Column('number_index', sa.LargeBinary(), nullable=True, comment="of a child's number, while it waits"),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('differed', sa.Integer(), server_default=sa.text('0'), nullable=False, comment='second looks that said otherwise'),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True, comment='when a token was last given for it'),
    sa.Column('warned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(evidence = 'app') = (given_by = principal_id)", name=op.f('ck_proxies_whose')),
    sa.CheckConstraint("(state = 'ended') = (ended_at is not null)", name=op.f('ck_proxies_ended')),
    sa.CheckConstraint("(state = 'waiting') = (decided_at is null)", name=op.f('ck_proxies_decided')),
    sa.CheckConstraint("cardinality(scopes) > 0 and scopes <@ array['appointments.cancel', 'appointments.move', 'appointments.read', 'entitlements.read', 'health.book', 'holds.use', 'hospitals.read', 'reports.file', 'reports.rate', 'reports.read', 'reports.reopen', 'reports.supplement', 'reports.withdraw', 'schedules.read', 'slots.read', 'uploads.grant']", name=op.f('ck_proxies_scopes')),
    sa.CheckConstraint("evidence <> 'app' or not scopes && array['appointments.cancel', 'appointments.move', 'appointments.read', 'entitlements.read', 'health.book', 'holds.use', 'hospitals.read', 'schedules.read', 'slots.read']", name=op.f('ck_proxies_in_person')),
    sa.CheckConstraint("evidence = 'app' or state not in ('confirmed', 'ended') or (decided_by is not null and decided_by not in (given_by, principal_id, actor_id))", name=op.f('ck_proxies_two')),
    sa.CheckConstraint("kind = 'guardian' or ends_at - starts_at <= interval '366 days'", name=op.f('ck_proxies_year')),
    sa.CheckConstraint("state = 'waiting' or number_index is null", name=op.f('ck_proxies_forgotten')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_proxies_dates')),
    sa.CheckConstraint("kind in ('relative', 'guardian')", name=op.f('ck_proxies_kind')),
    sa.CheckConstraint(
        "evidence in ('app', 'in-person', 'video', 'household-book', 'birth-certificate', 'court-paper')",
        name=op.f('ck_proxies_evidence'),
    ),
    sa.CheckConstraint("state in ('waiting', 'confirmed', 'refused', 'over', 'ended')", name=op.f('ck_proxies_state')),
    sa.CheckConstraint("differed between 0 and 5", name=op.f('ck_proxies_differed')),
    sa.CheckConstraint('principal_id <> actor_id and given_by <> actor_id', name=op.f('ck_proxies_another')),
    sa.ForeignKeyConstraint(['actor_id'], ['people.id'], name=op.f('fk_proxies_actor_id')),
    sa.ForeignKeyConstraint(['binding_id'], ['bindings.id'], name=op.f('fk_proxies_binding_id')),
    sa.ForeignKeyConstraint(['principal_id'], ['people.id'], name=op.f('fk_proxies_principal_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proxies'))
    )
    op.create_index(op.f('ix_proxies_actor_id'), 'proxies', ['actor_id'], unique=False)
    op.create_index('ix_proxies_area_gist', 'proxies', ['area'], unique=False, postgresql_using='gist')
    op.create_index(op.f('ix_proxies_binding_id'), 'proxies', ['binding_id'], unique=False)
    op.create_index('ix_proxies_ends_at', 'proxies', ['ends_at'], unique=False, postgresql_where=sa.text("state = 'confirmed'"))
    op.create_index(op.f('ix_proxies_principal_id'), 'proxies', ['principal_id'], unique=False)
    op.create_index('uq_proxies_pair', 'proxies', ['principal_id', 'actor_id'], unique=True, postgresql_where=sa.text("state in ('waiting', 'confirmed')"))
