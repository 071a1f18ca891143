"""A hospital's times from a 号源表: looked at row by row, then all of it or nothing.

Doctor and beginning name a time, so a file that comes again makes nothing again. Locks are taken in the order of
`schedules.py`: the doctors' turns by their ids, then their slots by theirs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from chassis.db import Work
from chassis.errors import Invalid
from chassis.rights import Actor
from chassis.sheets import Problem, Sheet, of_csv, whole
from contracts.calendar import CHENGDU
from services.health.actions import programs
from services.health.domain.hospital import Hospital, Pool, PoolNotOurs
from services.health.domain.offering import ScheduleUnknown
from services.health.domain.program import through
from services.health.domain.schedule import DoctorElsewhere
from services.health.domain.slot import Slot, slot_key
from services.health.domain.slot_plan import Plan, judge
from services.health.domain.slot_rows import COLUMNS, MOST_COLUMNS, MOST_ROWS, SAID, WHOLE_ROW, Line, read
from services.health.store import registers
from services.health.store import slot_sheets as store

SHOWN = 200  # problems in an answer; the report has all
_COLUMN = {"below-booked": "capacity", "past": "day", "far": "day"}


class SlotSheetUnfit(Invalid):
    """A sheet is done as a whole: where a row cannot be, nothing is done. `problems` says row by row why, and the remedy."""

    zh = "表格中有不能导入的行，未导入任何内容，请按提示修改后重新导入"


@dataclass(frozen=True)
class Looked:
    """What a sheet says, what it would do, and what is wrong in it, row by row."""

    sheet: Sheet
    plan: Plan
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are; how many times are new, change, stay."""
        plan = self.plan
        return {"rows": len(self.sheet.rows), "made": len(plan.made), "changed": len(plan.changed), "same": plan.same}


async def see(work: Work, hospital_id: UUID, *, by: Actor) -> Hospital:
    """The hospital, for those who may bring in its times."""
    return await work.seen(Hospital, hospital_id, by.may("schedules.keep"))


async def look(work: Work, hospital_id: UUID, content: bytes, *, by: Actor) -> Looked:
    """What would come of it for staff; nothing is done."""
    return await _looked(work, await see(work, hospital_id, by=by), content, holding=False)


async def bring_in(work: Work, hospital_id: UUID, content: bytes, *, by: Actor) -> Looked:
    """All of it by staff; SlotSheetUnfit."""
    return await _done(work, await see(work, hospital_id, by=by), content, by)


async def look_for_theirs(work: Work, content: bytes, *, by: Actor) -> Looked:
    """What would come of it for a hospital's program; nothing is done."""
    return await _looked(work, await _theirs(work, by), content, holding=False)


async def bring_in_theirs(work: Work, content: bytes, *, by: Actor) -> Looked:
    """All of it by a hospital's program; SlotSheetUnfit."""
    return await _done(work, await _theirs(work, by), content, by)


async def _theirs(work: Work, by: Actor) -> Hospital:
    """The hospital for which it speaks; a sheet may change what is there as well, so it needs both letters."""
    through(by, "fhir.offer", "Slot", "u")
    hospital = await programs.speaking(work, through(by, "fhir.offer", "Slot", "c"))
    return await work.session.get_one(Hospital, hospital.id)


async def _done(work: Work, hospital: Hospital, content: bytes, by: Actor) -> Looked:
    found = await _looked(work, hospital, content, holding=True)
    if found.problems:
        raise SlotSheetUnfit(problems=[*said(found.problems[:SHOWN])], wrong=len(found.problems))
    await keep(work, found.plan)
    counted = f"{sha256(content).hexdigest()[:16]} +{len(found.plan.made)} ~{len(found.plan.changed)} ={found.plan.same}"
    await work.audit("slots.import", f"hospital/{hospital.id}", actor=by.id, reason=counted)
    return found


async def keep(work: Work, plan: Plan) -> None:
    """Make it so, what changes first: a time that is shortened makes room for a new one; DoctorElsewhere."""
    for slot, changes in plan.changed:
        for name, value in changes.items():
            setattr(slot, name, value)
    await work.session.flush()
    if not await store.lay_in(work, plan.made):
        raise DoctorElsewhere


def said(problems: Sequence[Problem]) -> Iterator[dict[str, object]]:
    """Problems with their sentences."""
    for row, column, word in problems:
        yield {"row": row, "column": column, "code": word, "problem": SAID[word].zh, "remedy": SAID[word].remedy}


async def _looked(work: Work, hospital: Hospital, content: bytes, *, holding: bool) -> Looked:
    if hospital.pool is not Pool.OURS:
        raise PoolNotOurs
    sheet = whole(of_csv(content), rows=MOST_ROWS, columns=MOST_COLUMNS)
    lines, problems = read(sheet)
    known = await store.known(work, hospital.id, hospital.area)
    wanted: list[tuple[int, Slot]] = []
    for line in lines:
        wrong = list(_unknown(line, known))
        problems += [Problem(line.number, COLUMNS[name].title, word) for name, word in wrong]
        wanted += [] if wrong else [(line.number, _slot(line, known, hospital))]
    plan = await planned(work, hospital, [slot for _, slot in wanted], holding=holding)
    problems += [Problem(wanted[place][0], _title(word), word) for place, word in plan.wrong]
    return Looked(sheet, plan, tuple(sorted(problems)))


async def planned(work: Work, hospital: Hospital, wanted: Sequence[Slot], *, holding: bool) -> Plan:
    """What becomes of these; where it is held, what is found stays so until the end."""
    if not wanted:
        return Plan()
    doctors = {one.doctor_id for one in wanted}
    for doctor in sorted(doctors) if holding else ():
        await work.taking_turns(doctor.bytes)
    since, until = min(one.starts_at for one in wanted), max(one.ends_at for one in wanted)
    there = await store.there(work, doctors, since, until, holding=holding)
    if holding and await registers.is_closed(work, wanted):
        raise ScheduleUnknown  # it was closed after it was looked up: whoever closes waits for the doctors' turns as well
    return judge(wanted, there, hospital.id, at=work.now)


def _unknown(line: Line, known: store.Known) -> Iterator[tuple[str, str]]:
    """What it names that is not there, by column."""
    named = _doctors(line, known)
    if len(named) != 1:
        yield "name" if line.doctor is None else "doctor", "which-doctor" if named else "not-a-doctor-here"
    elif line.name and line.name not in known.doctors[named[0]]:
        yield "name", "another-doctor"
    if line.department not in known.departments:
        yield "department", "no-department"
    elif len(named) == 1 and (known.departments[line.department], named[0]) in known.ended:
        yield "name" if line.doctor is None else "doctor", "not-a-doctor-here"
    if line.room and line.room not in known.rooms:
        yield "room", "no-room"


def _doctors(line: Line, known: store.Known) -> list[UUID]:
    if line.doctor is not None:
        return [line.doctor] if line.doctor in known.doctors else []
    return [doctor for doctor, names in known.doctors.items() if line.name in names]


def _slot(line: Line, known: store.Known, hospital: Hospital) -> Slot:
    (doctor,) = _doctors(line, known)
    return Slot(
        slot_key(doctor, line.starts_at.astimezone(CHENGDU)), hospital.area, doctor, line.starts_at, line.ends_at, line.capacity,
        line.opens_at, set_aside=line.set_aside, set_aside_until=line.set_aside_until,
        department_id=known.departments[line.department], room_id=known.rooms.get(line.room), modality=line.modality,
    )


def _title(word: str) -> str:
    return COLUMNS[_COLUMN[word]].title if word in _COLUMN else WHOLE_ROW
