"""Units: organisations that serve areas."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import places
from services.identity.api.areas import Path
from services.identity.domain.place import Unit
from services.identity.store import queries

router = new_router("/api/v1/units", tags=["units"])

Short = Annotated[str, Field(min_length=1, max_length=64)]


class NewUnit(Body):
    """An organisation and the areas it serves."""

    area: Path
    kind: Short
    name: Short
    serves: Annotated[list[Path], Field(max_length=100)]


class UnitView(BaseModel):
    """An organisation."""

    id: UUID
    area: str
    kind: str
    name: str
    serves: list[str]


class UnitFilter(Paging):
    """Which units."""

    below: Path | None = None


@router.get("", response_model=Page[UnitView])
async def list_units(actor: Actor, work: Working, asked: Annotated[UnitFilter, Query()]) -> Any:
    """Units at or below an area."""
    actor.scope("units.read")
    return await queries.UNITS.page(work, asked, below=asked.below)


@router.post("", status_code=201, response_model=UnitView)
async def add_unit(new: NewUnit, actor: Actor, work: Working) -> Unit:
    """Add an organisation."""
    return await places.add_unit(work, by=actor, area=new.area, kind=new.kind, name=new.name, serves=list(new.serves))
