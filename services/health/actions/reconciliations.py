"""Reconciling with a hospital: both sides are compared, what can be mended is mended, and people hear of the rest.

The hospital's side was read before, outside any transaction. About what was asked since then nothing is decided this time.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from contracts.calendar import CHENGDU
from services.health.actions import asks, divergences
from services.health.domain.appointment import Appointment
from services.health.domain.ask import LEASE, Kind, Theirs, Word
from services.health.domain.hospital import Hospital
from services.health.domain.machine import State
from services.health.domain.reconciliation import Finding, NotAsked, Reconciliation, Remedy, Settlement, Verdict, compare, remedy
from services.health.store import asking, ledger

NIGHT = 2  # o'clock, from which on a night's comparison is due
BACK, AHEAD = timedelta(days=1), timedelta(days=60)  # which visits are compared
_AGAIN, _TRIES = timedelta(minutes=5), 24  # a hospital that does not answer is asked until the morning
_MENDED = frozenset({Remedy.ASKED_AGAIN, Remedy.CANCELLED_THERE, Remedy.CORRECTED, Remedy.PEOPLE})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A comparison that is this worker's to make: with whom, since when, about which visits."""

    run: UUID
    hospital: UUID
    system: str
    begun: datetime

    @property
    def since(self) -> datetime:
        return self.begun - BACK

    @property
    def until(self) -> datetime:
        return self.begun + AHEAD


async def order(work: Work, hospital_id: UUID, *, by: Actor) -> Reconciliation:
    """Compare with a hospital as soon as a worker can; one that is ordered already is the answer."""
    hospital = await work.seen(Hospital, hospital_id, by.may("reconciliations.order"))
    if hospital.system is None:
        raise NotAsked
    await work.taking_turns(hospital.id.bytes)
    there = await ledger.ordered(work, hospital.id)
    if there is not None:
        return there
    made = Reconciliation(work.new_id(), hospital.area, hospital.id, work.now, work.now, ordered_by=by.id)
    work.session.add(made)
    await work.audit("reconciliations.order", f"hospital/{hospital.id}", actor=by.id)
    return made


async def order_night(work: Work) -> None:
    """Of every connected hospital, once a night."""
    here = work.now.astimezone(CHENGDU)
    if here.hour >= NIGHT:
        await ledger.order_night(work, here.date().isoformat())


async def take(work: Work) -> Taken | None:
    """The next comparison, for as long as it takes; if its worker dies it is another's."""
    while (due := await ledger.next_due(work)) is not None:
        if due.tries < _TRIES:
            hospital = await work.session.get_one(Hospital, due.hospital_id)
            due.tries, due.leased_until = due.tries + 1, work.now + 4 * LEASE
            return Taken(due.id, due.hospital_id, hospital.system or "", work.now)
        due.ended_at, due.failed = work.now, True  # it was tried often enough: the next night is another
        await work.session.flush()
    return None


async def put_off(work: Work, taken: Taken) -> None:
    """The hospital did not show its side: later, which is said, since whoever ordered it waits for it."""
    run = await work.session.get_one(Reconciliation, taken.run, with_for_update=True)
    run.due_at, run.leased_until = work.now + _AGAIN, None
    facts = {"hospital": str(taken.hospital), "reconciliation": str(run.id), "tries": run.tries, "again": run.due_at.isoformat()}
    log.warning("a comparison was put off", extra={"facts": facts})


async def compared(work: Work, taken: Taken, theirs: Iterable[Theirs]) -> list[Finding]:
    """What the two sides say of each appointment."""
    return list(compare(await ledger.ours(work, taken.hospital, taken.since, taken.until), theirs))


async def mend(work: Work, taken: Taken, findings: list[Finding]) -> None:
    """Do what is to be done about all that was found of an appointment, unless it was asked about since their side was read."""
    seat = await ledger.seat(work, taken.hospital, findings[0].key)
    if seat is None or not await ledger.was_asked_since(work, seat.id, taken.begun):
        for finding in findings:
            await _mend(work, taken, seat, finding)


