"""Doctors' hours: laid down, ended, changed for a day; and the slots that come of them."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import area_exists, serving
from chassis.process import Running
from chassis.rights import Actor
from contracts.area import Role, contains
from contracts.calendar import CHENGDU
from services.health.domain.hospital import DepartmentNotHere, Pool, PoolNotOurs, Room, RoomNotHere
from services.health.domain.schedule import AHEAD, DoctorElsewhere, Half, NotADoctorHere, Schedule
from services.health.store import queries, registers
from services.health.store.tables import slots

_KEPT = (
    "id", "area", "doctor_id", "starts_at", "ends_at", "capacity", "opens_at", "schedule_id", "closed",
    "set_aside", "set_aside_until", "department_id", "room_id", "modality",
)


async def lay_down(work: Work, schedule: Schedule, *, by: Actor) -> Schedule:
    """New hours of a doctor, and their slots for the next weeks at once."""
    by.may("schedules.keep").check(schedule)
    await keep(work, schedule)
    await work.audit("schedules.keep", f"schedule/{schedule.id}", actor=by.id)
    return schedule


async def keep(work: Work, schedule: Schedule) -> None:
    """The rules of new hours, whoever asks."""
    schedule.check()
    serves = await serving(work, Role.DOCTOR, schedule.area)
    if not await area_exists(work, schedule.area) or schedule.doctor_id not in serves:
        raise NotADoctorHere
    await _check_places(work, schedule)
    await work.taking_turns(schedule.doctor_id.bytes)
    if await registers.is_closed(work, [schedule]):
        raise DepartmentNotHere
    for other in await queries.schedules_of(work, schedule.doctor_id):
        if other.overlaps(schedule):
            raise DoctorElsewhere(schedule_id=str(other.id))
    work.session.add(schedule)
    await work.session.flush()
    await lay_out(work, schedule)


async def _check_places(work: Work, schedule: Schedule) -> None:
    """The room lies in the hours' area, and the department's hospital serves it with seats that are ours."""
    room = None if schedule.room_id is None else await work.session.get(Room, schedule.room_id)
    if schedule.room_id is not None and (room is None or not contains(schedule.area, room.area)):
        raise RoomNotHere
    hospital = None if schedule.department_id is None else await queries.hospital_of(work, schedule.department_id)
    if room is not None and room.hospital_id not in {None, hospital.id if hospital is not None else None}:
        raise RoomNotHere
    if schedule.department_id is None:
        return
    if hospital is None or not contains(hospital.area, schedule.area):
        raise DepartmentNotHere
    if hospital.pool is not Pool.OURS:
        raise PoolNotOurs


async def lay_out(work: Work, schedule: Schedule) -> int:
    """The slots of the next weeks that are not there yet; how many. A time that is somebody's already stays theirs."""
    today = work.now.astimezone(CHENGDU).date()
    days = [today + timedelta(days=n) for n in range(AHEAD.days)]
    made = schedule.slots(days, await queries.exceptions_of(work, schedule.id))
    rows = [{name: getattr(slot, name) for name in _KEPT} for slot in made if slot.starts_at > work.now]
    if not rows or await registers.is_closed(work, [schedule]):
        return 0
    done = await work.session.execute(insert(slots).values(rows).on_conflict_do_nothing().returning(slots.c.id))
    return len(done.all())


async def lay_out_all(running: Running) -> None:
    """Every doctor's next weeks; any number of workers may do it at once."""
    async with running.database.reading() as work:
        found = await queries.living_schedules(work, work.now.astimezone(CHENGDU).date())
    for key, doctor in found:
        await running.database.do(partial(_laid_out, key=key, doctor=doctor))


async def _laid_out(work: Work, *, key: UUID, doctor: UUID) -> None:
    await work.taking_turns(doctor.bytes)
    schedule = await work.session.get_one(Schedule, key)
    if doctor in await serving(work, Role.DOCTOR, schedule.area):  # who serves here no more offers nothing new
        await lay_out(work, schedule)


async def change_day(work: Work, schedule_id: UUID, day: date, half: Half | None, *, by: Actor, works: bool) -> int:
    """For a day or half of it alone the doctor is there, or is not (停诊); how many have booked a time that is closed by it.

    Those stay booked, so that somebody calls them; nobody books it any more.
    """
    schedule = await work.locked(Schedule, schedule_id, by.may("schedules.keep"))
    await work.taking_turns(schedule.doctor_id.bytes)
    await queries.except_day(work, schedule.id, day, half, works=works)
    theirs = [slot.id for slot in schedule.slots([day], {(day, one): half in {None, one} for one in Half})]
    affected = await queries.close(work, theirs, closed=not works)
    if works:
        await lay_out(work, schedule)
    said = f"{day}{f' {half}' if half else ''} {'open' if works else 'closed'}"
    await work.audit("schedules.day", f"schedule/{schedule.id}", actor=by.id, reason=said)
    return affected


async def end(work: Work, schedule_id: UUID, last_day: date, *, by: Actor) -> int:
    """The hours end with a day; how many have booked a later time. Those stay booked, so that somebody calls them."""
    schedule = await work.locked(Schedule, schedule_id, by.may("schedules.keep"))
    await work.taking_turns(schedule.doctor_id.bytes)
    schedule.last_day = last_day
    schedule.check()
    later = await queries.slots_after(work, schedule.id, last_day)
    affected = await queries.close(work, later, closed=True)
    await queries.take_back(work, later)
    await work.audit("schedules.end", f"schedule/{schedule.id}", actor=by.id)
    return affected


async def look(work: Work, schedule_id: UUID, *, by: Actor) -> Schedule:
    """One doctor's hours."""
    return await work.seen(Schedule, schedule_id, by.may("schedules.read"))
