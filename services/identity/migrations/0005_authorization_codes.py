"""Authorization codes"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table('authorization_codes',
    sa.Column('hash', sa.LargeBinary(), nullable=False, comment='SHA-256 of the code; the code itself is nowhere'),
    sa.Column('client_id', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('redirect_uri', sa.Text(), nullable=False),
    sa.Column('challenge', sa.Text(), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('nonce', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('family_id', sa.Uuid(), nullable=True, comment='the session it gave'),
    sa.CheckConstraint('(used_at is null) = (family_id is null)', name=op.f('ck_authorization_codes_used')),
    sa.ForeignKeyConstraint(['client_id'], ['clients.client_id'], name=op.f('fk_authorization_codes_client_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_authorization_codes_person_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_authorization_codes'))
    )
    op.create_index(op.f('ix_authorization_codes_expires_at'), 'authorization_codes', ['expires_at'], unique=False)
    op.create_index(op.f('ix_authorization_codes_person_id'), 'authorization_codes', ['person_id'], unique=False)
