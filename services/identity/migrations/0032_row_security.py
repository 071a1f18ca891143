"""Nobody's rows are seen unless it was said for whom"""

from alembic import op

revision = "0032"
down_revision = "0031"

_ME = "(select nullif(current_setting('guohuai.person', true), '')::uuid)"
_AREAS = "(select nullif(current_setting('guohuai.areas', true), '')::ltree[])"
_NOW = "(select nullif(current_setting('guohuai.now', true), '')::timestamptz)"
_WORD = "(select coalesce(current_setting('guohuai.reach', true), ''))"
_HERE = "exists (select from {table} t where t.person_id = people.id and t.area <@ {areas} and (t.ends_at is null or t.ends_at > {now}){more})"
_TIES = {"bindings": " and t.agreed_at is not null", "assignments": ""}
_TIED = "exists (select from proxies t where t.{mine}_id = {me} and t.{other}_id = people.id)"

_PEOPLE = " or ".join((
    f"id = {_ME}",
    *(_HERE.format(table=table, areas=_AREAS, now=_NOW, more=more) for table, more in _TIES.items()),
    *(_TIED.format(mine=mine, other=other, me=_ME) for mine, other in (("principal", "actor"), ("actor", "principal"))),
))
_THEIRS = "exists (select from people p where p.id = person_id)"  # whose person is seen


def upgrade() -> None:
    for table, seen in (("people", _PEOPLE), ("contacts", _THEIRS), ("consents", _THEIRS)):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"""create policy reached on {table}
            using ({_WORD} in ('service', 'door') or ({_WORD} = 'person' and ({seen})))
            with check ({_WORD} <> '')""")
