"""停诊 in one act: its slots are closed at once; each who has booked is told, and offered the next seat, by themselves.

The act leaves a mark on the slots, and the worker looks for seats in slots that are marked: if it dies in between, or somebody
books while the act is under way, the same question finds them. Locks are taken in the order of `appointments.py`.
"""

import logging
from datetime import date
from functools import partial
from uuid import UUID

from chassis.db import Work
from chassis.errors import Conflict
from chassis.prepared import Row
from chassis.process import Running
from chassis.rights import Actor
from services.health.actions import asks
from services.health.actions.appointments import seated
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Kind
from services.health.domain.calling_off import Reason, good_until
from services.health.domain.offering import pair_key
from services.health.domain.online import Asked
from services.health.domain.schedule import Half, Schedule
from services.health.domain.slot import Slot
from services.health.domain.topic import Topic
from services.health.store import calling_off as store
from services.health.store import hooks, queries

log = logging.getLogger(__name__)


async def call_off(work: Work, schedule_id: UUID, day: date, half: Half | None, reason: Reason, *, by: Actor) -> int:
    """A day of the doctor's, or half of it, is called off; how many have booked it. Said again it changes nothing."""
    schedule = await work.locked(Schedule, schedule_id, by.may("schedules.keep"))
    await work.taking_turns(schedule.doctor_id.bytes)
    theirs = [slot.id for slot in schedule.slots([day], {(day, one): half in {None, one} for one in Half})]
    await queries.except_day(work, schedule.id, day, half, works=False)
    affected = await queries.close(work, theirs, closed=True)
    if await store.mark(work, theirs, reason) and schedule.department_id is not None:
        await _news(work, schedule.department_id, schedule.doctor_id)
    await work.audit("schedules.call_off", f"schedule/{schedule.id}", actor=by.id, reason=f"{day} {half or ''} {reason}")
    return affected


async def call_off_pair(work: Work, pair: Row, day: date, half: Half | None, reason: Reason, *, by: Actor) -> dict[str, int]:
    """The same of all that a doctor (doctor_id) has in a department (department_id), laid out by hours or not.

    How many times are closed by it, and how many have booked them.
    """
    for schedule in await store.hours_of(work, pair.department_id, pair.doctor_id):
        await queries.except_day(work, schedule, day, half, works=False)
    await work.taking_turns(pair.doctor_id.bytes)
    times = await store.times_of(work, pair.department_id, pair.doctor_id, day, half)
    booked = await queries.close(work, times, closed=True)
    if await store.mark(work, times, reason):
        await _news(work, pair.department_id, pair.doctor_id)
    await work.audit("schedules.call_off", f"schedule/{pair.id}", actor=by.id, reason=f"{day} {half or ''} {reason}")
    return {"times": len(times), "booked": booked}


async def _news(work: Work, department: UUID, doctor: UUID) -> None:
    """Programs of the hospital that asked to be told of it are."""
    await hooks.news(work, department, Topic.STOPPED, pair_key(department, doctor))


async def tell_all(running: Running) -> None:
    """Whoever has a seat in what is called off, each by itself; any number of workers may."""
    async with running.database.reading() as work:
        found = await store.concerned(work)
    for key in found:
        try:
            await running.database.do(partial(_one, key=key))
        except Exception as broken:  # noqa: BLE001 - whatever one breaks, the next one is told
            _broken(key, broken)


def _broken(key: UUID, broken: Exception) -> None:
    """Said by its kind alone, as everything that may quote a row."""
    log.error("a seat was not called off", extra={"facts": {"appointment": str(key), "why": type(broken).__name__}})


async def _one(work: Work, *, key: UUID) -> None:
    """The seat is given back for the person, and another one is theirs for a while, if there is any."""
    person = await store.person_of(work, key)
    await work.taking_turns(person.bytes)
    found = await store.waiting(work, key)
    if found is None or found[1].called_off is None:
        return
    seat, slot = found
    work.announce(seat.call_off(Reason(found[1].called_off), at=work.now))
    await asks.ask(work, seat, Kind.CANCEL)
    await work.audit("health.call_off", f"appointment/{seat.id}", actor=None)
    await work.session.flush()  # so that it is in the way of the new one no more
    for candidate in await store.next_ones(work, slot):
        if await _offered(work, candidate, seat):
            return


async def _offered(work: Work, key: UUID, instead_of: Appointment) -> bool:
    """Whether a seat of this slot could be kept for the person; one that could not is let go at once."""
    try:
        async with work.session.begin_nested():
            await work.session.connection()  # only now is the savepoint set, which prepared statements pass by
            made = await _seat(work, key, instead_of)
    except Conflict:
        return False
    work.announce(made.offer(at=work.now))
    return True


async def _seat(work: Work, key: UUID, instead_of: Appointment) -> Appointment:
    """By the same rules as any hold, but what else the person holds stays theirs."""
    slot = await work.session.get_one(Slot, key, with_for_update=True, populate_existing=True)
    asked = Asked(earlier=instead_of.visit_kind, acting=instead_of.acting_id)
    made = await seated(work, slot, instead_of.person_id, asked, gives_back=False)
    made.held_until, made.offered_for = good_until(slot.starts_at, at=work.now), instead_of.id
    work.session.add(made)
    await work.session.flush()
    return made
