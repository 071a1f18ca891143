"""What hospitals offer of their own, read in: a slot of theirs is a slot here, with one seat, sold while they say it is free."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from chassis.db import Work
from contracts.calendar import CHENGDU
from services.health.domain.ask import TheirSlot
from services.health.domain.hospital import Hospital, shares
from services.health.domain.slot import Slot, slot_key
from services.health.store import asking, queries


async def read_in(work: Work, hospital: Hospital, found: list[TheirSlot], since: datetime, until: datetime) -> None:
    """New slots are offered, those that are free no more are closed, those that are free again are open.

    One that nobody ever had a seat in is offered at its new time when it has been moved; else it stays, closed, as it was.
    """
    theirs = {one.ref: one for one in _ours_of(hospital, found) if since <= one.starts_at < one.ends_at}
    there = await asking.slots_of(work, hospital.id, since, until)
    moved = [slot.id for slot in there if _is_moved(slot, theirs.get(slot.their_ref or ""))]
    for slot in there:
        said = theirs.get(slot.their_ref or "")
        slot.closed = said is None or not said.is_free or slot.id in moved
    await work.session.flush()
    await queries.take_back(work, moved)
    known = {slot.their_ref for slot in await asking.slots_of(work, hospital.id, since, until)}
    fresh = [one for one in theirs.values() if one.ref not in known]
    named = {name: await asking.department(work, hospital, name) for name in sorted({one.department for one in fresh})}
    await asking.lay_in(work, [_row(hospital, one, named[one.department]) for one in fresh])


def _is_moved(slot: Slot, said: TheirSlot | None) -> bool:
    return said is not None and (said.starts_at, said.ends_at) != (slot.starts_at, slot.ends_at)


def _ours_of(hospital: Hospital, found: list[TheirSlot]) -> Iterator[TheirSlot]:
    """Of a shared pool our share of each doctor's day: every so manieth slot, whoever has it by now."""
    days: defaultdict[tuple[str, Any], list[TheirSlot]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (one.starts_at, one.ref)):
        days[one.schedule, one.starts_at.astimezone(CHENGDU).date()].append(one)
    for day in days.values():
        yield from (one for n, one in enumerate(day) if shares(n, hospital.share))


def _row(hospital: Hospital, one: TheirSlot, department: UUID) -> dict[str, Any]:
    doctor = uuid5(hospital.id, one.schedule)  # no doctor of the directory: whoever the hospital's schedule is
    return {
        "id": slot_key(doctor, one.starts_at), "area": hospital.area, "doctor_id": doctor, "starts_at": one.starts_at,
        "ends_at": one.ends_at, "capacity": 1, "closed": not one.is_free, "department_id": department, "their_ref": one.ref,
    }
