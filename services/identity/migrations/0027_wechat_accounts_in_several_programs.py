"""WeChat accounts in several programs"""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.drop_constraint(op.f('ck_contacts_kind'), 'contacts')
    op.create_check_constraint(
        op.f('ck_contacts_kind'), 'contacts', "kind in ('phone', 'wechat', 'wechat-page', 'wechat-union')",
    )
