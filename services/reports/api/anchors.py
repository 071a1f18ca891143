"""Anchors: entered, printed anew, taken down and listed by those who keep them; scanned by everybody."""

from asyncio import to_thread
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path as InPath
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import PUBLIC, Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.reports.actions import anchors as acts
from services.reports.actions import printing
from services.reports.api.reports import Category, Path, Place
from services.reports.domain.anchor import LAST_VERSION, LONGEST_ASSET
from services.reports.domain.machine import Status

router = new_router("/api/v1/anchors", tags=["anchors"])

# another spelling is refused by the rule, as a code that opens nothing: whoever scans it reads what to do instead
Code = Annotated[str, InPath(description="as it is printed", json_schema_extra={"pattern": "^[A-Za-z0-9_-]{40}$"})]
Asset = Annotated[str, Field(max_length=LONGEST_ASSET, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")]


Area = Annotated[str, Query(max_length=256, pattern=PATTERN)]
_FILE = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
PDF: dict[int | str, dict[str, Any]] = {200: {"content": _FILE}}
SHEET = {"content-disposition": 'inline; filename="posters.pdf"', "cache-control": "no-store"}


class NewAnchor(Body):
    """Where a poster is to hang and on what; everybody may read it, so no name and no phone belongs there."""

    place: Place
    asset: Asset
    category: Category
    unit_id: UUID | None = None

    def entry(self) -> acts.Entry:
        """The same in the words of the action."""
        return acts.Entry(self.place.area, self.asset, self.category, self.place.point(), self.unit_id)


class Reissue(Body):
    """The version that is to end."""

    version: Annotated[int, Field(ge=1, le=LAST_VERSION, strict=True)]


class BatchView(BaseModel):
    """A batch in which a poster was printed, and in which version."""

    number: str
    version: int
    printed_at: datetime


class AnchorView(BaseModel):
    """An anchor as its keepers see it; `code` is what is printed, null once it was taken down."""

    id: UUID
    area: str
    lat: float | None
    lng: float | None
    asset: str
    category: str
    unit_id: UUID | None
    version: int
    code: str | None
    short: Annotated[str | None, Field(description="the letters printed below the code, to be read out; nothing opens by them")]
    entered_at: datetime
    revoked_at: datetime | None
    printings: Annotated[list[BatchView], Field(description="the batches it was printed in, oldest first")]
    printed_at: Annotated[datetime | None, Field(description="in the last of them")]


class OpenView(BaseModel):
    """A report that is open there: what anybody may know of it."""

    number: str
    category: str
    status: Status
    since: datetime
    supporters: Annotated[int, Field(description="neighbours who meet the same (我也遇到)")]
    photo_id: Annotated[UUID | None, Field(description="one that everybody may see, at `/api/v1/photos/{photo_id}`")]


class ScanView(BaseModel):
    """What is where the poster hangs; `open` are the newest twenty."""

    place: str
    asset: str
    category: str
    community: Annotated[str, Field(description="whose catalogue says what lies below the category")]
    open: list[OpenView]


class AnchorFilter(Paging):
    """Which anchors."""

    area: Path | None = None
    hanging: bool = False


@router.post("", status_code=201, response_model=AnchorView)
async def enter_anchor(new: NewAnchor, actor: Actor, work: Working) -> dict[str, Any]:
    """A new poster is to hang somewhere."""
    return await acts.enter(work, by=actor, entry=new.entry())


@router.get("", response_model=Page[AnchorView])
async def list_anchors(actor: Actor, work: Working, asked: Annotated[AnchorFilter, Query()]) -> Page[dict[str, Any]]:
    """The anchors of the areas one keeps them for, newest first."""
    return await acts.listed(work, by=actor, paging=asked, area=asked.area, hanging=asked.hanging)


@router.get("/posters", response_class=Response, responses=PDF)
async def print_posters(area: Area, actor: Actor, work: Working, request: Request) -> Response:
    """The posters that hang in an area, to be printed: A4, eight to a page."""
    origin: str = request.app.state.running.settings.public_origin
    made = await acts.posters(work, by=actor, area=area, origin=origin)
    return Response(await to_thread(printing.sheet, made, work.now), media_type="application/pdf", headers=SHEET)


@router.get("/{code}", response_model=ScanView, tags=[PUBLIC])
async def scan_anchor(code: Code, work: Working, response: Response) -> dict[str, Any]:
    """扫码: the place, what it hangs on, and what is open there; nobody need be signed in, and nobody keeps the answer."""
    response.headers["cache-control"] = "no-store"
    return await acts.opened(work, code)


@router.post("/{anchor_id}/revocation", response_model=AnchorView)
async def revoke_anchor(anchor_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """The poster is taken down; its code opens nothing any more."""
    return await acts.revoke(work, anchor_id, by=actor)


@router.post("/{anchor_id}/reissue", response_model=AnchorView)
async def reissue_anchor(anchor_id: UUID, ends: Reissue, actor: Actor, work: Working) -> dict[str, Any]:
    """A new code takes the place of the one that hangs, which opens nothing any more."""
    return await acts.reissue(work, anchor_id, by=actor, version=ends.version)
