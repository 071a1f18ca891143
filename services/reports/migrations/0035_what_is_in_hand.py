"""What is in hand, with what lists ask of it"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

_SAID = ("area", "category", "status", "level", "assignee_id", "reopen_count")
_COLUMNS = ", ".join(_SAID)
_NEW, _OLD = (", ".join(f"{row}.{name}" for name in _SAID) for row in ("new", "old"))
# by triggers and not by whoever writes: a program of before this migration, which may run beside it, knows nothing of these columns
_WHEN_IT_COMES = f"""
    create function dues_begin() returns trigger language plpgsql as $$
    begin
        select {_COLUMNS} into {_NEW} from reports where id = new.report_id;
        return new;
    end $$
"""
_WHEN_IT_CHANGES = f"""
    create function dues_follow() returns trigger language plpgsql as $$
    begin
        update dues set ({_COLUMNS}) = row({_NEW}) where report_id = new.id;
        return null;
    end $$
"""
_OF_WHAT_IS_THERE = f"""
    update dues set ({_COLUMNS}) = (select {_COLUMNS} from reports where reports.id = dues.report_id)
"""


def upgrade() -> None:
    op.execute(
        "alter table dues add column area ltree, add column category text, add column status text, add column level smallint, "
        "add column assignee_id uuid, add column reopen_count integer"
    )
    op.execute(_WHEN_IT_COMES)
    op.execute(_WHEN_IT_CHANGES)
    op.execute("create trigger dues_begin before insert on dues for each row execute function dues_begin()")
    op.execute(
        f"create trigger dues_follow after update of {_COLUMNS} on reports for each row "
        f"when (({_OLD}) is distinct from ({_NEW})) execute function dues_follow()"
    )
    op.execute(_OF_WHAT_IS_THERE)
    for name in _SAID:
        if name != "assignee_id":
            op.alter_column("dues", name, nullable=False)
    op.create_index("ix_dues_area", "dues", ["area"], postgresql_using="gist")
    op.create_index("ix_dues_of", "dues", ["assignee_id", "due_at", "report_id"])
    op.drop_index("ix_reports_in_hand_area", "reports", postgresql_where=sa.text("true"), postgresql_using="gist")
