"""What is done with reports: filed, accepted, assigned, worked on, resolved, rated, closed, reopened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from chassis import uploads
from chassis.db import Work
from chassis.directory import serving
from chassis.files import Files
from chassis.rights import Actor
from contracts.area import community_of, contains
from contracts.event import OFFICES
from services.reports.actions import answers, clusters, parts, routing, settings
from services.reports.actions.keeping import keep
from services.reports.actions.numbers import next_number
from services.reports.domain.anchor import Scan
from services.reports.domain.catalogue import Catalogue
from services.reports.domain.category import About
from services.reports.domain.channel import Channel, NotTheirNeighbour
from services.reports.domain.coordinates import Point
from services.reports.domain.field import Field
from services.reports.domain.onsite import UNSAID, Taken
from services.reports.domain.report import Report
from services.reports.domain.routing import TRIAGE, Case, NoSuchArea
from services.reports.domain.severity import Severity, begins
from services.reports.domain.terms import midnight
from services.reports.store import catalogues, queries
from services.reports.store.parts import counted
from services.reports.store.routing import keep_route

PHOTO = "report-photo"


@dataclass(frozen=True)
class Spot:
    """Where something is, as far as rights ask."""

    area: str


@dataclass(frozen=True)
class Filing:
    """What a resident says."""

    text: str
    category: str
    area: str
    client_token: UUID
    point: Point | None = None
    photos: Sequence[UUID] = ()
    scan: Scan | None = None
    accuracy: float | None = None  # of the point, metres
    channel: Channel = Channel.APP
    resident: UUID | None = None  # for whom staff file
    sent_by: UUID | None = None  # whose the photos are, if not its reporter's
    is_dangerous: bool = False  # there is danger now, as who files says
    graded: Severity | None = None  # as staff say it who hand it in
    subcategory: str | None = None
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asked: Sequence[Field] | None = ()  # what had to be answered; None: whatever the catalogue asks of who says so
    daily: int | None = None  # how many its reporter may file a day, where the community's terms do not say it

    @property
    def severity(self) -> Severity:
        """How grave it is at first."""
        return self.graded or begins(self.category, is_dangerous=self.is_dangerous)

    def about(self, catalogue: Catalogue) -> About:
        """What it is about, in the words of this version."""
        return About(self.category, self.subcategory, catalogue.version)

    def case(self) -> Case:
        """What routing knows of it."""
        unit = self.scan.anchor.unit_id if self.scan is not None else None
        return Case(self.category, self.area, self.point, unit, self.severity, self.subcategory)


async def file(work: Work, files: Files, *, by: Actor, filing: Filing) -> Report:
    """A resident reports a problem, or staff for one; the same draft becomes one report, however often it arrives."""
    if filing.resident is None:
        return await _file(work, files, by, filing)
    return await _file_for(work, files, filing.resident, by, filing)


async def _file(work: Work, files: Files, by: Actor, filing: Filing) -> Report:
    by.may("reports.file")
    # twins of a draft wait until the first has committed, and of a resident's drafts each counts those before it
    await work.taking_turns((filing.client_token if by.assignments else by.id).bytes)
    known = await queries.before_filing(
        work, filing.area, reporter=by.id, token=filing.client_token, since=midnight(work.now), counted=not by.assignments
    )
    if known.earlier is not None:
        return await work.session.get_one(Report, known.earlier)
    if filing.scan is not None:
        filing.scan.must_open()
    if not known.is_there:
        raise NoSuchArea
    known.routing.must_hold(filing.point)
    given = answers.given(known.catalogue, filing.about(known.catalogue), filing.answers, filing.asked)
    known.terms.must_take(known.filed, work.now, filing.daily)
    route = known.routing.route(filing.case())
    report = Report(
        id=work.new_id(), number=await next_number(work, filing.area), client_token=filing.client_token, reporter_id=by.id,
        area=await routing.narrowed(work, filing.area, route), category=filing.category, submitted_at=work.now,
        channel=_channel(filing, by).value, severity=filing.severity,
        anchor_id=filing.scan.anchor.id if filing.scan is not None else None, level=route.level,
        subcategory=filing.subcategory, category_version=known.catalogue.version,
    )
    if filing.point is not None:
        report.lies(filing.point, filing.accuracy)
    report.sealed_text = await work.seal(by.id, "reports", "text", report.id, filing.text)
    await answers.seal(work, report, given)
    said = report.submit()
    await keep(work, report, by, known.terms)
    if known.routing.version or route.by != TRIAGE:  # where nothing is decided, nothing has decided of it
        await keep_route(work, report.id, known.routing.version, route)
    await uploads.claim(work, files, filing.photos, owner=filing.sent_by or by.id, kind=PHOTO, subject=_before(report.id))
    work.announce(said)
    return report


async def _file_for(work: Work, files: Files, person: UUID, by: Actor, filing: Filing) -> Report:
    """Who serves where it lies files for a resident of the community, who agreed to it: the report is the resident's.

    They hear of it and whose act it was (代办), as of anything that is done for them. NotTheirNeighbour.
    """
    by.may("reports.file_for").check(Spot(filing.area))
    homes = await queries.homes_in(work, person, community_of(filing.area))
    if person == by.id or not homes:
        raise NotTheirNeighbour
    work.cause = replace(work.cause, acting=by.id)
    whose = Actor(person, (), tuple(homes), by.rights, acting=by.id)
    report = await _file(work, files, whose, replace(filing, sent_by=by.id))
    await work.audit("reports.file_for", f"report/{report.id}", actor=by.id, reason=filing.channel.value)
    return report


async def accept(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """The office says: this is ours."""
    report = await work.locked(Report, report_id, by.may("reports.accept"))
    work.announce(report.accept(by=by.id, at=work.now))
    return await keep(work, report, by)


async def decline(work: Work, report_id: UUID, *, by: Actor, reason_code: str, instead: str) -> Report:
    """An office above the grid says: this is not ours."""
    report = await work.locked(Report, report_id, by.may("reports.decline"))
    report.parts = await counted(work, report.id)
    work.announce(report.decline(by=by.id, reason_code=reason_code, instead=instead, at=work.now))
    await clusters.let_go(work, report)
    return await keep(work, report, by)


async def appeal(work: Work, report_id: UUID, *, by: Actor, reason: str) -> Report:
    """The reporter asks once more."""
    report = await work.locked(Report, report_id, by.may("reports.appeal"))
    work.announce(report.appeal(by=by.id, reason=reason, at=work.now))
    return await keep(work, report, by)


async def withdraw(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """The reporter no longer asks for it."""
    report = await work.locked(Report, report_id, by.may("reports.withdraw"))
    work.announce(report.withdraw(by=by.id, at=work.now))
    await clusters.let_go(work, report)
    await parts.let_go(work, report)
    return await keep(work, report, by)


async def escalate(work: Work, report_id: UUID, *, by: Actor, reason: str) -> Report:
    """Staff hand it to the office above."""
    report = await work.locked(Report, report_id, by.may("reports.escalate"))
    work.announce(report.escalate(by=by.id, reason_code="by-staff", reason=reason, at=work.now))
    return await keep(work, report, by)


async def assign(work: Work, report_id: UUID, *, by: Actor, to: UUID) -> Report:
    """Make somebody responsible."""
    report = await work.locked(Report, report_id, by.may("reports.assign"))
    work.announce(report.assign(to=to, serves=await _serves(work, to, report), by=by.id, at=work.now))
    return await keep(work, report, by)


async def reassign(work: Work, report_id: UUID, *, by: Actor, to: UUID, reason: str) -> Report:
    """What somebody works on is given to somebody else."""
    report = await work.locked(Report, report_id, by.may("reports.reassign"))
    work.announce(report.reassign(to=to, serves=await _serves(work, to, report), by=by.id, reason=reason, at=work.now))
    return await keep(work, report, by)


async def reclassify(work: Work, report_id: UUID, *, by: Actor, to: About, instead_of: About, reason: str) -> Report:
    """Staff say it is about something else than it was filed as, in the catalogue of today. SubcategoryUnknown, -Retired."""
    report = await work.locked(Report, report_id, by.may("reports.reclassify"))
    catalogue = await catalogues.in_force(work, report.area)
    catalogue.must_take(to.category, to.subcategory)
    to = replace(to, version=catalogue.version)
    work.announce(report.reclassify(to, instead_of=instead_of, by=by.id, reason=reason, at=work.now))
    return await keep(work, report, by)


async def grade(work: Work, report_id: UUID, *, by: Actor, to: Severity, instead_of: Severity, reason: str) -> Report:
    """Staff say that it is graver than it was filed, or less so."""
    report = await work.locked(Report, report_id, by.may("reports.grade"))
    work.announce(report.grade(to, instead_of=instead_of, by=by.id, reason=reason, at=work.now))
    return await keep(work, report, by)


async def give_back(work: Work, report_id: UUID, *, by: Actor, reason: str) -> Report:
    """The assignee gives it back."""
    report = await work.locked(Report, report_id, by.may("reports.return"))
    limit = (await settings.in_force(work, report.area)).return_limit
    for said in report.give_back(by=by.id, reason=reason, at=work.now, limit=limit):
        work.announce(said)
    return await keep(work, report, by)


async def process(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """Work begins."""
    report = await work.locked(Report, report_id, by.may("reports.process"))
    work.announce(report.process(by=by.id, at=work.now))
    return await keep(work, report, by)


async def resolve(
    work: Work, files: Files, report_id: UUID, *, by: Actor, note: str, photos: Sequence[UUID], taken: Taken = UNSAID
) -> Report:
    """The work is done, and a photo shows it, if there is anything to see."""
    report = await work.locked(Report, report_id, by.may("reports.resolve"))
    report.parts = await counted(work, report.id)
    asked = taken == UNSAID and (await settings.in_force(work, report.area)).asks_where
    said = report.resolve(by=by.id, note=note, photos=len(photos), taken=taken, asked=asked, at=work.now)
    work.announce(await clusters.heard(work, report, said))
    await uploads.claim(work, files, photos, owner=by.id, kind=PHOTO, subject=_after(report.id))
    await queries.dismiss(work, report.id)
    return await keep(work, report, by)


async def rate(work: Work, report_id: UUID, *, by: Actor, satisfaction: int) -> Report:
    """The reporter says how it went."""
    report = await work.locked(Report, report_id, by.may("reports.rate"))
    rated, closed = report.rate(satisfaction=satisfaction, by=by.id, at=work.now)
    work.announce(await clusters.heard(work, report, rated))
    work.announce(await clusters.heard(work, report, closed))
    return await keep(work, report, by)


async def close(work: Work, report_id: UUID, *, by: Actor) -> Report:
    """An officer closes what nobody rated."""
    report = await work.locked(Report, report_id, by.may("reports.close"))
    work.announce(await clusters.heard(work, report, report.close(by=by.id, at=work.now)))
    return await keep(work, report, by)


async def reopen(work: Work, report_id: UUID, *, by: Actor, reason: str) -> Report:
    """The reporter says it is not mended."""
    report = await work.locked(Report, report_id, by.may("reports.reopen"))
    for said in report.reopen(by=by.id, reason=reason, at=work.now):
        work.announce(said)
    return await keep(work, report, by)


async def _serves(work: Work, person: UUID, report: Report) -> bool:
    return any([person in await serving(work, role, report.area) for role in sorted(OFFICES)])


def _channel(filing: Filing, by: Actor) -> Channel:
    """What is not said: by a poster's code, by who serves there, or by the app."""
    if filing.channel is not Channel.APP:
        return filing.channel
    if filing.scan is not None:
        return Channel.POSTER
    return Channel.PATROL if any(contains(one.area, filing.area) for one in by.assignments) else Channel.APP


def _before(report: UUID) -> str:
    return f"before/{report}"


def _after(report: UUID) -> str:
    return f"after/{report}"
