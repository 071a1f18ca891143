"""How grave a report is"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"

_LEVELS = "'minor', 'moderate', 'severe', 'extreme'"
# triggers of their own beside those of 0035, whose lists of columns stay as they are
_WHEN_IT_COMES = """
    create function dues_graded() returns trigger language plpgsql as $$
    begin
        select severity into new.severity from reports where id = new.report_id;
        return new;
    end $$
"""
_WHEN_IT_CHANGES = """
    create function dues_regraded() returns trigger language plpgsql as $$
    begin
        update dues set severity = new.severity where report_id = new.id;
        return null;
    end $$
"""


def upgrade() -> None:
    op.add_column(
        "reports", sa.Column("severity", sa.String(length=24), server_default="minor", nullable=False, comment="how grave it is"),
    )
    op.create_check_constraint(op.f("ck_reports_severity"), "reports", f"severity in ({_LEVELS})")
    op.add_column("dues", sa.Column("severity", sa.Text(), server_default="minor", nullable=False))
    op.execute(_WHEN_IT_COMES)
    op.execute(_WHEN_IT_CHANGES)
    op.execute("create trigger dues_graded before insert on dues for each row execute function dues_graded()")
    op.execute(
        "create trigger dues_regraded after update of severity on reports for each row "
        "when (old.severity is distinct from new.severity) execute function dues_regraded()"
    )
    op.execute("update reports set severity = 'moderate' where category = 'safety'")  # as its category has it from now on
