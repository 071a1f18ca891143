"""Consents"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table('consents',
    sa.Column('pos', sa.BIGINT(), autoincrement=True, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False, comment='stays three years when they are forgotten: an id that leads to nothing'),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text_hash', sa.Text(), nullable=False),
    sa.Column('separate', sa.Boolean(), nullable=False),
    sa.Column('guardian_id', sa.Uuid(), nullable=True, comment='who gave it for a child'),
    sa.Column('channel', sa.Text(), nullable=False, comment='the program through which it came'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.CheckConstraint('guardian_id <> person_id', name=op.f('ck_consents_guardian')),
    sa.CheckConstraint("purpose in ('real-name', 'face', 'health', 'position', 'hospital')", name=op.f('ck_consents_purpose')),
    sa.CheckConstraint('length(text_hash) = 64', name=op.f('ck_consents_text_hash')),
    sa.PrimaryKeyConstraint('pos', name=op.f('pk_consents')),
    sa.UniqueConstraint('id', name=op.f('uq_consents_id'))
    )
    op.create_index('ix_consents_person', 'consents', ['person_id', 'purpose', 'pos'], unique=False)
    op.create_index('ix_consents_withdrawn', 'consents', ['at'], unique=False, postgresql_where=sa.text('withdrawn'))
    op.execute("""
        create function ledger_is_append_only() returns trigger language plpgsql as $$
        begin
            raise exception 'a line of the ledger is never changed or deleted' using errcode = 'insufficient_privilege';
        end $$
    """)
    op.execute("""
        create trigger append_only before update or delete on consents
        for each row execute function ledger_is_append_only()
    """)
