"""Entering hospitals, their departments and the hut's rooms."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import area_exists
from chassis.rights import Actor
from services.health.domain.hospital import Department, EnteredAlready, Hospital, NotInTheDirectory, Room
from services.health.store import queries
from services.health.store.tables import departments, hospitals, rooms


async def enter_hospital(work: Work, made: Hospital, *, by: Actor, systems: Mapping[str, str]) -> Hospital:
    """A hospital for an area, with how it is reached and whose its seats are."""
    by.may("hospitals.keep").check(made)
    made.check(systems)
    known = made.unit_id is None or await queries.is_hospital(work, made.unit_id)
    if not known or not await area_exists(work, made.area):
        raise NotInTheDirectory
    await keep(work, hospitals, made)
    await work.audit("hospitals.keep", f"hospital/{made.id}", actor=by.id)
    return made


async def enter_department(work: Work, hospital_id: UUID, name: str, *, by: Actor) -> Department:
    """A department of a hospital."""
    hospital = await work.seen(Hospital, hospital_id, by.may("hospitals.keep"))
    made = Department(work.new_id(), hospital.area, hospital.id, name)
    await keep(work, departments, made)
    await work.audit("hospitals.keep", f"department/{made.id}", actor=by.id)
    return made


async def enter_room(work: Work, made: Room, *, by: Actor) -> Room:
    """A room of the hut."""
    by.may("rooms.keep").check(made)
    if not await area_exists(work, made.area):
        raise NotInTheDirectory
    await keep(work, rooms, made)
    await work.audit("rooms.keep", f"room/{made.id}", actor=by.id)
    return made


async def keep(work: Work, table: Table, made: Hospital | Department | Room) -> None:
    """It is there from now on; EnteredAlready if another has its name, also one that is being entered at this moment."""
    said = insert(table).values(asdict(made)).on_conflict_do_nothing().returning(table.c.id)
    if (await work.session.execute(said)).first() is None:
        raise EnteredAlready
