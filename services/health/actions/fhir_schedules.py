"""A doctor's schedule in a department, as the hospital's own program announces, names, stops and releases it."""

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.prepared import Row
from chassis.rights import Actor
from services.health.actions import calling_off
from services.health.actions.fhir import Door
from services.health.actions.fhir_registers import register_turn
from services.health.actions.fhir_slots import Writing, check_read, writing
from services.health.domain.calling_off import Reason
from services.health.domain.offering import Aside, OfferNameGiven, Plan, ScheduleFixed, ScheduleUnknown, pair_key
from services.health.domain.program import through
from services.health.domain.proposal import VersionWanted
from services.health.domain.resources import BACK_AT, BACK_DAYS, SET_ASIDE, Resource, rendered
from services.health.domain.schedule import Half
from services.health.domain.search import Asked, key_of
from services.health.store import offers, queries, registers, searching
from services.health.store import slot_sheets as store

Session = tuple[date, Half | None]


async def create(work: Work, plan: Plan, unless: Sequence[Asked], *, by: Actor, door: Door) -> tuple[Resource, bool]:
    """A doctor has a schedule in a department from now on; the one that is there already, or fits the condition."""
    mine = await writing(work, through(by, "fhir.offer", "Schedule", "c"), door)
    there = await mine.matching(work, "Schedule", unless) if unless else None
    return (await _read(work, mine, there), False) if there is not None else await _announced(work, mine, plan)


async def write(work: Work, key: str, plan: Plan, match: str | None, *, by: Actor, door: Door) -> Resource:
    """What it is called from now on; VersionWanted, VersionStale, ScheduleFixed."""
    mine = await writing(work, through(by, "fhir.offer", "Schedule", "u"), door)
    now = await _read(work, mine, key)
    if match is None:
        raise VersionWanted
    return await _renamed(work, mine, now, plan, match)


async def write_by_name(
    work: Work, asked: Sequence[Asked], plan: Plan, match: str | None, *, by: Actor, door: Door
) -> tuple[Resource, bool]:
    """The same of the one that fits, or a new one; it, and whether it is new."""
    through(by, "fhir.offer", "Schedule", "c")
    mine = await writing(work, through(by, "fhir.offer", "Schedule", "u"), door)
    there = await mine.matching(work, "Schedule", asked)
    if there is None:
        return await _announced(work, mine, plan)
    return await _renamed(work, mine, await _read(work, mine, there), plan, match), False


async def stop(
    work: Work, key: str, session: Session, reason: Reason, match: str | None, *, by: Actor, door: Door
) -> dict[str, int]:
    """停诊 of a day, or half of it: its times are closed at once, and who has booked hears it and is offered another."""
    row = await _held(work, key, match, by, door)
    return await calling_off.call_off_pair(work, row, *session, reason, by=by)


async def release(
    work: Work, key: str, day: date | None, at: datetime | None, match: str | None, *, by: Actor, door: Door
) -> int:
    """放号 from then on (else at once), of a day or of all: what would be released later is so then; how many times."""
    row = await _held(work, key, match, by, door)
    await work.taking_turns(row.doctor_id.bytes)
    later = at if at is not None and at > work.now else None
    released = await offers.release(work, row.department_id, row.doctor_id, day, at=later)
    await work.audit("schedules.release", f"schedule/{key}", actor=by.id, reason=f"{day or ''} {released}".strip())
    return released


async def _held(work: Work, key: str, match: str | None, by: Actor, door: Door) -> Row:
    """The schedule (department_id, doctor_id) that the program may change, as the version it read."""
    mine = await writing(work, through(by, "fhir.offer", "Schedule", "u"), door)
    found = await searching.of(work, "Schedule", [key], hospital=mine.hospital.id, program=by.id, now=work.now)
    if not found:
        raise NotFound
    check_read(rendered("Schedule", found[0]), match)
    row: Row = found[0]
    return row


