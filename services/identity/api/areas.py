"""The tree of areas."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.identity.actions import places
from services.identity.domain.place import Area
from services.identity.store import queries

router = new_router("/api/v1/areas", tags=["areas"])

Kind = Literal["district", "subdistrict", "community", "grid", "courtyard", "building", "unit", "room"]
Path = Annotated[str, Field(max_length=256, pattern=PATTERN)]


class NewArea(Body):
    """A node below one that is there."""

    path: Path
    kind: Kind
    name: Annotated[str, Field(min_length=1, max_length=64)]


class AreaView(BaseModel):
    """A node of the tree."""

    id: UUID
    path: str
    kind: str
    name: str


class AreaFilter(Paging):
    """Which areas."""

    below: Path | None = None
    kind: Kind | None = None


@router.get("", response_model=Page[AreaView])
async def list_areas(actor: Actor, work: Working, asked: Annotated[AreaFilter, Query()]) -> Any:
    """Areas at or below one."""
    actor.scope("areas.read")
    return await queries.AREAS.page(work, asked, below=asked.below, kind=asked.kind)


@router.post("", status_code=201, response_model=AreaView)
async def add_area(new: NewArea, actor: Actor, work: Working) -> Area:
    """Add an area; its code is never used again."""
    return await places.add_area(work, by=actor, path=new.path, kind=new.kind, name=new.name)
