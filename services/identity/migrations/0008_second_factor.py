"""Staff have a second factor"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table('second_factors',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('sealed_secret', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('active_from', sa.DateTime(timezone=True), nullable=True, comment='when a first code proved that it was taken over'),
    sa.Column('last_step', sa.BigInteger(), server_default=sa.text('0'), nullable=False, comment='of the newest code that was used'),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_second_factors_person_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_second_factors'))
    )
    op.create_table('recovery_codes',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False, comment='keyed; the code itself is nowhere'),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_recovery_codes_person_id')),
    sa.PrimaryKeyConstraint('person_id', 'hash', name=op.f('pk_recovery_codes'))
    )
    op.create_table('second_factor_tries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('place_index', sa.LargeBinary(), nullable=False, comment='of person and address together'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_second_factor_tries_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_second_factor_tries'))
    )
    op.create_index(op.f('ix_second_factor_tries_created_at'), 'second_factor_tries', ['created_at'], unique=False)
    op.create_index('ix_second_factor_tries_person', 'second_factor_tries', ['person_id', 'created_at'], unique=False)
    op.create_index('ix_second_factor_tries_place', 'second_factor_tries', ['place_index', 'created_at'], unique=False)
    op.add_column('refresh_tokens', sa.Column('methods', sa.Text(), server_default=sa.text("''"), nullable=False, comment='how the person proved who they are (RFC 8176)'))
    op.add_column('refresh_tokens', sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True, comment='when; unknown of sessions older than this column'))
