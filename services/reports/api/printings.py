"""印制批次: posters printed together, printed again as they were, and taken down once they open nothing."""

from asyncio import to_thread
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import printing
from services.reports.actions import printings as acts
from services.reports.api.anchors import PDF, SHEET
from services.reports.api.reports import Path
from services.reports.domain.anchor import LAST_VERSION, MOST_POSTERS

router = new_router("/api/v1/anchors", tags=["anchors"])


class NewPrinting(Body):
    """What is printed: all that hangs in an area, or these."""

    area: Path | None = None
    anchors: Annotated[list[UUID], Field(min_length=1, max_length=MOST_POSTERS)] | None = None


class PrintedView(BaseModel):
    """A poster of a batch; `opens` while that version hangs."""

    anchor_id: UUID
    area: str
    asset: str
    place: str
    version: int
    opens: bool
    taken_down_at: datetime | None


class PrintingItem(BaseModel):
    """A batch in a list; `number` stands in small print on its posters."""

    id: UUID
    number: str
    area: str
    printed_at: datetime
    printed_by: UUID
    posters: int


class PrintingView(PrintingItem):
    """A batch with its posters, in the order of its sheet."""

    anchors: list[PrintedView]


class LeftView(BaseModel):
    """What was printed and opens nothing any more, and nobody said was taken down."""

    anchor_id: UUID
    version: int
    area: str
    asset: str
    place: str
    why: Literal["revoked", "replaced"]
    printings: list[str]
    printed_at: datetime


class TakenDown(Body):
    """Which version of the poster."""

    version: Annotated[int, Field(ge=1, le=LAST_VERSION, strict=True)]


class Asked(Paging):
    """Where."""

    area: Path | None = None


class Left(BaseModel, extra="forbid"):
    """Where."""

    area: Path | None = None


@router.post("/prints", status_code=201, response_model=PrintingView)
async def make_printing(new: NewPrinting, actor: Actor, work: Working) -> dict[str, Any]:
    """A batch of posters, numbered; its sheet is at `/api/v1/anchors/prints/{print_id}/sheet`."""
    return await acts.make(work, by=actor, area=new.area, wanted=new.anchors)


@router.get("/prints", response_model=Page[PrintingItem])
async def list_printings(actor: Actor, work: Working, asked: Annotated[Asked, Query()]) -> Page[dict[str, Any]]:
    """The batches of the communities one keeps anchors for, newest first."""
    return await acts.listed(work, by=actor, paging=asked, area=asked.area)


@router.get("/prints/{print_id}", response_model=PrintingView)
async def get_printing(print_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """A batch, and which of its posters open something still."""
    return await acts.one(work, print_id, by=actor)


@router.get("/prints/{print_id}/sheet", response_class=Response, responses=PDF)
async def print_again(print_id: UUID, actor: Actor, work: Working, request: Request) -> Response:
    """The sheet of a batch, the same each time, whatever became of its posters."""
    origin: str = request.app.state.running.settings.public_origin
    made, posters = await acts.sheet(work, print_id, by=actor, origin=origin)
    return Response(await to_thread(printing.sheet, posters, made.printed_at), media_type="application/pdf", headers=SHEET)


@router.get("/leftovers", response_model=list[LeftView])
async def list_leftovers(actor: Actor, work: Working, asked: Annotated[Left, Query()]) -> list[dict[str, Any]]:
    """What hangs still and opens nothing, last printed first, two hundred at most: to be taken down."""
    return await acts.left(work, by=actor, area=asked.area)


@router.post("/{anchor_id}/removal", status_code=204)
async def take_down_poster(anchor_id: UUID, gone: TakenDown, actor: Actor, work: Working) -> None:
    """What hung of a version that opens nothing was taken down."""
    await acts.take_down(work, anchor_id, by=actor, version=gone.version)
