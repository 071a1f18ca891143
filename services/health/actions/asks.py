"""Asking hospitals: the question is kept with what it is about, asked outside any transaction, and its answer made so once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from chassis.crypto import Keys
from chassis.db import Work
from contracts.health import RecordShown
from services.health.actions import divergences
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Answer, Ask, Kind, Question, Theirs, Word
from services.health.domain.hospital import Hospital
from services.health.domain.machine import State
from services.health.domain.reconciliation import Finding, Remedy, Verdict
from services.health.store import asking, consents, messages

_WAITED_FOR = frozenset({State.SUBMITTED, State.UNKNOWN})
_PATIENCE = 3  # a hospital that was not reached so often is silent, for the person


@dataclass(frozen=True)
class Taken:
    """A question that is this worker's to ask."""

    attempt: int
    hospital: UUID
    system: str
    question: Question


async def ask(work: Work, seat: Appointment, kind: Kind, *, ref: str | None = None) -> None:
    """Keep a question to the seat's hospital, if it has one that is asked.

    It is a new one: a hospital that has answered the one that waited would say the same again, whatever became of it since.
    """
    if seat.hospital_id is None:
        return
    await work.session.flush()
    for waiting in await asking.waiting_of(work, seat.id):
        if (waiting.kind, waiting.external_ref) == (kind, ref):
            waiting.leave(at=work.now)
    await work.session.flush()
    made = Ask(work.new_id(), seat.area, seat.hospital_id, seat.id, seat.slot_id, kind, work.now, work.now, external_ref=ref)
    work.session.add(made)


async def take(work: Work) -> Taken | None:
    """The next question, for as long as asking it takes; if its worker dies it is another's, under the same name."""
    while (due := await asking.next_due(work)) is not None:
        seat = await work.session.get_one(Appointment, due.appointment_id)
        may_be_told = due.kind is Kind.CANCEL or await consents.may_tell(work, seat.person_id)
        if work.now < seat.starts_at and not due.is_worn and may_be_told:
            return await _taken(work, due, seat)
        due.leave(at=work.now)  # what the hospital would say now changes nothing any more, or breaks whoever asks
        await work.session.flush()
    return None


async def _taken(work: Work, due: Ask, seat: Appointment) -> Taken:
    hospital = await work.session.get_one(Hospital, due.hospital_id)
    their_slot = await asking.their_slot(work, seat.slot_id)
    ref = seat.external_ref if due.external_ref is None and await messages.is_theirs_by_name(work, seat.id) else due.external_ref
    question = Question(
        due.id, due.kind, seat.id, known_as(work.vault.keys, hospital, seat.person_id), seat.starts_at, seat.ends_at,
        their_slot, ref, is_doubtful=due.was_heard or due.tries > 0,
    )
    await work.audit("hospitals.tell", f"appointment/{seat.id}", actor=None)  # to whom: the ask says it
    work.announce(RecordShown(access_id=work.new_id(), person_id=seat.person_id, shown_to=hospital.id, act="hospitals.tell"))
    return Taken(due.take(at=work.now), hospital.id, hospital.system or "", question)


def known_as(keys: Keys, hospital: Hospital, person: UUID) -> UUID:
    """As whom this hospital's system knows the person: no two of them can compare whom they treat (identity.md H03).

    It is made anew each time and never led back: an answer names the appointment.
    """
    return UUID(bytes=keys.blind(f"patient\0{hospital.system}", str(person))[:16], version=4)


async def hear(work: Work, ask_id: UUID, attempt: int, answer: Answer) -> None:
    """What the hospital said is so; if another has asked meanwhile, or was answered, nothing is."""
    found = await asking.held(work, ask_id)
    if found is None or not found[0].is_still(attempt):
        return
    asked, seat = found
    if answer.ref is not None and await asking.is_anothers(work, seat, answer.ref):
        answer = Answer(Word.SILENCE)  # a name that is another's is no answer
    asked.hear(answer.word, at=work.now)
    await _EFFECTS[asked.kind, answer.word](work, seat, asked, answer.ref)


async def _kept(work: Work, seat: Appointment, _: Ask, ref: str | None) -> None:
    if seat.state in _WAITED_FOR:
        work.announce(seat.accept(ref or str(seat.id), at=work.now))
    elif ref is not None:
        seat.external_ref = ref


async def _not_kept(work: Work, seat: Appointment, _: Ask, __: str | None) -> None:
    """A seat of theirs is free, but its slot sold no more until they say that it is; about one of ours people settle."""
    if not seat.theirs and seat.state is State.BOOKED and seat.hospital_id is not None:
        await divergences.keep(work, seat.hospital_id, Finding(Verdict.OURS_ONLY, seat.id, None), seat, Remedy.PEOPLE)
    if seat.theirs and seat.state in {*_WAITED_FOR, State.BOOKED}:
        work.announce(seat.told("refuse" if seat.state in _WAITED_FOR else "displace", at=work.now))
        await asking.close(work, seat.slot_id)


async def _silence(work: Work, seat: Appointment, asked: Ask, _: str | None) -> None:
    if seat.state is State.SUBMITTED and (asked.was_heard or asked.tries >= _PATIENCE):
        work.announce(seat.told("fall_silent", at=work.now))


async def _given_back(work: Work, seat: Appointment, asked: Ask, _: str | None) -> None:
    if seat.state is State.CANCELLING and asked.external_ref is None:
        work.announce(seat.told("let_go", at=work.now))


async def _not_given_back(work: Work, seat: Appointment, asked: Ask, _: str | None) -> None:
    if seat.state is State.CANCELLING and asked.external_ref is None:
        work.announce(seat.told("keep", at=work.now))
        return
    ref = asked.external_ref or seat.external_ref or str(seat.id)
    there = Theirs(ref, seat.id, seat.starts_at, seat.ends_at)
    await divergences.keep(work, asked.hospital_id, Finding(Verdict.THEIRS_ONLY, seat.id, there), seat, Remedy.PEOPLE)


_EFFECTS: dict[tuple[Kind, Word], Callable[[Work, Appointment, Ask, str | None], Awaitable[None]]] = {
    (Kind.BOOK, Word.YES): _kept, (Kind.BOOK, Word.NO): _not_kept,
    (Kind.BOOK, Word.SILENCE): _silence, (Kind.BOOK, Word.UNASKED): _silence,
    (Kind.CANCEL, Word.YES): _given_back, (Kind.CANCEL, Word.NO): _not_given_back,
    (Kind.CANCEL, Word.SILENCE): _silence, (Kind.CANCEL, Word.UNASKED): _silence,
}
