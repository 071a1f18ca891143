"""Clients"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table('clients',
    sa.Column('id', sa.Uuid(), nullable=False, comment='the subject of tokens in its own name'),
    sa.Column('client_id', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('life', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('grants', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('scopes', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('redirect_uris', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('signed_out_uris', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('audiences', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('jwks', postgresql.JSONB(none_as_null=True, astext_type=Text()), nullable=True),
    sa.Column('is_internal', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('public', 'confidential')", name=op.f('ck_clients_kind')),
    sa.CheckConstraint("life in ('phone', 'screen', 'program')", name=op.f('ck_clients_life')),
    sa.CheckConstraint("(kind = 'confidential') = (jwks is not null)", name=op.f('ck_clients_keys')),
    sa.CheckConstraint("kind = 'confidential' or not is_internal", name=op.f('ck_clients_internal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clients')),
    sa.UniqueConstraint('client_id', name=op.f('uq_clients_client_id'))
    )
    op.create_table('client_assertions',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('fk_client_assertions_client_id')),
    sa.PrimaryKeyConstraint('client_id', 'jti', name=op.f('pk_client_assertions'))
    )
    op.create_index(op.f('ix_client_assertions_expires_at'), 'client_assertions', ['expires_at'], unique=False)
    op.add_column('refresh_tokens', sa.Column('client_id', sa.Text(), server_default=sa.text("'guohuai'"), nullable=False, comment="whose they are; our own sign-in's"))
    op.add_column('refresh_tokens', sa.Column('scope', sa.Text(), server_default=sa.text("''"), nullable=False))