async def _announced(work: Work, mine: Writing, plan: Plan) -> tuple[Resource, bool]:
    doctor, department = await _known(work, mine, plan)
    key = pair_key(department, doctor)
    await work.taking_turns(register_turn(mine.hospital.id))
    await work.taking_turns(doctor.bytes)
    there = await mine.one(work, "Schedule", str(key))
    if there is not None and _is_so(there, plan):
        return there, False
    if there is not None and _is_settled(there, plan):  # what is settled is changed by who read it, and says so
        raise OfferNameGiven("该排班已登记，请读取后更新")
    return await _kept(work, mine, key, (doctor, department), plan), there is None


def _is_so(there: Resource, plan: Plan) -> bool:
    """Whether it says already all that is wished."""
    known = {(one["system"], one["value"]) for one in there["identifier"][1:]}
    return known.issuperset(plan.names) and plan.is_active in {None, there["active"]} and plan.aside in {None, _aside(there)}


def _is_settled(there: Resource, plan: Plan) -> bool:
    """Whether somebody has said something of it."""
    return bool(there["identifier"][1:]) or plan.is_active not in {None, there["active"]} or _aside(there) is not None


def _aside(there: Resource) -> Aside | None:
    """The rule by which it sets seats aside, as it reads."""
    said = {one["url"]: one for one in there.get("extension", ())}
    if SET_ASIDE not in said:
        return None
    return Aside(said[SET_ASIDE]["valueInteger"], said[BACK_DAYS]["valueInteger"], time.fromisoformat(said[BACK_AT]["valueTime"]))


async def _renamed(work: Work, mine: Writing, now: Resource, plan: Plan, match: str | None) -> Resource:
    doctor, department = key_of(plan.doctor), key_of(plan.department)
    if doctor is None or department is None or str(pair_key(department, doctor)) != now["id"]:
        raise ScheduleFixed
    await work.taking_turns(register_turn(mine.hospital.id))
    await work.taking_turns(doctor.bytes)
    check_read(await _read(work, mine, now["id"]), match)
    return await _kept(work, mine, UUID(now["id"]), (doctor, department), plan)


async def _kept(work: Work, mine: Writing, key: UUID, whose: tuple[UUID, UUID], plan: Plan) -> Resource:
    doctor, department = whose
    await offers.announce(work, mine.hospital.id, key, department, doctor)
    if not await offers.name(work, mine.hospital.id, "Schedule", key, plan.names):
        raise OfferNameGiven
    if plan.aside is not None:
        await offers.sets_aside(work, key, plan.aside)
    if plan.is_active is not None:
        await _closed(work, mine, key, whose, closed=not plan.is_active)
    await work.audit("schedules.announce", f"schedule/{key}", actor=mine.by.id, reason=str(mine.hospital.id))
    return await _read(work, mine, str(key))


async def _closed(work: Work, mine: Writing, key: UUID, whose: tuple[UUID, UUID], *, closed: bool) -> None:
    """Nothing new is offered in it, and what is there, released or not, is sold no more; what is booked stays, until `$stop`.

    As of a doctor's role in the department, which is the same; whoever offers a time waits for the doctor's turn as well.
    """
    doctor, department = whose
    if closed:
        times = await registers.times_of(work, mine.hospital.id, {"doctor_id": doctor, "department_id": department})
        await queries.close(work, [row.id for row in times], closed=True)
    await registers.close_pair(work, key, closed=closed)


async def _known(work: Work, mine: Writing, plan: Plan) -> tuple[UUID, UUID]:
    doctor, department = key_of(plan.doctor), key_of(plan.department)
    known = await store.known(work, mine.hospital.id, mine.hospital.area)
    if doctor is None or department is None or doctor not in known.doctors or department not in known.departments.values():
        raise ScheduleUnknown
    return doctor, department


async def _read(work: Work, mine: Writing, key: str) -> Resource:
    made = await mine.one(work, "Schedule", key)
    if made is None:
        raise NotFound
    return made
