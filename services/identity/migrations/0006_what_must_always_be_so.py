"""What must always be so"""

from alembic import op

revision = "0006"
down_revision = "0005"

_CHECKS = (
    ("bindings", "ck_bindings_kind", "kind in ('owner', 'tenant', 'family')"),
    ("contacts", "ck_contacts_kind", "kind = 'phone'"),
    ("installation", "ck_installation_one", "id = 1"),
    ("signing_keys", "ck_signing_keys_state", "state in ('next', 'active', 'retired')"),
)


def upgrade() -> None:
    for table, name, law in _CHECKS:  # not valid first: the table is looked through without being locked
        op.execute(f"alter table {table} add constraint {name} check ({law}) not valid")
        op.execute(f"alter table {table} validate constraint {name}")
