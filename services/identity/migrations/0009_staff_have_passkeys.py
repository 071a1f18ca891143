"""Staff have passkeys"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table('spent_challenges',
    sa.Column('hash', sa.LargeBinary(), nullable=False, comment='what a passkey signed'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_spent_challenges'))
    )
    op.create_index(op.f('ix_spent_challenges_expires_at'), 'spent_challenges', ['expires_at'], unique=False)
    op.create_table('passkeys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(), nullable=False, comment='what their device calls it'),
    sa.Column('public_key', sa.LargeBinary(), nullable=False, comment='COSE_Key, RFC 9052 section 7'),
    sa.Column('sign_count', sa.BigInteger(), nullable=False, comment='of the newest answer; many devices count nothing and say zero'),
    sa.Column('sealed_name', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('sign_count >= 0', name=op.f('ck_passkeys_sign_count')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_passkeys_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkeys_credential_id'))
    )
    op.create_index(op.f('ix_passkeys_person_id'), 'passkeys', ['person_id'], unique=False)
