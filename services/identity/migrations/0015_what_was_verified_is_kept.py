"""What was verified is kept"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table('facts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False, comment='which papers'),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_by', sa.Uuid(), nullable=True, comment='a member of staff; of a provider nobody'),
    sa.Column('provider', sa.Text(), nullable=True),
    sa.Column('reference', sa.Text(), nullable=True, comment='by what the provider finds it again'),
    sa.Column('child_id', sa.Uuid(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.CheckConstraint("(ended_by is not null) = (coalesce(why, 'over') <> 'over')", name=op.f('ck_facts_revoked')),
    sa.CheckConstraint("(kind = 'guardian-of') = (child_id is not null)", name=op.f('ck_facts_child')),
    sa.CheckConstraint("(kind = 'real-name') = (checked_by is null)", name=op.f('ck_facts_checked')),
    sa.CheckConstraint("(kind = 'real-name') = (provider is not null and reference is not null)", name=op.f('ck_facts_provided')),
    sa.CheckConstraint("kind <> 'guardian-of' or expires_at is not null", name=op.f('ck_facts_guardian_until')),
    sa.CheckConstraint('(ended_at is null) = (why is null)', name=op.f('ck_facts_ended')),
    sa.CheckConstraint('checked_by <> person_id and checked_by <> coalesce(child_id, person_id)', name=op.f('ck_facts_not_oneself')),
    sa.CheckConstraint('child_id <> person_id', name=op.f('ck_facts_other')),
    sa.CheckConstraint('ended_by <> person_id and ended_by <> coalesce(child_id, person_id)', name=op.f('ck_facts_not_by_oneself')),
    sa.CheckConstraint("kind in ('real-name', 'in-person', 'guardian-of')", name=op.f('ck_facts_kind')),
    sa.CheckConstraint("why in ('mistaken', 'forged', 'ended', 'over')", name=op.f('ck_facts_why')),
    sa.ForeignKeyConstraint(['child_id'], ['people.id'], name=op.f('fk_facts_child_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_facts_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facts'))
    )
    op.create_index(op.f('ix_facts_child_id'), 'facts', ['child_id'], unique=False)
    op.create_index(op.f('ix_facts_expires_at'), 'facts', ['expires_at'], unique=False)
    op.create_index('ix_facts_person_id', 'facts', ['person_id', 'checked_at'], unique=False)
    op.create_index('uq_facts_standing', 'facts', ['person_id', 'kind', sa.literal_column('coalesce(child_id, person_id)')], unique=True, postgresql_where=sa.text('ended_at is null'))
