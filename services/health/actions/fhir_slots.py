"""What a hospital's program writes of its times: by the rules of every sheet, closed and opened as whoever calls a day off does.

Locks are taken in the order of `slot_sheets.py`: a condition's turn, the doctor's turn, the slots about that time by their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, Permission
from contracts.calendar import CHENGDU
from services.health.actions import programs
from services.health.actions.fhir import Door
from services.health.actions.fhir_bookings import check_version
from services.health.domain.calling_off import Reason
from services.health.domain.hospital import Hospital, Pool, PoolNotOurs, RoomNotHere
from services.health.domain.offering import REFUSED, Offer, OfferNameGiven, ScheduleUnknown, SlotFixed
from services.health.domain.program import through
from services.health.domain.proposal import SeveralMatch, VersionStale, VersionWanted
from services.health.domain.resources import Resource, moment, rendered
from services.health.domain.schedule import DoctorElsewhere, before
from services.health.domain.search import Asked, key_of
from services.health.domain.slot import Slot, slot_key
from services.health.domain.slot_plan import There, judge, name_of
from services.health.store import calling_off, offers, queries, registers, searching
from services.health.store import slot_sheets as store
from services.health.store.searching import Search


@dataclass(frozen=True)
class Writing:
    """Who writes: the hospital, and the program that speaks for it."""

    hospital: Hospital
    by: Actor
    door: Door

    async def one(self, work: Work, kind: str, key: str) -> Resource | None:
        """A resource of the hospital's, as it reads now."""
        found = await searching.of(work, kind, [key], hospital=self.hospital.id, program=self.by.id, now=work.now)
        return rendered(kind, found[0]) if found else None

    async def matching(self, work: Work, kind: str, asked: Sequence[Asked]) -> str | None:
        """The id of the one that fits a condition, for which twins wait; SeveralMatch."""
        await work.taking_turns(uuid5(self.hospital.id, kind + repr([*asked])).bytes)
        bound = {"hospital": self.hospital.id, "program": self.by.id, "now": work.now}
        found = await searching.page(work, Search(kind, tuple(asked), limit=2), self.door.base, **bound)
        if len(found.rows) > 1:
            raise SeveralMatch("符合条件的不止一个")
        return str(found.rows[0].id) if found.rows else None


async def writing(work: Work, permission: Permission, door: Door) -> Writing:
    """Who writes; PoolNotOurs where the hospital keeps its own book."""
    hospital = await work.session.get_one(Hospital, (await programs.speaking(work, permission)).id)
    if hospital.pool is not Pool.OURS:
        raise PoolNotOurs
    return Writing(hospital, permission.actor, door)


async def create(work: Work, offer: Offer, unless: Sequence[Asked], *, by: Actor, door: Door) -> tuple[Resource, bool]:
    """Offer a time, unless one fits the condition already; it, and whether it is new."""
    mine = await writing(work, through(by, "fhir.offer", "Slot", "c"), door)
    there = await mine.matching(work, "Slot", unless) if unless else None
    if there is not None:
        return await _read(work, mine, there), False
    return await _made(work, mine, offer), True


async def write(work: Work, key: str, offer: Offer, match: str | None, *, by: Actor, door: Door) -> Resource:
    """A time as it is to be from now on; VersionWanted, VersionStale."""
    mine = await writing(work, through(by, "fhir.offer", "Slot", "u"), door)
    if match is None and await mine.one(work, "Slot", key) is not None:
        raise VersionWanted
    return await _changed(work, mine, key, offer, match)


async def write_by_name(
    work: Work, asked: Sequence[Asked], offer: Offer, match: str | None, *, by: Actor, door: Door
) -> tuple[Resource, bool]:
    """The same of the one that fits, or a new one; it, and whether it is new (FHIR R4, 3.1.0.4.3)."""
    through(by, "fhir.offer", "Slot", "c")
    mine = await writing(work, through(by, "fhir.offer", "Slot", "u"), door)
    there = await mine.matching(work, "Slot", asked)
    if there is None:
        return await _made(work, mine, offer), True
    return await _changed(work, mine, there, offer, match), False


async def _made(work: Work, mine: Writing, offer: Offer) -> Resource:
    want = await _wanted(work, mine.hospital, offer, is_new=True)
    there = await _held(work, want)
    if await registers.is_closed(work, [want]):
        raise ScheduleUnknown
    if any(name_of(one.slot) == name_of(want) for one in there):
        raise DoctorElsewhere
    _check(work, want, there, mine.hospital)
    want.closed = offer.closes("free", is_closed=False)
    if not await store.lay_in(work, [want]):
        raise DoctorElsewhere
    return await _named(work, mine, want.id, offer, "slots.offer")


