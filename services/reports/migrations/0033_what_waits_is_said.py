"""What waits is said"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column('cures', sa.Column('reminded_at', moment, comment='when its owner was told that its day had come'))
    op.add_column('cures', sa.Column('overdue_at', moment, comment='when the officers were told that it was over'))
    op.create_index('ix_cures_due', 'cures', ['review_on'], postgresql_where=sa.text('ended_at is null and overdue_at is null'))
    op.create_table('cure_notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('cure_id', sa.Uuid(), nullable=False),
    sa.Column('written_by', sa.Uuid(), nullable=False),
    sa.Column('written_at', moment, nullable=False),
    sa.Column('sealed_text', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['cure_id'], ['cures.id'], name=op.f('fk_cure_notes_cure_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cure_notes'))
    )
    op.create_index('ix_cure_notes_cure', 'cure_notes', ['cure_id', 'id'], unique=False)
    told = 'how often staff were, that it waits for them'
    op.add_column('checks', sa.Column('reminded', sa.SmallInteger(), server_default='0', nullable=False, comment=told))
    op.create_check_constraint(op.f('ck_checks_reminded'), 'checks', 'reminded between 0 and 2')
    op.add_column('hooks', sa.Column('kinds', sa.ARRAY(sa.Text()), comment='what it is told of; null: of everything'))
    op.create_check_constraint(op.f('ck_hooks_kinds'), 'hooks', 'cardinality(kinds) >= 1')
