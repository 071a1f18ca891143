"""WeChat accounts lead to people"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table('wechat_tries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_index', sa.LargeBinary(), nullable=True, comment='of an account that came with a phone code'),
    sa.Column('address_index', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wechat_tries'))
    )
    op.create_index('ix_wechat_tries_account', 'wechat_tries', ['account_index', 'created_at'], unique=False)
    op.create_index('ix_wechat_tries_address', 'wechat_tries', ['address_index', 'created_at'], unique=False)
    op.execute("alter table contacts drop constraint ck_contacts_kind")
    op.execute("alter table contacts add constraint ck_contacts_kind check (kind in ('phone', 'wechat')) not valid")
    op.execute("alter table contacts validate constraint ck_contacts_kind")
    op.create_index('uq_contacts_wechat', 'contacts', ['person_id'], unique=True, postgresql_where=sa.text("kind = 'wechat'"))
