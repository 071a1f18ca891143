"""Units are summoned, arrive, are late; a report that is resolved summons nobody any longer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.crypto import Place
from chassis.db import Work
from chassis.directory import units
from chassis.prepared import Row
from chassis.rights import Actor
from contracts.area import contains
from contracts.reports import UnitArrived, UnitOverdue, WhistleBlown
from contracts.reports_units import UnitContributed
from services.reports.actions import settings
from services.reports.actions.keeping import keep
from services.reports.actions.looking import opened
from services.reports.actions.notes import must_be_known
from services.reports.domain.clock import due
from services.reports.domain.report import Report
from services.reports.domain.whistle import NotAwaited, NotThere, SummonedAlready, Summons, UnitNotServing
from services.reports.store import queries


async def blow(work: Work, report_id: UUID, *, by: Actor, unit_ids: Sequence[UUID], reason: str) -> Report:
    """Summon these units, all of them or none."""
    report = await work.locked(Report, report_id, by.may("reports.whistle"))
    said = report.whistle(by=by.id, reason=reason, at=work.now)
    await must_serve(work, report.area, unit_ids)
    if {one.unit_id for one in await queries.summoned(work, report.id)} & set(unit_ids):
        raise SummonedAlready
    terms = await settings.in_force(work, report.area)
    until = due(work.now, terms.arrive, terms.calendar)
    for unit in unit_ids:
        work.session.add(Summons(work.new_id(), report.id, unit, by.id, work.now, until))
    people = tuple(await queries.people_of(work, unit_ids))
    work.announce(WhistleBlown(**(said | {"recipients": people}), unit_ids=tuple(unit_ids), due_at=until))
    return await keep(work, report, by)


async def arrive(work: Work, report_id: UUID, *, by: Actor, unit_id: UUID) -> dict[str, Any]:
    """报到: one of the unit is there."""
    report = await work.locked(Report, report_id, by.may("reports.arrive"))
    wanted = [one for one in await queries.summoned(work, report.id) if one.unit_id == unit_id]
    if not wanted:
        raise NotAwaited
    wanted[0].arrive(by=by.id, units=_mine(by, report), at=work.now)
    work.announce(UnitArrived(**report.named(), unit_id=unit_id, overdue=wanted[0].overdue, blown_by=wanted[0].blown_by))
    return vars(wanted[0])


async def contribute(work: Work, report_id: UUID, *, by: Actor, unit_id: UUID, text: str) -> dict[str, Any]:
    """协办情况: one of the unit says what it did, once; the reporter reads it, so it is sealed under their key."""
    report = await work.locked(Report, report_id, by.may("reports.contribute"))
    here = [one for one in await queries.summoned(work, report.id) if one.unit_id == unit_id]
    if not here:
        raise NotThere
    here[0].contribute(by=by.id, units=_mine(by, report), at=work.now)
    await must_be_known(work, report)
    here[0].sealed_contribution = await work.seal(report.reporter_id, "summonses", "contribution", here[0].id, text)
    work.announce(UnitContributed(**report.named(), unit_id=unit_id, contributed_by=by.id, blown_by=here[0].blown_by))
    return vars(here[0]) | {"contribution": text}


def _mine(by: Actor, report: Report) -> set[UUID]:
    return {held.unit_id for held in by.assignments if held.unit_id is not None and contains(held.area, report.area)}


async def shown(work: Work, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """Who was summoned to a report this person may see, who came and who is late."""
    report = await work.seen(Report, report_id, by.may("reports.read"))
    await work.vault.fetch({report.reporter_id})
    return [dict(row) | {"contribution": _contribution(work, report, row)} for row in await queries.summonses_of(work, report.id)]


def _contribution(work: Work, report: Report, row: Row) -> str | None:
    if row.sealed_contribution is None:
        return None
    return opened(work, report.reporter_id, Place("summonses", "contribution", row.id), row.sealed_contribution)


async def tell_late(work: Work) -> bool:
    """The units of one report whose time is over, as they are once the report is held; False when there are none."""
    report = await queries.next_awaiting(work)
    if report is None:
        return False
    late = [one for one in await queries.summoned(work, report.id) if one.run_out(work.now)]
    for one in late:
        work.announce(UnitOverdue(**report.named(), unit_id=one.unit_id, due_at=one.due_at, blown_by=one.blown_by))
    return bool(late)


async def must_serve(work: Work, area: str, wanted: Sequence[UUID]) -> None:
    """Whether all of these units serve where the place lies; UnitNotServing if one does not, or is not there."""
    found = await work.session.execute(select(units.c.id, units.c.serves).where(units.c.id.in_(wanted)))
    serving = {row.id for row in found if any(contains(place, area) for place in row.serves)}
    if serving != set(wanted):
        raise UnitNotServing
