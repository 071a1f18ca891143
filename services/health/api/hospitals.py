"""Hospitals, departments and the hut's rooms: what staff enter, and what times are chosen by."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.health.actions import hospitals as acts
from services.health.actions import visits
from services.health.domain.arrival import RoomCode
from services.health.domain.hospital import Adapter, Department, Hospital, Pool, Room
from services.health.store import queries

router = new_router("/api/v1", tags=["hospitals"])

Name = Annotated[str, Field(min_length=1, max_length=64)]
Area = Annotated[str, Field(max_length=256, pattern=PATTERN)]


class NewHospital(Body):
    """An organisation and the area it serves; how it is reached, whose its seats are, and of a shared pool our percentage.

    `unit_id` is its unit in the directory, if it has one; `system` the connected system by which it is asked.
    """

    area: Area
    name: Name
    adapter: Adapter = Adapter.NONE
    pool: Pool = Pool.OURS
    share: Annotated[int, Field(ge=1, le=99)] | None = None
    unit_id: UUID | None = None
    system: Annotated[str, Field(min_length=1, max_length=32)] | None = None


class HospitalView(BaseModel):
    """A hospital."""

    id: UUID
    area: str
    name: str
    adapter: Adapter
    pool: Pool
    share: int | None
    unit_id: UUID | None
    system: str | None


class NewDepartment(Body):
    """A department of a hospital."""

    hospital_id: UUID
    name: Name


class DepartmentView(BaseModel):
    """A department."""

    id: UUID
    area: str
    hospital_id: UUID
    name: str


class DepartmentFilter(Paging):
    """Of which hospital."""

    hospital_id: UUID | None = None


class NewRoom(Body):
    """A room or booth of the hut in an area."""

    area: Area
    name: Name


class RoomView(BaseModel):
    """A room of the hut."""

    id: UUID
    area: str
    name: str


class CodeView(BaseModel):
    """A code for checking in, shown until then and taken two minutes longer."""

    code: str
    valid_until: datetime


@router.post("/hospitals", status_code=201, response_model=HospitalView)
async def enter_hospital(new: NewHospital, actor: Actor, work: Working, request: Request) -> Hospital:
    """Enter a hospital. Hours are laid down only where the seats are ours; a hospital's own are read in from its system."""
    systems = request.app.state.running.settings.systems
    return await acts.enter_hospital(work, Hospital(work.new_id(), **new.model_dump()), by=actor, systems=systems)


@router.get("/hospitals", response_model=Page[HospitalView])
async def list_hospitals(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """The hospitals of one's own community, or of the areas one serves."""
    return await queries.HOSPITALS.page(work, asked, actor.scope("hospitals.read"))


@router.post("/departments", status_code=201, response_model=DepartmentView)
async def enter_department(new: NewDepartment, actor: Actor, work: Working) -> Department:
    """Enter a department of a hospital."""
    return await acts.enter_department(work, new.hospital_id, new.name, by=actor)


@router.get("/departments", response_model=Page[DepartmentView])
async def list_departments(actor: Actor, work: Working, asked: Annotated[DepartmentFilter, Query()]) -> Any:
    """The departments of these hospitals, or of one of them."""
    return await queries.DEPARTMENTS.page(work, asked, actor.scope("hospitals.read"), hospital_id=asked.hospital_id)


@router.post("/rooms", status_code=201, response_model=RoomView)
async def enter_room(new: NewRoom, actor: Actor, work: Working) -> Room:
    """Enter a room of the hut."""
    return await acts.enter_room(work, Room(work.new_id(), **new.model_dump()), by=actor)


@router.get("/rooms", response_model=Page[RoomView])
async def list_rooms(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """The rooms of the hut."""
    return await queries.ROOMS.page(work, asked, actor.scope("rooms.read"))


@router.get("/rooms/{room_id}/code", response_model=CodeView)
async def get_room_code(room_id: UUID, actor: Actor, work: Working, request: Request) -> RoomCode:
    """What the room's screen shows to those who check in there: a new code each two minutes."""
    return await visits.show_code(work, room_id, by=actor, blind=request.app.state.running.settings.keys.blind)
