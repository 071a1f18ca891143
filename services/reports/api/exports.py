"""导出: the reports of a list as a sheet, made in the background, fetched once."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import exports as acts
from services.reports.api.fresh import OnceRoute, StepUpRoute, fresh, said
from services.reports.api.reports import Store
from services.reports.api.views import KeptFilters
from services.reports.domain.export import Export, Purpose
from services.reports.domain.worklist import List, Order, Question

router = new_router("/api/v1/exports", tags=["exports"])
router.route_class = StepUpRoute
once = new_router("/api/v1/exports", tags=["exports"])
once.route_class = OnceRoute
_MEDIA = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()},
        "description": "a sheet",
    },
    410: {"description": "fetched already, or over"},
}


class NewExport(Body):
    """Which reports, as what kind of file, and what for."""

    worklist: List
    filters: KeptFilters = Field(default_factory=KeptFilters)
    written: Literal["csv", "xlsx"] = "xlsx"
    purpose: Purpose

    def question(self) -> Question:
        """The same in the words of the rule; SoughtUnfit."""
        return Question(self.worklist, Order.NEW, self.filters.filters())


class ExportView(BaseModel):
    """A list that was asked for, and how far it is."""

    id: UUID
    area: str
    asked_by: UUID
    asked_at: datetime
    purpose: Purpose
    written: Literal["csv", "xlsx"]
    list_name: str
    state: Literal["waiting", "working", "ready", "fetched", "over", "failed"]
    done: int
    total: int
    over_at: datetime
    fetched_at: datetime | None


@router.post("", status_code=201, dependencies=[fresh("exports.make")], response_model=ExportView)
async def ask_export(new: NewExport, actor: Actor, work: Working) -> Export:
    """At most 10,000 reports; five times a day; a second factor was shown within ten minutes."""
    return await acts.ask(work, by=actor, question=new.question(), purpose=new.purpose, written=new.written)


@router.get("", response_model=Page[ExportView])
async def list_exports(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Page[dict[str, Any]]:
    """One's own, newest first."""
    return await acts.listed(work, by=actor, paging=asked)


@router.get("/{export_id}", response_model=ExportView)
async def read_export(export_id: UUID, actor: Actor, work: Working) -> Export:
    """How far it is."""
    return await acts.one(work, export_id, by=actor)


@once.post("/{export_id}/retrieval", response_class=Response, responses=_FILE)
async def fetch_export(export_id: UUID, actor: Actor, work: Working, files: Store, request: Request) -> Response:
    """The file, once; within 72 hours, a second factor shown within ten minutes. No cell is calculated when it is opened."""
    held, content = await acts.fetch(work, files, export_id, by=actor, claims=said(request))
    name = f'attachment; filename="reports-{held.id}.{held.written}"'
    return Response(content, media_type=_MEDIA[held.written], headers={"content-disposition": name, "cache-control": "no-store"})
