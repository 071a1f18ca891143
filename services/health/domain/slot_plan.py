"""What a hospital wants to offer, beside what is offered already: what is new, what changes, and what cannot be.

A time is a doctor's from its beginning on: doctor and beginning name it, whoever says it again says it of the same one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.health.domain.slot import Slot

FARTHEST = timedelta(days=366)  # a year that was mistyped is no offer
TERMS = ("capacity", "opens_at", "set_aside", "set_aside_until")  # change under whoever has booked
PLACE = ("ends_at", "department_id", "room_id", "modality")  # what somebody has booked stays as they booked it


@dataclass(frozen=True)
class There:
    """A slot as it is: whose department's it is (none of a department's), and the highest number that is somebody's."""

    slot: Slot
    hospital_id: UUID | None
    highest: int = 0


@dataclass
class Plan:
    """What becomes of what was wanted: new ones, changed ones with what they become, how many stay; and what cannot be."""

    made: list[Slot] = field(default_factory=list)
    changed: list[tuple[Slot, dict[str, Any]]] = field(default_factory=list)
    same: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)  # by place in what was wanted; the word for it


def differing(now: Slot, want: Slot) -> dict[str, Any]:
    """What would change of it."""
    return {name: getattr(want, name) for name in (*TERMS, *PLACE) if getattr(now, name) != getattr(want, name)}


def obstacle(there: There, want: Slot, hospital: UUID) -> str | None:
    """Why a slot cannot become so, in a word; none if it can.

    Never are there fewer seats than the highest number that is somebody's: a lower one that is free would be sold as well.
    """
    if there.hospital_id != hospital:
        return "not-yours"
    changes = differing(there.slot, want)
    if changes and there.slot.closed:
        return "closed"
    if want.capacity < there.highest:
        return "below-booked"
    return "booked" if there.highest and changes.keys() & set(PLACE) else None


def judge(wanted: Sequence[Slot], there: Iterable[There], hospital: UUID, *, at: datetime) -> Plan:
    """All of it, each by itself; `there` are the slots of these doctors that lie at or about these times."""
    plan, rows = Plan(), Busy(())
    known = {name_of(one.slot): one for one in there}
    said = {name_of(one) for one in wanted}
    busy = Busy(one.slot for name, one in known.items() if name not in said)
    seen: set[tuple[UUID, datetime]] = set()
    for place, want in enumerate(wanted):
        now, name = known.get(name_of(want)), name_of(want)
        word = "twice" if name in seen else "overlaps-row" if rows.meets(want) else _obstacle(now, want, hospital, busy, at)
        seen.add(name)
        if word is None:
            rows.add(want)
            _placed(plan, now, want)
        else:
            plan.wrong.append((place, word))
    return plan


def name_of(slot: Slot) -> tuple[UUID, datetime]:
    """What names a time."""
    return slot.doctor_id, slot.starts_at


def _obstacle(now: There | None, want: Slot, hospital: UUID, busy: "Busy", at: datetime) -> str | None:
    if now is not None and now.hospital_id == hospital and not differing(now.slot, want):
        return None  # as it was, however long ago
    word = _unfit(want, at) or ("doctor-elsewhere" if busy.meets(want) else None)
    return word or (obstacle(now, want, hospital) if now is not None else None)


def _placed(plan: Plan, now: There | None, want: Slot) -> None:
    if now is None:
        plan.made.append(want)
    elif changes := differing(now.slot, want):
        plan.changed.append((now.slot, changes))
    else:
        plan.same += 1


def _unfit(want: Slot, at: datetime) -> str | None:
    if want.starts_at <= at:
        return "past"
    return "far" if want.starts_at > at + FARTHEST else None


class Busy:
    """Stretches of doctors' times, none of which meets another of the same doctor."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._times: dict[UUID, list[tuple[datetime, datetime]]] = {}
        for one in sorted(slots, key=lambda one: one.starts_at):
            self._times.setdefault(one.doctor_id, []).append((one.starts_at, one.ends_at))

    def meets(self, slot: Slot) -> bool:
        """Whether the doctor is busy at some moment of it; one may begin when the other ends."""
        times = self._times.get(slot.doctor_id, [])
        place = bisect_left(times, (slot.ends_at,))  # those from here on begin when it is over
        return place > 0 and times[place - 1][1] > slot.starts_at

    def add(self, slot: Slot) -> None:
        """The doctor is busy then as well."""
        times = self._times.setdefault(slot.doctor_id, [])
        times.insert(bisect_left(times, (slot.starts_at,)), (slot.starts_at, slot.ends_at))
