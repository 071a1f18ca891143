"""Standing in line for a seat, leaving the line, and being offered what becomes free.

Locks are taken in the order of `appointments.py`: the person, the slot, its room. Whoever becomes free by the clock, by a person
or by a schedule is found by the same question, each second; between that and the offer a seat is anybody's who books it.
"""

import logging
from datetime import date, datetime
from functools import partial
from uuid import UUID

from chassis.db import Work
from chassis.errors import Conflict, NotFound
from chassis.process import Running
from chassis.rights import Actor
from contracts.area import community_of, contains
from services.health.actions import breaches
from services.health.actions.appointments import seated
from services.health.domain.appointment import Appointment
from services.health.domain.calling_off import good_until
from services.health.domain.hospital import Department, Pool
from services.health.domain.online import Asked
from services.health.domain.slot import Slot, SlotTaken
from services.health.domain.waiting import OFFERED, HasWhatIsWaited, NoLineThere, Wait, What, between, check_ahead
from services.health.store import queries
from services.health.store import waiting as store

log = logging.getLogger(__name__)


async def wait(
    work: Work, what: What, target: UUID, days: tuple[date | None, date | None], *, by: Actor,
) -> Wait:
    """Stand in line for a slot, or for any of a doctor, a team, a department in these days."""
    area, since, until = await _where(work, what, target, days, by)
    await breaches.must_be_free(work, by.id, area)
    await work.taking_turns(by.id.bytes)
    made = Wait(work.new_id(), area, by.id, what, target, since, until, work.now, by.acting)
    made.check_beside(await store.lines_of(work, by.id))
    work.session.add(made)
    await work.session.flush()
    if not await store.is_in_line(work, made.id):
        raise HasWhatIsWaited
    await work.audit("waits.ask", f"wait/{made.id}", actor=by.id)
    return made


async def _where(
    work: Work, what: What, target: UUID, days: tuple[date | None, date | None], by: Actor,
) -> tuple[str, datetime, datetime]:
    """In which area, from when on and before when; NotFound where the person books nothing."""
    may = by.may("health.book")
    if what is What.SLOT:
        slot = await work.seen(Slot, target, may)
        _check_ours(ours=slot.their_ref is None)
        slot.check_open()
        check_ahead(slot.starts_at, at=work.now)
        return slot.area, slot.starts_at, slot.ends_at
    if what is What.DEPARTMENT:
        area = (await work.seen(Department, target, may)).area
        hospital = await queries.hospital_of(work, target)
        _check_ours(ours=hospital is not None and hospital.pool is Pool.OURS)
    else:
        area = await _community(work, what, target, by)
    return area, *between(*days, at=work.now)


def _check_ours(*, ours: bool) -> None:
    if not ours:
        raise NoLineThere


async def _community(work: Work, what: What, target: UUID, by: Actor) -> str:
    """The community of theirs in which the doctor or the team serves."""
    serves = await store.serves_in(work, what, target)
    homes = (home for home in by.bindings if any(contains(area, home) for area in serves))
    home = next(homes, None)
    if home is None:
        raise NotFound
    return community_of(home)


async def leave(work: Work, wait_id: UUID, *, by: Actor) -> None:
    """Give the place up, and what is offered because of it; the hut's staff may for a person."""
    may = by.may("appointments.cancel")
    await work.taking_turns((await work.seen(Wait, wait_id, may)).person_id.bytes)  # no offer is on its way meanwhile
    left = await work.locked(Wait, wait_id, may)
    left.leave(at=work.now)
    for key in await store.offers_of(work, left.id):
        seat = await work.session.get_one(Appointment, key, with_for_update=True, populate_existing=True)
        seat.release(at=work.now)
    await work.audit("waits.leave", f"wait/{left.id}", actor=by.id)


async def offer_all(running: Running) -> None:
    """What is free is offered to who waits for it, each seat by itself; any number of workers may."""
    async with running.database.reading() as work:
        found = await store.wanted(work)
    full: set[UUID] = set()
    for row in found:
        if row.slot_id in full:
            continue
        try:
            await running.database.do(partial(_offer, slot_id=row.slot_id, wait_id=row.wait_id, person=row.person_id))
        except SlotTaken:
            full.add(row.slot_id)
        except Conflict:
            continue  # this one cannot have it: the next in line
        except Exception as broken:  # noqa: BLE001 - whatever one breaks, the next one is offered theirs
            _broken(row.wait_id, broken)


def _broken(key: UUID, broken: Exception) -> None:
    """Said by its kind alone, as everything that may quote a row."""
    log.error("a seat was not offered", extra={"facts": {"wait": str(key), "why": type(broken).__name__}})


async def _offer(work: Work, *, slot_id: UUID, wait_id: UUID, person: UUID) -> None:
    """A seat is held for who is first, by the same rules as any hold; what else they hold stays theirs."""
    await work.taking_turns(person.bytes)
    slot = await work.session.get_one(Slot, slot_id, with_for_update=True, populate_existing=True)
    if not await store.is_still(work, slot_id, wait_id):
        return
    await breaches.must_be_free(work, person, slot.area)
    asked = Asked(acting=(await work.session.get_one(Wait, wait_id)).acting_id)
    made = await seated(work, slot, person, asked=asked, gives_back=False)
    made.held_until, made.waited_id = good_until(slot.starts_at, at=work.now, lasts=OFFERED), wait_id
    work.session.add(made)
    await work.session.flush()
    work.announce(made.offer(at=work.now))
    await work.audit("waits.offer", f"appointment/{made.id}", actor=None)
