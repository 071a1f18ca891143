"""Questions about slots and appointments that deserve a name."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, ColumnElement, DateTime, Select, Uuid, and_, bindparam, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import assignments, below, bindings, reached, units
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.rights import Actor
from chassis.tables import AreaPath
from contracts.area import Role
from contracts.calendar import CHENGDU
from services.health.domain.appointment import DEPARTMENTS_A_DAY
from services.health.domain.hospital import Hospital
from services.health.domain.machine import FIRM, State
from services.health.domain.schedule import Half, Schedule
from services.health.domain.slot import Slot
from services.health.domain.team import AnyOf
from services.health.store.contracts import GROUNDS
from services.health.store.online import FITS
from services.health.store.tables import (
    appointments,
    day_exceptions,
    departments,
    entitlements,
    hospitals,
    rooms,
    schedules,
    slots,
)

_at = bindparam("now", type_=DateTime(timezone=True))
_slot, _person = bindparam("slot", type_=Uuid), bindparam("person", type_=Uuid)
_HELD, _FIRM = appointments.c.state == State.HELD, or_(*(appointments.c.state == state for state in FIRM))
_LIVE = or_(_FIRM, and_(_HELD, appointments.c.held_until > _at))  # a hold ends by the clock, not by whoever tidies
_LEFT = slots.c.capacity - select(func.count()).where(appointments.c.slot_id == slots.c.id, _LIVE).scalar_subquery()


def _lasts(table: Any) -> ColumnElement[bool]:
    return or_(table.c.ends_at.is_(None), table.c.ends_at > _at)


def _entitled(area: Any) -> Select[Any]:
    """What makes the person one of those for whom seats are set aside in a slot of this area."""
    marked = GROUNDS.c.area
    meets = marked.op("@>", is_comparison=True)(area) | marked.op("<@", is_comparison=True)(area)
    return select(GROUNDS.c.id).where(GROUNDS.c.person_id == _person, _lasts(GROUNDS), meets)


_ALL_OPEN = or_(slots.c.set_aside == 0, slots.c.set_aside_until <= _at, _entitled(slots.c.area).correlate(slots).exists())
_ASIDE = case((_ALL_OPEN, 0), else_=slots.c.set_aside)  # how many of the first seats are not for the person
_USED = select(func.count()).where(appointments.c.slot_id == slots.c.id, _LIVE, appointments.c.seat > _ASIDE)
_FREE = slots.c.capacity - _ASIDE - _USED.correlate(slots).scalar_subquery()

_IN_TEAM = select(assignments.c.id).where(
    assignments.c.person_id == slots.c.doctor_id, assignments.c.unit_id == bindparam("team_id", type_=Uuid),
    assignments.c.role == Role.DOCTOR.value, assignments.c.starts_at <= _at, _lasts(assignments),
    assignments.c.area.op("@>", is_comparison=True)(slots.c.area),
).correlate(slots).exists()

_OF_HOSPITAL = slots.c.department_id.in_(
    select(departments.c.id).where(departments.c.hospital_id == bindparam("hospital_id", type_=Uuid))
)
_IN_THE_ROOM = select(appointments.c.id).where(
    appointments.c.room_id == slots.c.room_id, appointments.c.slot_id != slots.c.id, _LIVE,
    appointments.c.starts_at < slots.c.ends_at, slots.c.starts_at < appointments.c.ends_at,
)
_ROOM_BUSY = _IN_THE_ROOM.correlate(slots).exists()

FREE_SLOTS = Listing(
    select(slots, _FREE.label("free"))
    .where(reached(slots.c.area, homes=True), slots.c.starts_at > _at, ~slots.c.closed, _LEFT > 0, ~_ROOM_BUSY),
    slots.c.id, rising=True, doctor_id=slots.c.doctor_id == bindparam("doctor_id"),
    since=slots.c.starts_at >= bindparam("since"), before=slots.c.starts_at < bindparam("before"),
    team_id=_IN_TEAM, department_id=slots.c.department_id == bindparam("department_id"),
    room_id=slots.c.room_id == bindparam("room_id"), hospital_id=_OF_HOSPITAL, modality=slots.c.modality == bindparam("modality"),
)
HOSPITALS = Listing(select(hospitals).where(reached(hospitals.c.area, homes=True)), hospitals.c.id)
DEPARTMENTS = Listing(
    select(departments).where(reached(departments.c.area, homes=True)), departments.c.id,
    hospital_id=departments.c.hospital_id == bindparam("hospital_id"),
)
ROOMS = Listing(select(rooms).where(reached(rooms.c.area, homes=True)), rooms.c.id)
APPOINTMENTS = Listing(
    select(appointments).where(
        reached(appointments.c.area, owner=appointments.c.person_id), ~_HELD, appointments.c.state != State.EXPIRED,
    ),
    appointments.c.id,
)
ENTITLEMENTS = Listing(
    select(entitlements).where(reached(entitlements.c.area, owner=entitlements.c.person_id)), entitlements.c.id,
    person_id=entitlements.c.person_id == bindparam("person_id"),
)
SCHEDULES = Listing(
    select(schedules).where(reached(schedules.c.area, homes=True)), schedules.c.id,
    doctor_id=schedules.c.doctor_id == bindparam("doctor_id"),
)
_KEY = func.lpad(func.to_hex(day_exceptions.c.day - date(1970, 1, 1)), 32, "0").cast(Uuid)  # days in their order, as a cursor
_DAYS = select(
    day_exceptions.c.schedule_id, day_exceptions.c.day, _KEY.label("key"),
    *(func.coalesce(day_exceptions.c[half.value], day_exceptions.c.works).label(half.value) for half in Half),
).subquery()
DAYS = Listing(
    select(_DAYS).where(_DAYS.c.schedule_id == bindparam("schedule_id", type_=Uuid)), cast(Column[Any], _DAYS.c.key), rising=True,
)
_HERE = or_(appointments.c.slot_id == _slot, appointments.c.room_id == bindparam("room", type_=Uuid))
_OVER = select(appointments.c.id).where(
    _HELD, or_(and_(_HERE, appointments.c.held_until <= _at), appointments.c.person_id == _person),
).order_by(appointments.c.id).with_for_update()
_LET_GO = Prepared(update(appointments).where(appointments.c.id.in_(_OVER)).values(state=State.EXPIRED))
OCCUPIED = Prepared(select(appointments.c.seat).where(appointments.c.slot_id == _slot, _LIVE))
_OF_DOCTOR = slots.c.doctor_id == bindparam("doctor"), slots.c.starts_at == bindparam("starts_at")
_BY_OTHERS = Prepared(select(appointments.c.seat).where(
    appointments.c.slot_id == _slot, _LIVE, or_(_FIRM, appointments.c.person_id != _person),  # one's own is let go
))
_OFFERED = Prepared(select(slots.c.id).where(*_OF_DOCTOR))
_LIVE_OF = Prepared(select(appointments).where(appointments.c.person_id == _person, _LIVE))
_DAY = func.date(func.timezone("Asia/Shanghai", slots.c.starts_at))
_THEIRS = select(appointments.c.id).where(appointments.c.person_id == _person, _FIRM)
_SAME = or_(appointments.c.doctor_id == slots.c.doctor_id, appointments.c.department_id == slots.c.department_id)
_AT_ONCE = and_(appointments.c.starts_at < slots.c.ends_at, slots.c.starts_at < appointments.c.ends_at)
_DEPARTMENTS = select(func.count(appointments.c.department_id)).where(
    appointments.c.person_id == _person, _FIRM, appointments.c.day == _DAY,
).correlate(slots).scalar_subquery()
_IN_THE_WAY = or_(
    _THEIRS.where(or_(and_(_SAME, appointments.c.day == _DAY), _AT_ONCE)).correlate(slots).exists(),
    and_(slots.c.department_id.is_not(None), _DEPARTMENTS >= DEPARTMENTS_A_DAY),
    _IN_THE_ROOM.where(or_(_FIRM, appointments.c.person_id != _person)).correlate(slots).exists(),  # one's own is let go
)
_OTHERS = _USED.where(or_(_FIRM, appointments.c.person_id != _person)).correlate(slots).scalar_subquery()  # one's own is let go
_OF_TEAM = select(slots.c.id).where(
    reached(slots.c.area, homes=True), _IN_TEAM, slots.c.starts_at > _at, ~slots.c.closed, FITS,
    slots.c.starts_at.between(bindparam("since", type_=_at.type), bindparam("until", type_=_at.type)),
)
_FREE_OF_TEAM = Prepared(
    _OF_TEAM.where(or_(slots.c.opens_at.is_(None), slots.c.opens_at <= _at), slots.c.capacity - _ASIDE > _OTHERS, ~_IN_THE_WAY)
    .where(slots.c.id.is_distinct_from(bindparam("leaving", type_=Uuid)))
    .order_by(_OTHERS, slots.c.starts_at, slots.c.id).limit(1).with_for_update(of=slots, skip_locked=True)
)
_ALL_OF_TEAM = Prepared(_OF_TEAM.order_by(slots.c.id).with_for_update(of=slots))
_ITS_ROOMS = Prepared(
    select(rooms.c.id).where(rooms.c.id.in_(_OF_TEAM.with_only_columns(slots.c.room_id)))
    .order_by(rooms.c.id).with_for_update(key_share=True)
)
_THE_ROOM = Prepared(select(rooms.c.id).where(rooms.c.id == bindparam("room", type_=Uuid)).with_for_update(key_share=True))
_CONNECTED = Prepared(
    select(hospitals.c.id).join(departments, departments.c.hospital_id == hospitals.c.id)
    .where(departments.c.id == bindparam("department", type_=Uuid), hospitals.c.system.is_not(None))
)
_BUSY = Prepared(select(slots.c.id).where(slots.c.id == _slot, _ROOM_BUSY))
_HOSPITAL_UNIT = Prepared(select(units.c.id).where(units.c.id == bindparam("unit", type_=Uuid), units.c.kind == "hospital"))
_ENTITLED = Prepared(_entitled(bindparam("area", type_=AreaPath)))
_LIVES = Prepared(select(bindings.c.id).where(
    bindings.c.person_id == _person, bindings.c.starts_at <= _at, _lasts(bindings), below(bindings.c.area, "place"),
))


async def hold_room(work: Work, room: UUID | None) -> None:
    """Wait for a slot's room and hold it, after the slot; whoever asks then whether it is free is told what stays so."""
    if room is not None:
        await work.rows(_THE_ROOM, room=room)


