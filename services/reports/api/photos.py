"""公开照片: how far a report's photos are on their way to everybody, decided by staff; and the covered copies, for everybody."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import PUBLIC, Body
from chassis.service import router as new_router
from services.reports.actions import publications as acts
from services.reports.actions import taking_back
from services.reports.api.reports import Store
from services.reports.domain.publication import LONGEST_SIDE, MOST_BOXES, SMALLEST, Box, State, What

router = new_router("/api/v1/reports", tags=["photos"])
public = new_router("/api/v1/photos", tags=["photos", PUBLIC])

_At = Annotated[int, Field(ge=0, le=LONGEST_SIDE, strict=True)]
_Long = Annotated[int, Field(ge=SMALLEST, le=LONGEST_SIDE, strict=True)]
_THERE: dict[int | str, dict[str, Any]] = {307: {"description": "where it is for ten minutes"}}


class CoverBox(Body):
    """What is to be covered: pixels of the photo from its upper left corner."""

    x: _At
    y: _At
    width: _Long
    height: _Long
    what: What = What.OTHER

    def box(self) -> Box:
        """The same in the words of the rule."""
        return Box(self.x, self.y, self.width, self.height, self.what.value)


class NewPublication(Body):
    """All that is to be covered, as somebody saw it; what the detector found and is not named here is not covered."""

    boxes: Annotated[list[CoverBox], Field(max_length=MOST_BOXES)]


class BoxView(BaseModel):
    """What is covered, or proposed to be."""

    x: int
    y: int
    width: int
    height: int
    what: What


class PublicationView(BaseModel):
    """A photo; `url` is the photo itself, `covered_url` what everybody sees or would see; both last ten minutes."""

    id: UUID
    role: Literal["before", "after"]
    state: Annotated[State | None, Field(description="null while nobody means to publish it")]
    boxes: list[BoxView]
    width: Annotated[int | None, Field(description="pixels, of what boxes are measured in")] = None
    height: int | None = None
    url: str
    covered_url: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None


@router.get("/{report_id}/photos", response_model=list[PublicationView])
async def list_photos(report_id: UUID, actor: Actor, work: Working, files: Store) -> list[dict[str, Any]]:
    """The photos of a report, what the detector found in them, and which of them everybody sees."""
    return await acts.listed(work, files, report_id, by=actor)


@router.post("/{report_id}/photos/{photo_id}/preparation", response_model=PublicationView)
async def prepare_photo(report_id: UUID, photo_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """准备公开: have faces and plates looked for; seconds later it is `found`, with a copy in which they are covered."""
    return await acts.prepare(work, files, report_id, photo_id, by=actor)


@router.post("/{report_id}/photos/{photo_id}/publication", response_model=PublicationView)
async def publish_photo(
    *, report_id: UUID, photo_id: UUID, new: NewPublication, actor: Actor, work: Working, files: Store
) -> dict[str, Any]:
    """公开: everybody may see it with these covered; never before the detector looked at it and somebody after it."""
    boxes = [one.box() for one in new.boxes]
    return await acts.publish(work, files, report_id, photo_id, by=actor, boxes=boxes)


@router.post("/{report_id}/photos/{photo_id}/concealment", response_model=PublicationView)
async def conceal_photo(report_id: UUID, photo_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """撤回公开: nobody outside is shown it any more, from this moment on."""
    return await acts.conceal(work, files, report_id, photo_id, by=actor)


@router.delete("/{report_id}/photos/{photo_id}", status_code=204)
async def take_back_photo(report_id: UUID, photo_id: UUID, actor: Actor, work: Working) -> None:
    """收回: who sent it takes it back while the report is not over; gone from everybody at once, but for that there was one."""
    await taking_back.photo(work, report_id, photo_id, by=actor)


@public.get("/{photo_id}", response_class=Response, status_code=307, responses=_THERE)
async def open_photo(photo_id: UUID, work: Working, files: Store) -> Response:
    """The covered copy of a photo that is shown to everybody; the address stays, where it leads lasts ten minutes."""
    link = await acts.opened(work, files, photo_id)
    return RedirectResponse(link, 307, headers={"cache-control": "no-store"})
