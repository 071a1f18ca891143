"""Clocks are set, stopped and read here; every act on a report turns them, and the sweep looks at what is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from services.reports.actions import settings
from services.reports.domain.clock import EFFECTS, STANDS_STILL, Clock, Kind, Policy, Span, State
from services.reports.domain.report import Report
from services.reports.domain.terms import Terms
from services.reports.store import catalogues, queries


async def turn(work: Work, report: Report, action: str, terms: Terms | None = None) -> None:
    """What an act does to the clocks of a report that is held; `terms` are those in force, where they are known already."""
    effect = EFFECTS[action]
    await _replace(work, report, effect.replaces)
    kept = {} if action == "file" else {clock.kind: clock for clock in await queries.going(work, report.id)}
    for kind, clock in kept.items():
        if kind in effect.meets or kind in effect.stops or kind in effect.starts:
            clock.end(State.MET if kind in effect.meets else State.STOPPED, work.now)
        elif (kind is Kind.RESOLVE or effect.every) and (effect.pauses or effect.resumes):
            kept_terms = await settings.kept_by(work, report.area, clock)
            (clock.pause if effect.pauses else clock.resume)(work.now, kept_terms.calendar)
    if kept:
        await work.session.flush()  # the old one ends before the new one begins
    if effect.starts:
        await begin(work, report, *effect.starts, terms=terms)


async def _replace(work: Work, report: Report, kinds: Sequence[Kind]) -> None:
    """What was promised when it began, for what it is about and how grave it is now; of a time that is over nothing changes."""
    for clock in await queries.going(work, report.id) if kinds else ():
        terms = await settings.kept_by(work, report.area, clock)
        nearest = await _nearest(work, report)
        policy = terms.shorter(clock.kind, report.category, report.severity, clock.started_at, nearest)
        if clock.kind not in kinds or clock.is_over(work.now) or policy == clock.policy:
            continue
        stood = _stood_still(await queries.history(work, report.id), clock.started_at, clock.paused_at or work.now)
        made = clock.replaced(work.new_id(), policy, terms.calendar, stood, work.now)
        await work.session.flush()  # the old one ends before the new one begins
        await work.add(made)


def _stood_still(steps: Sequence[Any], since: datetime, until: datetime) -> list[Span]:
    """From when to when its time stood still, between two moments: read from the steps, for a clock keeps but their sum."""
    ends = [*(step.at for step in steps[1:]), until]
    spans = [
        (max(step.at, since), min(end, until))
        for step, end in zip(steps, ends, strict=True) if step.to_status in STANDS_STILL
    ]
    return [(begins, ended) for begins, ended in spans if begins < ended]


async def begin(work: Work, report: Report, *kinds: Kind, terms: Terms | None = None) -> None:
    """Set clocks going, by the terms of today."""
    terms = terms or await settings.in_force(work, report.area)
    nearest = await _nearest(work, report) if Kind.RESOLVE in kinds else None
    await work.add(*(_begun(work, report, kind, terms, nearest) for kind in kinds))


async def _nearest(work: Work, report: Report) -> Policy | None:
    """What the catalogue in force gives to what lies below its category; what stood in one version stands in every later one."""
    if report.subcategory is None:
        return None
    return (await catalogues.in_force(work, report.area)).policy(report.category, report.subcategory)


def _begun(work: Work, report: Report, kind: Kind, terms: Terms, nearest: Policy | None) -> Clock:
    policy = terms.shorter(kind, report.category, report.severity, work.now, nearest)
    clock = Clock(
        id=work.new_id(), report_id=report.id, kind=kind, minutes=policy.minutes, by_night=policy.by_night,
        policy_version=terms.version, started_at=work.now, due_at=work.now,
    )
    clock.start(terms.calendar)
    return clock


async def ring(work: Work, held: Sequence[Report]) -> dict[UUID, list[Kind]]:
    """Look at the clocks of reports that are held: remind, or say that time is over; of each report those whose time is.

    What the sweep saw before it held a report may be past: only what a clock says now counts.
    """
    missed: dict[UUID, list[Kind]] = {report.id: [] for report in held}
    known = {report.id: report for report in held}
    for clock in await queries.going(work, *known):
        report = known[clock.report_id]
        if not clock.ring(work.now, (await settings.kept_by(work, report.area, clock)).calendar):
            continue
        if clock.state is State.MISSED:
            work.announce(report.missed(clock.kind, clock.due_at))
            missed[report.id].append(clock.kind)
        else:
            work.announce(report.warned(clock.kind, clock.warned, clock.due_at))
    return missed


async def shown(work: Work, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """The clocks of a report this person may see, and whether their days were published."""
    report = await work.seen(Report, report_id, by.may("reports.read"))
    rows = await queries.all_clocks(work, report.id)
    kept = {version: await settings.of_version(work, report.area, version) for version in {row.policy_version for row in rows}}
    return [
        {**dict(row), "days_published": row.by_night or kept[row.policy_version].calendar.published(row.started_at, row.due_at)}
        for row in rows
    ]
