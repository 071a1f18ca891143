"""A number may serve several people"""

import sqlalchemy as sa
from alembic import op

from chassis.tables import AreaPath

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column('contacts', sa.Column('is_shared', sa.Boolean(), server_default='false', nullable=False, comment="staff put them on another's number"))
    op.add_column('contacts', sa.Column('used_at', sa.DateTime(timezone=True), nullable=True))
    op.execute("update contacts set used_at = current_timestamp")  # nobody noted it before: no number is silent on this day
    op.drop_index('uq_contacts_blind_index', table_name='contacts')
    op.drop_index('uq_contacts_wechat', table_name='contacts')
    op.create_index(op.f('ix_contacts_blind_index'), 'contacts', ['blind_index'], unique=False)
    op.create_index('uq_contacts_holder', 'contacts', ['kind', 'blind_index'], unique=True, postgresql_where=sa.text("not is_shared"))
    op.create_index('uq_contacts_person_id', 'contacts', ['person_id', 'kind'], unique=True)
    op.create_table('phone_additions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False, comment='the room of theirs, in whose area staff may do it'),
    sa.Column('code_id', sa.Uuid(), nullable=False, comment='the code that was sent to the phone'),
    sa.Column('sealed_phone', sa.LargeBinary(), nullable=True, comment='while it waits'),
    sa.Column('phone_index', sa.LargeBinary(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=True, comment='when whoever holds the phone showed its code'),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('differed', sa.Integer(), server_default='0', nullable=False, comment='second looks that read another number'),
    sa.CheckConstraint("state in ('asked', 'agreed', 'accepted', 'refused', 'over')", name=op.f('ck_phone_additions_state')),
    sa.CheckConstraint("differed between 0 and 5", name=op.f('ck_phone_additions_differed')),
    sa.CheckConstraint("(state in ('asked', 'agreed')) = (sealed_phone is not null)", name=op.f('ck_phone_additions_numbered')),
    sa.CheckConstraint("(state in ('asked', 'agreed')) = (decided_at is null)", name=op.f('ck_phone_additions_decided')),
    sa.CheckConstraint("state <> 'accepted' or (agreed_at is not null and decided_by is not null and decided_by <> asked_by and decided_by <> person_id)", name=op.f('ck_phone_additions_two')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_phone_additions_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone_additions'))
    )
    op.create_index(op.f('ix_phone_additions_person_id'), 'phone_additions', ['person_id'], unique=False)
    op.create_index('ix_phone_additions_area_gist', 'phone_additions', ['area'], unique=False, postgresql_using='gist')
    op.create_index('uq_phone_additions_open', 'phone_additions', ['person_id'], unique=True, postgresql_where=sa.text("state in ('asked', 'agreed')"))
