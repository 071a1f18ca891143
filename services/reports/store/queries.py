"""Questions about reports that deserve a name."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Select, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import below
from chassis.rights import Scope
from services.reports.store.tables import numbers, reports, transitions

_COLUMNS = (
    reports.c.id, reports.c.number, reports.c.area, reports.c.category, reports.c.status, reports.c.reporter_id,
    reports.c.assignee_id, reports.c.submitted_at, reports.c.updated_at, reports.c.sealed_text, reports.c.satisfaction,
)
_LIST = select(*_COLUMNS)
_LAST_NOTE = select(transitions.c.seq, transitions.c.sealed_note).where(
    transitions.c.report_id == bindparam("report"), transitions.c.action == bindparam("action")
).order_by(transitions.c.seq.desc()).limit(1)
_BY_TOKEN = select(reports.c.id).where(
    reports.c.reporter_id == bindparam("reporter"), reports.c.client_token == bindparam("token")
)
_NEXT = insert(numbers).on_conflict_do_update(
    index_elements=[numbers.c.community, numbers.c.day], set_={"last": numbers.c.last + 1}
).returning(numbers.c.last)
_TURN = select(func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger)))


_FILTERS = {
    "status": reports.c.status == bindparam("status", type_=reports.c.status.type),
    "category": reports.c.category == bindparam("category"),
    "area": below(reports.c.area, bindparam("area", type_=ARRAY(Text))),
    "mine": reports.c.reporter_id == bindparam("mine"),
}


def in_scope(scope: Scope, **filters: Any) -> tuple[Select[Any], dict[str, Any]]:
    """Reports the scope reaches, filtered by those of `status`, `category`, `area`, `mine` that are given; and the values."""
    given = {name: value for name, value in filters.items() if value is not None}
    values = {"areas": scope.areas, "owner": scope.owner, **given, **({"area": [given["area"]]} if "area" in given else {})}
    return _asked(frozenset(given)), values


@cache
def _asked(filters: frozenset[str]) -> Select[Any]:
    own = reports.c.reporter_id == bindparam("owner", type_=Uuid)
    reach = below(reports.c.area, bindparam("areas", type_=ARRAY(Text))) | own
    return _LIST.where(reach, *(_FILTERS[name] for name in sorted(filters)))


async def taking_turns(work: Work, client_token: UUID) -> None:
    """Twins of one draft wait for each other until the first has committed."""
    await work.session.execute(_TURN, {"turn": (client_token.int >> 64) - (1 << 63)})


async def by_client_token(work: Work, reporter: UUID, client_token: UUID) -> UUID | None:
    """The report this draft became, if it was filed already."""
    return await work.session.scalar(_BY_TOKEN, {"reporter": reporter, "token": client_token})


async def next_number(work: Work, community: str, day: date) -> int:
    """The next number of the day in a community; the row's lock makes it the only one."""
    return int(await work.session.scalar(_NEXT, {"community": community, "day": day, "last": 1}) or 1)


async def last_note(work: Work, report: UUID, action: str) -> Any:
    """The newest step of this kind with its sealed note, None before it."""
    return (await work.session.execute(_LAST_NOTE, {"report": report, "action": action})).first()


async def history(work: Work, report: UUID) -> list[Any]:
    """The transitions of a report, in order."""
    asked = select(transitions).where(transitions.c.report_id == report).order_by(transitions.c.seq)
    return list(await work.session.execute(asked))
