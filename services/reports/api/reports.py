"""Reports: filed, looked at, moved along."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from chassis.files import Files
from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.reports.actions import looking
from services.reports.actions import reports as acts
from services.reports.domain.category import LONGEST_CODE
from services.reports.domain.category import PATTERN as SUBCATEGORY
from services.reports.domain.channel import Channel
from services.reports.domain.coordinates import Point
from services.reports.domain.machine import Status
from services.reports.domain.severity import Severity

router = new_router("/api/v1/reports", tags=["reports"])

Category = Literal[
    "lighting", "water", "electricity", "sanitation", "road", "greening", "safety", "noise", "parking", "inquiry", "suggestion",
    "other",
]
Subcategory = Annotated[str, Field(max_length=LONGEST_CODE, pattern=SUBCATEGORY, description="dotted, below the category")]
Path = Annotated[str, Field(max_length=256, pattern=PATTERN)]
# texts are sealed, so no column of the database would refuse a NUL
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
Photos = Annotated[list[UUID], Field(max_length=9)]


async def _files(request: Request) -> Files:
    files: Files = request.app.state.running.files
    return files


Store = Annotated[Files, Depends(_files)]


class Place(Body):
    """Where: an area of the tree and, if known, the point."""

    area: Path
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lng: Annotated[float, Field(ge=-180, le=180)] | None = None
    crs: Literal["gcj02", "wgs84"] = "gcj02"
    accuracy_m: Annotated[float | None, Field(ge=0, le=10000, description="as the phone says it; none of a pin on a map")] = None

    def point(self) -> Point | None:
        """The point, if both halves of it were given."""
        return Point(self.lat, self.lng, self.crs) if self.lat is not None and self.lng is not None else None


class Assignment(Body):
    """Who is to be responsible."""

    assignee_id: UUID


class Reason(Body):
    """Why; the other side reads it."""

    reason: Text


class Reassignment(Assignment, Reason):
    """Who is to be responsible instead, and why; the reporter reads the reason."""


class Rating(Body):
    """1 (bad) to 5 (good)."""

    satisfaction: Annotated[int, Field(ge=1, le=5)]


class ReportItem(BaseModel):
    """A report in a list."""

    id: UUID
    number: str
    area: str
    category: str
    status: Status
    severity: Annotated[Severity, Field(description="how grave it is (紧急程度), in the words of CAP 1.2")]
    text: str
    reporter_id: UUID
    assignee_id: UUID | None
    satisfaction: int | None
    anchor_id: UUID | None
    supporters: Annotated[int, Field(description="neighbours who meet the same (我也遇到)")]
    channel: Annotated[Channel, Field(description="by which way it came (渠道)")]
    subcategory: Annotated[str | None, Field(description="what it is about below its category, dotted (子类别)")]
    parent_id: Annotated[UUID | None, Field(description="the report it is a part of; `reporter_id` is then no person's")]
    parent_number: str | None
    submitted_at: datetime
    updated_at: datetime


class PhotoView(BaseModel):
    """A photo; the links last ten minutes, and are there once it was developed."""

    id: UUID
    role: Literal["before", "after"]
    state: str
    reason: str | None = None
    url: str | None = None
    thumb_url: str | None = None


class MasterView(BaseModel):
    """The report that carries the work of one that was merged into it."""

    number: str
    status: Status


class PartView(BaseModel):
    """A part of a report; its reporter reads how it stands and has no id of it."""

    id: UUID | None
    number: str
    category: str
    status: Status


class SaidView(BaseModel):
    """A place as it was said: the pair, on which datum, within how many metres."""

    lat: float
    lng: float
    crs: Literal["gcj02", "wgs84"]
    accuracy_m: float | None


class WhereView(BaseModel):
    """Where what was mended was photographed: within 100 m of where it was reported, elsewhere for a reason, or nobody said."""

    verdict: Literal["inside", "reason", "unknown"]
    reason: str | None
    metres: int | None


class AnswerView(BaseModel):
    """What was answered to a question of its category, in the words in which it was asked."""

    code: str
    label: str
    kind: str
    values: list[str]
    names: list[str]


class ReportView(ReportItem):
    """A report whole, with what can be done now and why the rest cannot."""

    lat: float | None
    lng: float | None
    resolution: str | None
    subcategory_names: Annotated[list[str], Field(description="as they were called in that version, from below the category on")]
    category_version: Annotated[int, Field(description="of the catalogue in which it was said")]
    answers: list[AnswerView]
    said: Annotated[SaidView | None, Field(description="the place as it was said; `lat` and `lng` are the same on WGS-84")]
    resolved_where: WhereView | None
    reopen_count: int
    merged_into: MasterView | None
    parts: Annotated[list[PartView], Field(description="what it was divided into, oldest first")]
    level: Annotated[int, Field(description="the office it lies with: 1 grid, 2 courtyard, 3 community, 4 subdistrict")]
    photos: list[PhotoView]
    actions: list[dict[str, str]]


class StepView(BaseModel):
    """One step of a report's life."""

    seq: int
    action: str
    from_status: str | None
    to_status: str
    actor_id: UUID | None
    at: datetime
    note: str | None
    role: str | None
    level: int
    reason_code: str | None
    acting_id: Annotated[UUID | None, Field(description="who took it for the actor, by proxy (代办)")]