async def _mend(work: Work, taken: Taken, seat: Appointment | None, finding: Finding) -> None:
    if seat is not None and seat.state is State.CANCELLING:
        await _cancelling(work, seat, finding)
    elif finding.verdict is Verdict.BOTH and seat is not None and finding.theirs is not None:
        await agreed(work, seat, finding.theirs)
    else:
        await diverges(work, taken.hospital, seat, finding)


async def agreed(work: Work, seat: Appointment, theirs: Theirs) -> None:
    """What was not known is: the hospital keeps it. A name that is another's settles nothing."""
    if await asking.is_anothers(work, seat, theirs.ref):
        return
    if seat.state is State.BOOKED:
        seat.external_ref = theirs.ref
    else:
        work.announce(seat.accept(theirs.ref, at=work.now))
        await answered(work, seat, Kind.BOOK, Word.YES)


async def _cancelling(work: Work, seat: Appointment, finding: Finding) -> None:
    """It is gone there, as it was to be; or it is asked for once more."""
    if finding.verdict is Verdict.OURS_ONLY:
        work.announce(seat.told("let_go", at=work.now))
        await answered(work, seat, Kind.CANCEL, Word.YES)
    else:
        await asks.ask(work, seat, Kind.CANCEL)


async def diverges(work: Work, hospital: UUID, seat: Appointment | None, finding: Finding) -> None:
    """The two sides do not say the same: what can be done about it is done, and people hear of the rest."""
    there = await ledger.open_about(work, hospital, finding.subject, finding.verdict)
    chosen = remedy(finding, seat, there.remedy if there else None, at=work.now)
    if chosen is None:
        return
    await divergences.keep(work, hospital, finding, seat, chosen)
    if seat is not None:
        await _do(work, chosen, seat, finding.theirs)


async def _do(work: Work, chosen: Remedy, seat: Appointment, theirs: Theirs | None) -> None:
    if chosen is Remedy.DISPLACED:
        await _displace(work, seat)
    if theirs is not None and chosen in {Remedy.CANCELLED_THERE, Remedy.CORRECTED, Remedy.DISPLACED}:
        await asks.ask(work, seat, Kind.CANCEL, ref=theirs.ref)
    if chosen in {Remedy.CORRECTED, Remedy.ASKED_AGAIN}:
        await asks.ask(work, seat, Kind.BOOK)


async def _displace(work: Work, seat: Appointment) -> None:
    """The person needs another seat; what was never confirmed was refused."""
    work.announce(seat.told("displace" if seat.state is State.BOOKED else "refuse", at=work.now))
    await answered(work, seat, Kind.BOOK, Word.NO)
    await asking.close(work, seat.slot_id)


async def answered(work: Work, seat: Appointment, kind: Kind, word: Word) -> None:
    """What waited for this answer waits no more."""
    for one in await asking.waiting_of(work, seat.id):
        if one.kind is kind and one.external_ref is None:
            one.hear(word, at=work.now)


async def finish(work: Work, taken: Taken, findings: list[Finding]) -> None:
    """It is over; what both sides agree about again is settled by itself, but for what people have to tell somebody."""
    seen = {(one.subject, one.verdict) for one in findings}
    for one in await ledger.open_of(work, taken.hospital, taken.since, taken.until):
        if (one.subject, one.verdict) not in seen and one.remedy in _MENDED:
            one.settle(Settlement.AGREED, by=None, at=work.now)
    count = Counter(one.verdict for one in findings)
    run = await work.session.get_one(Reconciliation, taken.run, with_for_update=True)
    run.ended_at, run.leased_until = work.now, None
    run.both, run.ours_only = count[Verdict.BOTH], count[Verdict.OURS_ONLY]
    run.theirs_only, run.differ = count[Verdict.THEIRS_ONLY], count[Verdict.DIFFER]