async def room_is_busy(work: Work, slot: UUID) -> bool:
    """Whether the slot's room is in a visit of another slot at that time."""
    return await work.value(_BUSY, slot=slot, now=work.now) is not None


async def connected(work: Work, department: UUID) -> UUID | None:
    """The hospital of a department, if its own system can be asked."""
    found: UUID | None = await work.value(_CONNECTED, department=department)
    return found


async def is_hospital(work: Work, unit: UUID) -> bool:
    """Whether the directory knows the unit for a hospital."""
    return await work.value(_HOSPITAL_UNIT, unit=unit) is not None


async def let_go(work: Work, slot: Slot, person: UUID | None) -> None:
    """Holds on the slot and in its room that are over, and what the person holds anywhere, are seats no more."""
    await work.rows(_LET_GO, slot=slot.id, room=slot.room_id, person=person, now=work.now)


async def occupied(work: Work, slot: UUID) -> frozenset[int]:
    """The numbers that are somebody's."""
    return frozenset(row.seat for row in await work.rows(OCCUPIED, slot=slot, now=work.now))


async def occupied_by_others(work: Work, slot: UUID, person: UUID) -> frozenset[int]:
    """The same without what the person holds there."""
    return frozenset(row.seat for row in await work.rows(_BY_OTHERS, slot=slot, person=person, now=work.now))


