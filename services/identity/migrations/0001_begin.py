"""Begin"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from chassis.tables import AreaPath

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("create extension if not exists ltree")
    op.create_table('areas',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('path', AreaPath(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('closed', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_areas')),
    sa.UniqueConstraint('path', name=op.f('uq_areas_path'))
    )
    op.create_index('ix_areas_path_gist', 'areas', ['path'], unique=False, postgresql_using='gist')
    op.create_table('codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('phone_index', sa.LargeBinary(), nullable=False),
    sa.Column('address_index', sa.LargeBinary(), nullable=False),
    sa.Column('code_hmac', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_message', sa.LargeBinary(), nullable=True, comment='phone and code, for the provider; gone once it was sent'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('send_attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('send_after', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_codes'))
    )
    op.create_index('ix_codes_address', 'codes', ['address_index', 'created_at'], unique=False)
    op.create_index('ix_codes_phone', 'codes', ['phone_index', 'created_at'], unique=False)
    op.create_index('ix_codes_unsent', 'codes', ['send_after'], unique=False, postgresql_where=sa.text('sealed_message is not null'))
    op.create_table('installation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installation'))
    )
    op.create_table('people',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sealed_name', sa.LargeBinary(), nullable=True),
    sa.Column('login', sa.Text(), nullable=True),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('failed_tries', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people')),
    sa.UniqueConstraint('login', name=op.f('uq_people_login'))
    )
    op.create_table('signing_keys',
    sa.Column('kid', sa.Text(), nullable=False, comment='RFC 7638 thumbprint'),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('public_jwk', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('wrapped_private', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_signing_keys'))
    )
    op.create_index('uq_signing_keys_active', 'signing_keys', ['state'], unique=True, postgresql_where=sa.text("state = 'active'"))
    op.create_table('units',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('serves', sa.ARRAY(sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['units.id'], name=op.f('fk_units_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_units'))
    )
    op.create_table('assignments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('display_name', sa.Text(), nullable=False),
    sa.Column('granted_by', sa.Uuid(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_assignments_person_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_assignments_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignments'))
    )
    op.create_index('ix_assignments_area_gist', 'assignments', ['area'], unique=False, postgresql_using='gist')
    op.create_index(op.f('ix_assignments_person_id'), 'assignments', ['person_id'], unique=False)
    op.create_index('uq_assignments_open', 'assignments', ['person_id', 'role', 'area'], unique=True, postgresql_where=sa.text('ends_at is null'))
    op.create_table('bindings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('area', AreaPath(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('approved_by', sa.Uuid(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_bindings_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bindings'))
    )
    op.create_index('ix_bindings_area_gist', 'bindings', ['area'], unique=False, postgresql_using='gist')
    op.create_index(op.f('ix_bindings_person_id'), 'bindings', ['person_id'], unique=False)
    op.create_index('uq_bindings_open', 'bindings', ['person_id', 'area'], unique=True, postgresql_where=sa.text('ends_at is null'))
    op.create_table('contacts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('sealed_value', sa.LargeBinary(), nullable=False),
    sa.Column('blind_index', sa.LargeBinary(), nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_contacts_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts'))
    )
    op.create_index(op.f('ix_contacts_person_id'), 'contacts', ['person_id'], unique=False)
    op.create_index('uq_contacts_blind_index', 'contacts', ['kind', 'blind_index'], unique=True)
    op.create_table('refresh_tokens',
    sa.Column('hash', sa.LargeBinary(), nullable=False, comment='SHA-256 of the token; the token itself is nowhere'),
    sa.Column('family_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('family_ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wrapped_successor', sa.LargeBinary(), nullable=True, comment='for fifteen seconds, so that a lost answer logs nobody out'),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_refresh_tokens_person_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_refresh_tokens'))
    )
    op.create_index(op.f('ix_refresh_tokens_family_id'), 'refresh_tokens', ['family_id'], unique=False)
    op.create_index(op.f('ix_refresh_tokens_person_id'), 'refresh_tokens', ['person_id'], unique=False)