async def _changed(work: Work, mine: Writing, key: str, offer: Offer, match: str | None) -> Resource:
    want = await _wanted(work, mine.hospital, offer, is_new=False)
    there = await _held(work, want)
    now = await mine.one(work, "Slot", key)
    if now is None:
        raise NotFound
    check_read(now, match)
    slot = next((one.slot for one in there if str(one.slot.id) == key), None)
    if slot is None or (slot.department_id, moment(slot.starts_at)) != (want.department_id, moment(want.starts_at)):
        raise SlotFixed
    closes = offer.closes(now["status"], is_closed=slot.closed)
    if slot.closed and not closes:
        await _opened(work, slot, want)
    as_it_is(want, slot, offer)
    for name, value in _check(work, want, there, mine.hospital).items():
        setattr(slot, name, value)
    await work.session.flush()
    if closes and not slot.closed:
        await close(work, [slot.id], closed=True)
    return await _named(work, mine, slot.id, offer, "slots.write")


async def _opened(work: Work, slot: Slot, want: Slot) -> None:
    """What is opened again may change at once; ScheduleUnknown where nothing new is offered."""
    if await registers.is_closed(work, [want]):
        raise ScheduleUnknown
    await close(work, [slot.id], closed=False)
    await work.session.refresh(slot)


def check_read(now: Resource, match: str | None) -> None:
    """VersionStale unless it is the version that was read, as of an appointment."""
    try:
        check_version(now, match)
    except VersionStale:
        raise VersionStale("内容已有变化，请重新读取后再操作") from None


def as_it_is(want: Slot, slot: Slot, offer: Offer) -> None:
    """What is not said of seats set aside, or what FHIR says less exactly, is as it was."""
    want.starts_at = slot.starts_at
    if offer.set_aside is None:
        want.set_aside = min(slot.set_aside, want.capacity)
        want.set_aside_until = slot.set_aside_until if want.set_aside else None
    for name in ("ends_at", "opens_at", "set_aside_until"):
        said, was = getattr(want, name), getattr(slot, name)
        if said is not None and was is not None and moment(said) == moment(was):
            setattr(want, name, was)


async def close(work: Work, keys: Sequence[UUID], *, closed: bool, reason: Reason = Reason.OTHER) -> int:
    """These times are called off (who has booked them hears it, as of a day that is), or open again; how many have booked."""
    booked = await queries.close(work, keys, closed=closed)
    if closed:
        await calling_off.mark(work, keys, reason)
    return booked


async def _held(work: Work, want: Slot) -> list[There]:
    await work.taking_turns(want.doctor_id.bytes)
    return await store.there(work, [want.doctor_id], want.starts_at, want.ends_at, holding=True)


def _check(work: Work, want: Slot, there: Sequence[There], hospital: Hospital) -> dict[str, Any]:
    """What changes of what is there; refused for what a sheet is refused for."""
    plan = judge([want], there, hospital.id, at=work.now)
    for _, word in plan.wrong:
        raise REFUSED[word]
    return plan.changed[0][1] if plan.changed else {}


async def _wanted(work: Work, hospital: Hospital, offer: Offer, *, is_new: bool) -> Slot:
    """The slot that is meant; ScheduleUnknown, RoomNotHere."""
    found = await searching.of(work, "Schedule", [offer.schedule], hospital=hospital.id, now=work.now)
    known = await store.known(work, hospital.id, hospital.area)
    if not found or (is_new and found[0].doctor_id not in known.doctors):
        raise ScheduleUnknown  # who serves there no more offers nothing new; what is there can be closed
    room = None if offer.room is None else key_of(offer.room)
    if offer.room is not None and room not in known.rooms.values():
        raise RoomNotHere
    doctor = found[0].doctor_id
    aside, until = (offer.set_aside or 0, offer.set_aside_until) if offer.set_aside is not None or not is_new else (
        by_rule(found[0], offer)
    )
    return Slot(
        slot_key(doctor, offer.starts_at.astimezone(CHENGDU)), hospital.area, doctor, offer.starts_at, offer.ends_at,
        offer.capacity, offer.opens_at, set_aside=aside, set_aside_until=until, department_id=found[0].department_id,
        room_id=room, modality=offer.modality,
    )


def by_rule(schedule: Any, offer: Offer) -> tuple[int, datetime | None]:
    """What is set aside of a new time that does not say it itself: by its schedule's rule, and never beyond its beginning."""
    day = offer.starts_at.astimezone(CHENGDU).date()
    until = before(day, schedule.back_days, schedule.back_at)
    return (0, None) if until is None else (min(schedule.set_aside, offer.capacity), min(until, offer.starts_at))


async def _read(work: Work, mine: Writing, key: str) -> Resource:
    made = await mine.one(work, "Slot", key)
    if made is None:
        raise NotFound
    return made


async def _named(work: Work, mine: Writing, key: UUID, offer: Offer, act: str) -> Resource:
    if not await offers.name(work, mine.hospital.id, "Slot", key, offer.names):
        raise OfferNameGiven
    await work.audit(act, f"slot/{key}", actor=mine.by.id, reason=str(mine.hospital.id))
    return await _read(work, mine, str(key))
