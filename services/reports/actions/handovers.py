"""Handovers: made by who is away or by an officer, carried out report by report, and taken back when they are over."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.pages import Page, Paging
from chassis.rights import Actor
from services.reports.actions.keeping import keep
from services.reports.domain.handover import BACK, Handover, HandoverThere, ReceiverAway, Why
from services.reports.domain.machine import STEPS
from services.reports.domain.report import Report
from services.reports.store import handovers as store


async def make(
    work: Work, *, by: Actor, away: UUID, to: UUID, during: tuple[datetime, datetime], why: Why
) -> Handover:
    """From then on what somebody has in hand goes to somebody else. NotFound of who holds no office in sight.

    HandoverUnfit, HandoverThere, ReceiverAway. Both take their turn, so that of two who hand over to each other one does.
    """
    may = by.may("handovers.make")
    area = await store.office_of(work, away)
    if area is None:
        raise NotFound
    made = Handover(work.new_id(), area, away, to, *during, why.value, by.id, work.now)
    may.check(made)
    made.must_be_fit(serves=await store.serves_in_part(work, to, area))
    for person in sorted((away, to)):
        await work.taking_turns(person.bytes)
    if await store.is_away(work, away, made):
        raise HandoverThere
    if await store.is_away(work, to, made) or await store.takes_over(work, away, made):
        raise ReceiverAway
    work.session.add(made)
    await work.audit("handovers.make", f"handovers/{made.id}", actor=by.id, reason=why.value)
    return made


async def listed(work: Work, *, by: Actor, paging: Paging, under_way: bool) -> Page[dict[str, Any]]:
    """Those where this person serves, and their own, newest first."""
    return await store.HANDOVERS.page(work, paging, by.scope("handovers.read"), under_way=under_way, at=work.now)


async def end(work: Work, key: UUID, *, by: Actor) -> Handover:
    """Back before the time. HandoverOver."""
    held = await work.locked(Handover, key, by.may("handovers.make"))
    held.end(work.now)
    await work.audit("handovers.make", f"handovers/{held.id}", actor=by.id, reason="ended")
    return held


async def hand_one(work: Work) -> bool:
    """One report of somebody who is away goes to who takes over; False when there is none."""
    found = await store.next_to_hand(work)
    if found is None:
        return False
    report, handover = found
    _give(work, report, handover.to_id, by=handover.made_by, reason=handover.reason)
    await keep(work, report, None)
    await store.keep_handed(work, handover.id, report.id)
    return True


async def back_one(work: Work) -> bool:
    """One report comes back, if who took over still has it in hand and who was away serves there; False when there is none."""
    found = await store.next_back(work)
    if found is None:
        return False
    report, handover, serves = found
    in_hand = STEPS["assign"].can_begin(report) or STEPS["reassign"].can_begin(report)
    if serves and in_hand and report.assignee_id == handover.to_id:
        _give(work, report, handover.from_id, by=handover.made_by, reason=BACK)
        await keep(work, report, None)
    await store.settled(work, handover.id, report.id)
    return True


def _give(work: Work, report: Report, to: UUID, *, by: UUID, reason: str) -> None:
    """What is assigned is assigned anew; what is worked on goes with the reason, which its reporter reads."""
    if STEPS["reassign"].can_begin(report):
        work.announce(report.reassign(to=to, serves=True, by=by, reason=reason, at=work.now))
    else:
        work.announce(report.assign(to=to, serves=True, by=by, at=work.now))