async def offered(work: Work, doctor: UUID, starts_at: datetime) -> UUID | None:
    """The slot of a doctor that begins then."""
    found: UUID | None = await work.value(_OFFERED, doctor=doctor, starts_at=starts_at)
    return found


async def live_of(work: Work, person: UUID) -> list[Row]:
    """What a person holds or has booked."""
    return await work.rows(_LIVE_OF, person=person, now=work.now)


async def entitled(work: Work, person: UUID, area: str) -> bool:
    """Whether seats are set aside for the person in a slot of the area."""
    return await work.value(_ENTITLED, person=person, area=area, now=work.now) is not None


async def lives_in(work: Work, person: UUID, place: str) -> bool:
    """Whether the person has a home at or below the place."""
    return await work.value(_LIVES, person=person, place=place, now=work.now) is not None


async def free_of_team(work: Work, wish: AnyOf, by: Actor) -> UUID | None:
    """The least taken, soonest slot of the team with a seat for the person that nobody else is about; it is held from now on."""
    found: UUID | None = await work.value(_FREE_OF_TEAM, **_said(wish, by), person=by.id, now=work.now)
    return found


async def hold_team(work: Work, wish: AnyOf, by: Actor) -> bool:
    """Wait for every slot of the team, then for their rooms, and hold them all, in the order in which everybody does.

    Whether there are any.
    """
    found = await work.rows(_ALL_OF_TEAM, **_said(wish, by), now=work.now)
    await work.rows(_ITS_ROOMS, **_said(wish, by), now=work.now)
    return bool(found)