class ReportFilter(Paging):
    """Which reports."""

    status: Status | None = None
    category: Category | None = None
    area: Path | None = None
    mine: bool = False
    anchor_id: UUID | None = None
    master_id: UUID | None = None
    parent_id: UUID | None = None
    channel: Channel | None = None
    subcategory: Annotated[Subcategory | None, Field(description="and what lies below it")] = None

    def filters(self) -> dict[str, Any]:
        """What was asked for, without the paging."""
        return {name: getattr(self, name) for name in ReportFilter.model_fields if name not in Paging.model_fields}


@router.get("", response_model=Page[ReportItem])
async def list_reports(actor: Actor, work: Working, asked: Annotated[ReportFilter, Query()]) -> Page[dict[str, Any]]:
    """One's own reports and, for staff, those of the areas they serve; newest first."""
    return await looking.worklist(work, by=actor, paging=asked, **asked.filters())


@router.get("/{report_id}", response_model=ReportView)
async def get_report(report_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """One report, with its photos and what can be done now."""
    return await looking.one(work, files, report_id, by=actor)


@router.get("/{report_id}/history", response_model=list[StepView])
async def list_history(report_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """Every step it has taken."""
    return await looking.story(work, report_id, by=actor)


@router.post("/{report_id}/acceptance", response_model=ReportView)
async def accept_report(report_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """This is ours, and we will see to it."""
    return await looking.shown(work, files, await acts.accept(work, report_id, by=actor), by=actor)


@router.post("/{report_id}/assignment", response_model=ReportView)
async def assign_report(
    report_id: UUID, assignment: Assignment, actor: Actor, work: Working, files: Store
) -> dict[str, Any]:
    """Make somebody responsible."""
    report = await acts.assign(work, report_id, by=actor, to=assignment.assignee_id)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/reassignment", response_model=ReportView)
async def reassign_report(
    report_id: UUID, changed: Reassignment, actor: Actor, work: Working, files: Store
) -> dict[str, Any]:
    """Give what is being worked on to somebody else, with a reason."""
    report = await acts.reassign(work, report_id, by=actor, to=changed.assignee_id, reason=changed.reason)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/return", response_model=ReportView)
async def return_report(report_id: UUID, why: Reason, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Give it back, with a reason."""
    report = await acts.give_back(work, report_id, by=actor, reason=why.reason)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/processing", response_model=ReportView)
async def process_report(report_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Work begins."""
    return await looking.shown(work, files, await acts.process(work, report_id, by=actor), by=actor)


@router.post("/{report_id}/rating", response_model=ReportView)
async def rate_report(report_id: UUID, rating: Rating, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """How did it go? With that it is closed."""
    report = await acts.rate(work, report_id, by=actor, satisfaction=rating.satisfaction)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/closure", response_model=ReportView)
async def close_report(report_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Close what nobody rated."""
    return await looking.shown(work, files, await acts.close(work, report_id, by=actor), by=actor)


@router.post("/{report_id}/reopening", response_model=ReportView)
async def reopen_report(report_id: UUID, why: Reason, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """It is not mended."""
    report = await acts.reopen(work, report_id, by=actor, reason=why.reason)
    return await looking.shown(work, files, report, by=actor)
