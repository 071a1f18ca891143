"""Index keys have versions"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column('contacts', sa.Column(
        'index_key', sa.Text(), server_default=sa.text("'first'"), nullable=False, comment='under which version of the key',
    ))
    op.create_table('contact_claims',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('blind_index', sa.LargeBinary(), nullable=False),
    sa.Column('contact_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_contact_claims_contact_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('kind', 'blind_index', name=op.f('pk_contact_claims'))
    )
    op.create_index(op.f('ix_contact_claims_contact_id'), 'contact_claims', ['contact_id'], unique=False)
