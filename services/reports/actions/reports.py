"""What is done with reports: filed, accepted, assigned, worked on, resolved, rated, closed, reopened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from uuid import UUID

from chassis import uploads
from chassis.db import Work
from chassis.directory import area_exists, serving
from chassis.errors import Invalid
from chassis.files import Files
from chassis.rights import Actor
from contracts.area import community_of
from contracts.event import OFFICES
from services.reports.domain.coordinates import Point
from services.reports.domain.report import Report
from services.reports.store import queries

PHOTO = "report-photo"
_CHENGDU = timezone(timedelta(hours=8))  # a report's number carries the local day


class NoSuchArea(Invalid):
    """The place names an area that is not in the community's tree."""

    zh = "没有找到该地点，请重新选择"


@dataclass(frozen=True)
class Filing:
    """What a resident says."""

    text: str
    category: str
    area: str
    client_token: UUID
    point: Point | None = None
    photos: Sequence[UUID] = ()


async def file(work: Work, files: Files, *, by: Actor, filing: Filing) -> Report:
    """A resident reports a problem; the same draft becomes one report, however often it arrives."""
    by.may("reports.file")
    await queries.taking_turns(work, filing.client_token)
    earlier = await queries.by_client_token(work, by.id, filing.client_token)
    if earlier is not None:
        return await work.session.get_one(Report, earlier)
    if not await area_exists(work, filing.area):
        raise NoSuchArea
    report = Report(
        id=work.new_id(), number=await _number(work, filing.area), client_token=filing.client_token, reporter_id=by.id,
        area=filing.area, category=filing.category, submitted_at=work.now,
    )
    if filing.point is not None:
        place = filing.point.wgs84()
        report.lat, report.lng = place.lat, place.lng
    report.sealed_text = await work.seal(by.id, "reports", "text", report.id, filing.text)
    said = report.submit()
    work.session.add(report)
    await work.session.flush()
    await uploads.claim(work, files, filing.photos, owner=by.id, kind=PHOTO, subject=_before(report.id))
    await keep(work, report)
    work.announce(said)
    return report


async def accept(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """The office says: this is ours."""
    report = await work.locked(Report, report_id, by.may("reports.accept"))
    work.announce(report.accept(by=by.id, at=work.now))
    return await keep(work, report)


async def assign(work: Work, report_id: UUID, *, by: Actor, to: UUID) -> Report:
    """Make somebody responsible."""
    report = await work.locked(Report, report_id, by.may("reports.assign"))
    serves = [person for role in sorted(OFFICES) for person in await serving(work, role, report.area)]
    work.announce(report.assign(to=to, serves=to in serves, by=by.id, at=work.now))
    return await keep(work, report)


async def give_back(work: Work, report_id: UUID, *, by: Actor, reason: str) -> Report:
    """The assignee gives it back."""
    report = await work.locked(Report, report_id, by.may("reports.return"))
    work.announce(report.give_back(by=by.id, reason=reason, at=work.now))
    return await keep(work, report)


async def process(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """Work begins."""
    report = await work.locked(Report, report_id, by.may("reports.process"))
    work.announce(report.process(by=by.id, at=work.now))
    return await keep(work, report)


async def resolve(
    work: Work, files: Files, report_id: UUID, *, by: Actor, note: str, photos: Sequence[UUID]
) -> Report:
    """The work is done, and a photo shows it."""
    report = await work.locked(Report, report_id, by.may("reports.resolve"))
    work.announce(report.resolve(by=by.id, note=note, photos=len(photos), at=work.now))
    await uploads.claim(work, files, photos, owner=by.id, kind=PHOTO, subject=_after(report.id))
    return await keep(work, report)


async def rate(work: Work, report_id: UUID, *, by: Actor, satisfaction: int) -> Report:
    """The reporter says how it went."""
    report = await work.locked(Report, report_id, by.may("reports.rate"))
    for said in report.rate(satisfaction=satisfaction, by=by.id, at=work.now):
        work.announce(said)
    return await keep(work, report)


async def close(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """An officer closes what nobody rated."""
    report = await work.locked(Report, report_id, by.may("reports.close"))
    work.announce(report.close(by=by.id, at=work.now))
    return await keep(work, report)


async def reopen(work: Work, report_id: UUID, *, by: Actor, reason: str) -> Report:
    """The reporter says it is not mended."""
    report = await work.locked(Report, report_id, by.may("reports.reopen"))
    work.announce(report.reopen(by=by.id, reason=reason, at=work.now))
    return await keep(work, report)


async def keep(work: Work, report: Report) -> Report:
    """Write the steps the report took in this transaction."""
    for step in report.__dict__.pop("steps", []):
        note = None
        if step.note is not None:
            note = await work.seal(report.reporter_id, "transitions", str(step.seq), report.id, step.note)
        await queries.keep_step(work, step, note)
    return report


async def _number(work: Work, area: str) -> str:
    day = work.now.astimezone(_CHENGDU).date()
    return f"GH-{day:%Y%m%d}-{await queries.next_number(work, community_of(area), day):04d}"


def _before(report: UUID) -> str:
    return f"before/{report}"


def _after(report: UUID) -> str:
    return f"after/{report}"
