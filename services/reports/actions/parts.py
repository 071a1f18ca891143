"""A report is divided, a part is abandoned, and what becomes of parts whose report is withdrawn."""

from dataclasses import dataclass
from uuid import UUID

from chassis.db import Work
from chassis.directory import area_exists
from chassis.rights import Actor
from contracts.area import community_of, contains
from services.reports.actions import settings
from services.reports.actions.keeping import keep
from services.reports.actions.notes import must_be_known
from services.reports.actions.numbers import next_number
from services.reports.domain.part import PARENT_WITHDRAWN, PartElsewhere, draft
from services.reports.domain.report import Report
from services.reports.domain.routing import NoSuchArea
from services.reports.domain.severity import begins, graver
from services.reports.store import catalogues, parts, queries


@dataclass(frozen=True)
class Wanted:
    """What is to be done, about what; where and at which office, unless that is where the report itself lies."""

    text: str
    category: str
    client_token: UUID
    area: str | None = None
    level: int | None = None


async def divide(work: Work, report_id: UUID, *, by: Actor, wanted: Wanted) -> Report:
    """Who has it in hand makes a part of it; the same token is the same part, whenever it comes again.

    Its words speak of the reporter's case, so they are sealed under the reporter's key and end with it: ReporterForgotten.
    The report is held meanwhile, so that none is divided while it is resolved: PartsTooMany, PartOfAnother, PartElsewhere.
    """
    report = await work.locked(Report, report_id, by.may("reports.divide"))
    token = draft(report.id, wanted.client_token)
    known = await queries.by_client_token(work, report.reporter_id, token)
    if known is not None:
        return await work.session.get_one(Report, known)
    report.parts = await parts.counted(work, report.id)
    area = wanted.area or report.area
    number = await next_number(work, report.area)
    report.divide(number, by=by.id, at=work.now)
    await must_be_known(work, report)
    await _must_lie_there(work, report, area)
    part = Report(
        id=work.new_id(), number=number, client_token=token, reporter_id=report.reporter_id, area=area,
        category=wanted.category, submitted_at=work.now, level=wanted.level or report.level, parent_id=report.id,
        channel=report.channel, severity=graver(begins(wanted.category, is_dangerous=False), report.severity),
        category_version=(await catalogues.in_force(work, area)).version,
        divided_by=_unit(by, report) or report.id,
    )
    if area == report.area:
        part.lat, part.lng = report.lat, report.lng
    part.sealed_text = await work.seal(report.reporter_id, "reports", "text", part.id, wanted.text)
    work.announce(part.submit(by.id))
    await keep(work, part, by, await settings.in_force(work, area))
    await keep(work, report, by)
    return part


async def abandon(work: Work, report_id: UUID, *, by: Actor, reason: str) -> Report:
    """Who serves where the part lies says that it is not needed, and why."""
    part = await work.locked(Report, report_id, by.may("reports.abandon"))
    work.announce(part.abandon(by=by.id, reason=reason, at=work.now))
    await queries.dismiss(work, part.id)
    return await keep(work, part, by)


async def let_go(work: Work, report: Report) -> None:
    """A report that is held was withdrawn: nobody works on for it."""
    for part in await parts.held_open(work, report.id):
        work.announce(part.abandon(by=None, reason=None, at=work.now, reason_code=PARENT_WITHDRAWN))
        await queries.dismiss(work, part.id)
        await keep(work, part, None)


async def _must_lie_there(work: Work, report: Report, area: str) -> None:
    if not contains(community_of(report.area), area):
        raise PartElsewhere
    if area != report.area and not await area_exists(work, area):
        raise NoSuchArea


def _unit(by: Actor, report: Report) -> UUID | None:
    """For which unit they act there."""
    return next((one.unit_id for one in by.assignments if one.unit_id is not None and contains(one.area, report.area)), None)
