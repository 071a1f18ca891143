"""Names and numbers are compared"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table('duplicates',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=True, comment='the smallest where both live; none, where nobody could be told'),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('person_id <> other_id', name=op.f('ck_duplicates_two')),
    sa.ForeignKeyConstraint(['other_id'], ['people.id'], name=op.f('fk_duplicates_other_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_duplicates_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duplicates'))
    )
    op.create_index('ix_duplicates_area_gist', 'duplicates', ['area'], unique=False, postgresql_using='gist')
    op.create_index(op.f('ix_duplicates_other_id'), 'duplicates', ['other_id'], unique=False)
    op.create_index('uq_duplicates_pair', 'duplicates', ['person_id', 'other_id'], unique=True)
    op.create_table('numbers',
    sa.Column('number_index', sa.LargeBinary(), nullable=False, comment='blind index of papers and their number, which is nowhere'),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("document in ('id-card', 'residence-permit', 'passport', 'permanent-residence')", name=op.f('ck_numbers_document')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_numbers_person_id')),
    sa.PrimaryKeyConstraint('number_index', name=op.f('pk_numbers'))
    )
    op.create_index(op.f('ix_numbers_person_id'), 'numbers', ['person_id'], unique=False)
    op.create_table('real_name_checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.Column('number_index', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_asked', sa.LargeBinary(), nullable=True, comment='name and number, until the provider has answered; minutes'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('ask_after', sa.DateTime(timezone=True), nullable=False, comment='not before; while it is being asked: when whoever asks is given up'),
    sa.Column('provider', sa.Text(), nullable=True),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'asked') = (decided_at is null)", name=op.f('ck_real_name_checks_decided')),
    sa.CheckConstraint("(state = 'asked') = (sealed_asked is not null)", name=op.f('ck_real_name_checks_sealed')),
    sa.CheckConstraint("(state in ('confirmed', 'refused')) = (answer is not null and reference is not null)", name=op.f('ck_real_name_checks_answered')),
    sa.CheckConstraint("state <> 'confirmed' or answer = 'match'", name=op.f('ck_real_name_checks_confirmed')),
    sa.CheckConstraint("document in ('id-card', 'residence-permit', 'passport', 'permanent-residence')", name=op.f('ck_real_name_checks_document')),
    sa.CheckConstraint("state in ('asked', 'confirmed', 'refused', 'unanswered')", name=op.f('ck_real_name_checks_state')),
    sa.CheckConstraint("answer in ('match', 'differ', 'unknown')", name=op.f('ck_real_name_checks_answer')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_real_name_checks_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_real_name_checks'))
    )
    op.create_index('ix_real_name_checks_due', 'real_name_checks', ['ask_after'], unique=False, postgresql_where=sa.text("state = 'asked'"))
    op.create_index('ix_real_name_checks_number', 'real_name_checks', ['number_index', 'created_at'], unique=False)
    op.create_index('ix_real_name_checks_person', 'real_name_checks', ['person_id', 'created_at'], unique=False)
    op.create_index('uq_real_name_checks_asked', 'real_name_checks', ['person_id'], unique=True, postgresql_where=sa.text("state = 'asked'"))
