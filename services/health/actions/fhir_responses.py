"""A hospital's yes, no or perhaps about an appointment: by the steps that its answers to our own questions have.

Locks are taken in the order of `message_effects.py`: a condition's turn, the person, the appointment, what is asked about it;
then a slot.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid5

from chassis.db import Work
from chassis.errors import NotFound
from chassis.prepared import Row
from chassis.rights import Actor
from services.health.actions import appointments, programs
from services.health.actions.fhir import Door, shown
from services.health.actions.fhir_bookings import noted, there
from services.health.actions.reconciliations import agreed, answered
from services.health.domain.answering import AppointmentUnknown, Reply, Response, check_fresh
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Kind, Theirs, Word
from services.health.domain.machine import NotAtThisStep, State, allowed
from services.health.domain.program import through
from services.health.domain.proposal import SeveralMatch
from services.health.domain.registering import IdentifierGiven
from services.health.domain.resources import Resource, rendered
from services.health.domain.search import Asked
from services.health.store import asking, registers, searching
from services.health.store import programs as kept
from services.health.store import responses as store
from services.health.store.searching import Search

_WAITED_FOR = frozenset({State.SUBMITTED, State.UNKNOWN})
_STANDS = _WAITED_FOR | {State.BOOKED}


async def create(work: Work, said: Response, unless: Sequence[Asked], *, by: Actor, door: Door) -> tuple[Resource, bool]:
    """Answer, unless an answer fits the condition already; it, and whether it is new."""
    hospital = await programs.speaking(work, through(by, "fhir.book", store.KIND, "c"))
    await kept.name_patients(work, hospital.id)
    if unless:
        await work.taking_turns(uuid5(hospital.id, store.KIND + repr([*unless])).bytes)
        bound = {"hospital": hospital.id, "program": by.id, "now": work.now}
        found = await searching.page(work, Search(store.KIND, tuple(unless), limit=2), door.base, **bound)
        if len(found.rows) > 1:
            raise SeveralMatch("符合条件的不止一个")
        if found.rows:
            await shown(work, store.KIND, found.rows, hospital, by=by, door=door)
            return rendered(store.KIND, found.rows[0]), False
    return await _answered(work, said, hospital, by=by, door=door), True


async def _answered(work: Work, said: Response, hospital: Row, *, by: Actor, door: Door) -> Resource:
    seat = await held(work, said.appointment, hospital, by)
    said.check_actor(seat.doctor_id, seat.room_id)
    check_fresh(said.reply, await store.said(work, seat.id, said.actor))
    await _EFFECTS[said.reply](work, seat, by)
    await work.session.flush()
    key = work.new_id()
    kind, actor = said.actor
    await store.keep(work, {
        "id": key, "hospital_id": hospital.id, "appointment_id": seat.id, "actor_kind": kind, "actor_id": actor,
        "reply": said.reply.value, "at": work.now, "program_id": by.id,
    })
    if not await registers.name(work, hospital.id, store.KIND, key, said.names):
        raise IdentifierGiven("该业务编号已用于另一个答复")
    await noted(work, "hospitals.answer", f"appointment/{seat.id}", hospital, by)
    found = await searching.of(work, store.KIND, [str(key)], hospital=hospital.id, program=by.id, now=work.now)
    await shown(work, store.KIND, found, hospital, by=by, door=door)
    return rendered(store.KIND, found[0])


async def held(work: Work, key: str, hospital: Row, by: Actor) -> Appointment:
    """The appointment, if the program sees it, with its person's turn; AppointmentUnknown, ConsentWithdrawn."""
    try:
        row = await there(work, key, hospital, by)
    except NotFound:
        raise AppointmentUnknown from None
    await work.taking_turns(row.person_id.bytes)
    return await work.session.get_one(Appointment, row.id, with_for_update=True, populate_existing=True)


async def _accepted(work: Work, seat: Appointment, _: Actor) -> None:
    """What is asked of them is theirs to give; what stands already stands."""
    if seat.state in _WAITED_FOR:
        ref = seat.external_ref or str(seat.id)
        await agreed(work, seat, Theirs(ref, seat.id, seat.starts_at, seat.ends_at))
    elif seat.state not in {State.BOOKED, State.ARRIVED}:
        raise NotAtThisStep(current=seat.state, allowed=allowed(seat.state))


async def _declined(work: Work, seat: Appointment, by: Actor) -> None:
    """A seat of theirs is free by their word, and its time sold no more until they say so; one of ours is given back."""
    if seat.state is State.CANCELLING:
        work.announce(seat.told("let_go", at=work.now))
        await answered(work, seat, Kind.CANCEL, Word.YES)
    elif not seat.theirs:
        await appointments.give_up(work, seat, by=by)
    else:
        work.announce(seat.told("refuse" if seat.state in _WAITED_FOR else "revoke", at=work.now))
        await answered(work, seat, Kind.BOOK, Word.NO)
        await asking.close(work, seat.slot_id)


async def _perhaps(_: Work, seat: Appointment, __: Actor) -> None:
    """Nothing changes: it is said, of what may still be or not be."""
    if seat.state not in _STANDS:
        raise NotAtThisStep(current=seat.state, allowed=allowed(seat.state))


_EFFECTS: dict[Reply, Callable[[Work, Appointment, Actor], Awaitable[None]]] = {
    Reply.ACCEPTED: _accepted, Reply.DECLINED: _declined, Reply.TENTATIVE: _perhaps,
}