def _said(wish: AnyOf, by: Actor) -> dict[str, Any]:
    return vars(wish) | vars(by.scope("health.book"))


async def hospital_of(work: Work, department: UUID) -> Hospital | None:
    """The hospital of a department."""
    asked = select(Hospital).join(departments, departments.c.hospital_id == hospitals.c.id)
    return (await work.session.scalars(asked.where(departments.c.id == department))).first()


async def schedules_of(work: Work, doctor: UUID) -> Sequence[Schedule]:
    """All hours of a doctor."""
    return (await work.session.scalars(select(Schedule).where(schedules.c.doctor_id == doctor))).all()


async def living_schedules(work: Work, today: date) -> list[tuple[UUID, UUID]]:
    """Hours that are not over, with their doctors."""
    lives = schedules.c.last_day.is_(None) | (schedules.c.last_day >= today)
    asked = select(schedules.c.id, schedules.c.doctor_id).where(lives).order_by(schedules.c.id)
    return [(row.id, row.doctor_id) for row in await work.session.execute(asked)]


async def exceptions_of(work: Work, schedule: UUID) -> dict[tuple[date, Half], bool]:
    """Halves of days on which the hours are not those of the week."""
    halves = [func.coalesce(day_exceptions.c[half.value], day_exceptions.c.works) for half in Half]
    asked = select(day_exceptions.c.day, *halves).where(day_exceptions.c.schedule_id == schedule)
    found = [(day, zip(Half, said, strict=True)) for day, *said in await work.session.execute(asked)]
    return {(day, half): works for day, halves_said in found for half, works in halves_said if works is not None}


async def except_day(work: Work, schedule: UUID, day: date, half: Half | None, *, works: bool) -> None:
    """A day, or half of it, is not as the week says; of the whole day said, it holds for both halves."""
    whole = {"works": works, "morning": None, "afternoon": None}
    said = whole if half is None else {half.value: works}
    saying = insert(day_exceptions).values(schedule_id=schedule, day=day, **said)
    await work.session.execute(saying.on_conflict_do_update(index_elements=["schedule_id", "day"], set_=said))


async def slots_after(work: Work, schedule: UUID, last_day: date) -> list[UUID]:
    """The slots of a schedule on later days."""
    later = slots.c.starts_at >= datetime.combine(last_day + timedelta(days=1), time(), CHENGDU)
    return list(await work.session.scalars(select(slots.c.id).where(slots.c.schedule_id == schedule, later)))


async def close(work: Work, keys: Sequence[UUID], *, closed: bool) -> int:
    """Nobody books these slots any more, or again; how many have."""
    said = {"closed": True} if closed else {"closed": False, "called_off": None, "called_off_at": None}
    rows = select(slots.c.id).where(slots.c.id.in_(keys)).order_by(slots.c.id).with_for_update()
    await work.session.execute(update(slots).where(slots.c.id.in_(rows)).values(said))
    booked = select(func.count()).where(appointments.c.slot_id.in_(keys), _FIRM)
    return int(await work.session.scalar(booked) or 0)


async def take_back(work: Work, keys: Sequence[UUID]) -> None:
    """Slots that nobody ever had a seat in are gone, so that other hours may have their times."""
    had = select(appointments.c.id).where(appointments.c.slot_id == slots.c.id).exists()
    await work.session.execute(delete(slots).where(slots.c.id.in_(keys), slots.c.closed, ~had))
