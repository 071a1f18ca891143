"""What must always be so"""

from alembic import op

revision = "0002"
down_revision = "0001"

_CHECKS = (
    ("commands", "ck_commands_reason", "reason in ('visitor', 'resident', 'emergency', 'delivery')"),
)


def upgrade() -> None:
    for table, name, law in _CHECKS:  # not valid first: the table is looked through without being locked
        op.execute(f"alter table {table} add constraint {name} check ({law}) not valid")
        op.execute(f"alter table {table} validate constraint {name}")
