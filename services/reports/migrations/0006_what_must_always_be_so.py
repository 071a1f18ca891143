"""What must always be so"""

from alembic import op

revision = "0006"
down_revision = "0005"

_CHECKS = (
    ("reports", "ck_reports_satisfaction", "satisfaction between 1 and 5"),
    ("reports", "ck_reports_resolved_has_time", "(status in ('resolved', 'closed')) <= (resolved_at is not null)"),
)


def upgrade() -> None:
    for table, name in (("reports", "status"), ("clocks", "kind"), ("clocks", "state")):
        op.execute(f"alter table {table} rename constraint {name} to ck_{table}_{name}")
    op.execute("alter table reports drop constraint ck_reports_resolved_has_time")  # it is spelled anew below
    for table, name, law in _CHECKS:  # not valid first: the table is looked through without being locked
        op.execute(f"alter table {table} add constraint {name} check ({law}) not valid")
        op.execute(f"alter table {table} validate constraint {name}")
