"""What is counted when a seat is lost to everybody, what that comes to, and appeals.

The last lock of a transaction is the turn of a person's breaches: nobody who has it waits for a seat or a person.
"""

from uuid import UUID, uuid5

from chassis.db import Work
from chassis.rights import Actor
from contracts.area import community_of
from services.health.domain.appointment import Appointment
from services.health.domain.breach import MONTH, Barred, Breach, Finding, Plea, Sanction, imposed, total
from services.health.domain.policy import Cause, Policy
from services.health.domain.slot import Slot
from services.health.store import breaches as store
from services.health.store import policies


async def must_be_free(work: Work, person: UUID, area: str) -> None:
    """Barred, who books nothing by themselves there now."""
    until = await store.barred_until(work, person, area)
    if until is not None:
        raise Barred(until=until.isoformat())


async def given_back(work: Work, seat: Appointment, by: Actor) -> None:
    """Counted as late, if it is its person's own act and after what they were promised."""
    late = seat.cancel_until is not None and work.now > seat.cancel_until
    if late and by.id == seat.person_id and not await _is_closed(work, seat):
        await _count(work, seat, Cause.LATE, entered_by=by.acting or by.id)


async def missed(work: Work, seat: Appointment) -> None:
    """Counted only if the reminder was seen before the visit began."""
    told = seat.reminder_seen_at is not None and seat.reminder_seen_at < seat.starts_at
    if told and not await _is_closed(work, seat):
        await _count(work, seat, Cause.MISSED, entered_by=None)


async def _is_closed(work: Work, seat: Appointment) -> bool:
    """Whether the doctor is not there after all: nobody loses anything by not coming."""
    return (await work.session.get_one(Slot, seat.slot_id)).closed


async def _count(work: Work, seat: Appointment, cause: Cause, *, entered_by: UUID | None) -> None:
    policy = await policies.version(work, seat.policy_id)
    made = Breach(
        work.new_id(), seat.area, seat.person_id, seat.id, cause, policy.points(cause), work.now, seat.policy_id, entered_by,
    )
    await work.session.flush()
    if not await store.keep(work, made):
        return
    work.announce(made.counted(seat.starts_at))
    await work.audit("breaches.count", f"breach/{made.id}", actor=entered_by, reason=cause)
    await _weigh(work, made, policy)


async def _weigh(work: Work, latest: Breach, policy: Policy) -> None:
    """What the person's breaches come to by now; those of 65 and over are spared it, where the policy says so."""
    community = community_of(latest.area)
    await work.taking_turns(_turn(latest.person_id))
    counted = await store.counting(work, latest.person_id, community, work.now - policy.months * MONTH)
    made = imposed(policy, counted, key=work.new_id(), of=latest, area=community, at=work.now)
    if made is None or (policy.spares_seniors and await store.is_senior(work, latest.person_id, community)):
        return
    work.session.add(made)
    await work.session.flush()
    for one in counted:
        one.sanction_id = made.id
    work.announce(made.begun())
    await work.audit("sanctions.begin", f"sanction/{made.id}", actor=None)


def _turn(person: UUID) -> bytes:
    return uuid5(person, "breaches").bytes


async def appeal(work: Work, breach_id: UUID, plea: Plea, *, by: Actor) -> Breach:
    """Its person holds that it is none, once."""
    found = await work.locked(Breach, breach_id, by.may("breaches.appeal"))
    work.announce(found.appeal(plea, at=work.now))
    await work.audit("breaches.appeal", f"breach/{found.id}", actor=by.id, reason=plea)
    return found


async def decide(work: Work, breach_id: UUID, finding: Finding, *, by: Actor) -> Breach:
    """Somebody else decides: what falls may lift what rested on it; what stands counts again."""
    may = by.may("breaches.decide")
    await work.taking_turns(_turn((await work.seen(Breach, breach_id, may)).person_id))
    found = await work.locked(Breach, breach_id, may)
    work.announce(found.decide(finding, by=by.id, at=work.now))
    await work.audit("breaches.decide", f"breach/{found.id}", actor=by.id, reason=finding)
    await work.session.flush()
    if found.sanction_id is not None:
        await _review(work, found.sanction_id)
    elif found.stands:
        await _weigh(work, found, await policies.version(work, found.policy_id))
    return found


async def _review(work: Work, sanction_id: UUID) -> None:
    """It is lifted, if what is left of it is not enough; that counts for itself again."""
    sanction = await work.session.get_one(Sanction, sanction_id, with_for_update=True, populate_existing=True)
    rests_on = await store.of_sanction(work, sanction_id)
    left = [one for one in rests_on if one.stands]
    if sanction.lifted_at is not None or total(left) >= sanction.limit_points:
        return
    work.announce(sanction.lift(at=work.now))
    for one in rests_on:
        one.sanction_id = None
    await work.audit("sanctions.lift", f"sanction/{sanction_id}", actor=None)
