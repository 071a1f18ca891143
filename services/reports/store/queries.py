"""Questions about reports that deserve a name."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import below, within
from chassis.rights import Scope
from services.reports.domain.machine import Status
from services.reports.store.tables import numbers, reports, transitions

_COLUMNS = (
    reports.c.id, reports.c.number, reports.c.area, reports.c.category, reports.c.status, reports.c.reporter_id,
    reports.c.assignee_id, reports.c.submitted_at, reports.c.updated_at, reports.c.sealed_text, reports.c.satisfaction,
)
_LIST = select(*_COLUMNS)


def in_scope(scope: Scope, *, status: Status | None, category: str | None, area: str | None, mine: UUID | None) -> Select[Any]:
    """Reports the scope reaches, filtered."""
    asked = _LIST.where(within(reports.c.area, scope, reports.c.reporter_id))
    if status is not None:
        asked = asked.where(reports.c.status == status)
    if category is not None:
        asked = asked.where(reports.c.category == category)
    if area is not None:
        asked = asked.where(below(reports.c.area, (area,)))
    return asked.where(reports.c.reporter_id == mine) if mine is not None else asked


async def taking_turns(work: Work, client_token: UUID) -> None:
    """Twins of one draft wait for each other until the first has committed."""
    turn = client_token.int >> 64
    await work.session.execute(select(func.pg_advisory_xact_lock(turn - (1 << 63))))


async def by_client_token(work: Work, reporter: UUID, client_token: UUID) -> UUID | None:
    """The report this draft became, if it was filed already."""
    asked = select(reports.c.id).where(reports.c.reporter_id == reporter, reports.c.client_token == client_token)
    return await work.session.scalar(asked)


async def next_number(work: Work, community: str, day: date) -> int:
    """The next number of the day in a community; the row's lock makes it the only one."""
    saying = insert(numbers).values(community=community, day=day, last=1)
    taking = saying.on_conflict_do_update(
        index_elements=[numbers.c.community, numbers.c.day], set_={"last": numbers.c.last + 1}
    ).returning(numbers.c.last)
    return int(await work.session.scalar(taking) or 1)


async def last_note(work: Work, report: UUID, action: str) -> Any:
    """The newest step of this kind with its sealed note, None before it."""
    asked = select(transitions).where(transitions.c.report_id == report, transitions.c.action == action)
    return (await work.session.execute(asked.order_by(transitions.c.seq.desc()).limit(1))).first()


async def history(work: Work, report: UUID) -> list[Any]:
    """The transitions of a report, in order."""
    asked = select(transitions).where(transitions.c.report_id == report).order_by(transitions.c.seq)
    return list(await work.session.execute(asked))
