"""Consent to tell hospitals: kept as identity says it, obeyed where they are told."""

from uuid import UUID

from sqlalchemy import select

from chassis import privacy
from chassis.db import Work
from contracts.identity import ConsentChanged
from services.health.actions import asks
from services.health.domain.appointment import Appointment
from services.health.domain.ask import AskState, Kind
from services.health.domain.consent import HOSPITAL, ConsentWanted
from services.health.domain.machine import State
from services.health.store import asking
from services.health.store import consents as kept
from services.health.store.tables import appointments
from services.health.store.tables import asks as questions


async def must_be_given(work: Work, seat: Appointment) -> None:
    """ConsentWanted for a seat of which a hospital would be told, without the person's consent to that."""
    if seat.hospital_id is not None and not await kept.may_tell(work, seat.person_id):
        raise ConsentWanted(purpose=HOSPITAL)


async def hear(work: Work, event: ConsentChanged) -> None:
    """Keep it, and obey; an older word than what is known changes nothing, and is answered as well."""
    if event.purpose != HOSPITAL:
        return
    await work.taking_turns(event.person_id.bytes)
    seq = work.received.sequence if work.received else 0
    is_new = await kept.keep(work, event.person_id, event.purpose, given=event.state == "given", seq=seq, at=work.now)
    count = await _give_back(work, event.person_id) if is_new and event.state == "withdrawn" else 0
    privacy.settle(work, event.consent_id, "consent", count=count)


async def _give_back(work: Work, person: UUID) -> int:
    """What no hospital has heard of is given back at once; what one may have heard of it is asked to let go.

    What a hospital has said yes to stays: what was done with consent stays right (PIPL art. 15), and its person may cancel it.
    """
    mine = (appointments.c.person_id == person) & appointments.c.hospital_id.is_not(None) & (appointments.c.starts_at > work.now)
    live = appointments.c.state.in_((State.HELD, State.SUBMITTED, State.UNKNOWN, State.BOOKED))
    found = select(Appointment).where(mine, live).order_by(appointments.c.id).with_for_update()
    seats = list(await work.session.scalars(found.execution_options(populate_existing=True)))
    return sum([await _obey(work, seat) for seat in seats])


async def _obey(work: Work, seat: Appointment) -> bool:
    """Whether the seat is given back."""
    if seat.state is State.HELD:
        seat.release(at=work.now)
        return True
    unheard = await _leave(work, seat)
    if seat.state is State.BOOKED and not unheard:
        return False
    await _cancel(work, seat, unheard=unheard)
    return True


async def give_back(work: Work, seat: Appointment) -> None:
    """Give a seat back, whatever its hospital said; one that has not heard of it is not told now either."""
    await _cancel(work, seat, unheard=await _leave(work, seat))


async def _cancel(work: Work, seat: Appointment, *, unheard: bool) -> None:
    work.announce(seat.cancel(by=seat.person_id, at=work.now))
    if not unheard:
        await asks.ask(work, seat, Kind.CANCEL)
    elif seat.theirs:
        work.announce(seat.told("let_go", at=work.now))


async def _leave(work: Work, seat: Appointment) -> bool:
    """Leave what the hospital was yet to be asked; whether it never heard of the seat."""
    for one in await asking.waiting_of(work, seat.id):
        if one.kind is Kind.BOOK:
            one.leave(at=work.now)
    await work.session.flush()
    heard = (questions.c.appointment_id == seat.id) & ((questions.c.tries > 0) | (questions.c.state == AskState.ANSWERED))
    return await work.session.scalar(select(questions.c.id).where(heard).limit(1)) is None
