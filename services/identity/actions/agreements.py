"""A person's answer to a binding that staff made: yes, or "not me"; and the second look at the papers of who cannot answer."""

from uuid import UUID

from sqlalchemy import func, select, update

from chassis.db import Work
from chassis.rights import Actor
from contracts.event import Event
from services.identity.actions import people, proxies
from services.identity.domain import agreement as rules
from services.identity.domain.place import Binding
from services.identity.domain.registration import normal_name
from services.identity.domain.two_looks import LOOKS
from services.identity.store.periods import goes_on
from services.identity.store.reach import DOOR
from services.identity.store.tables import bindings

_ours = bindings.c


def say(work: Work, event: Event | None) -> None:
    """What others are to hear; nothing of what was never agreed to."""
    if event is not None:
        work.announce(event)


async def must_not_belong(work: Work, made: Binding) -> None:
    """BindingThere, where they belong to the room or are asked."""
    await work.taking_turns(made.person_id.bytes)
    here = (_ours.person_id == made.person_id) & (_ours.area == made.area)
    if await work.session.scalar(select(_ours.id).where(here, goes_on(_ours, work.now)).limit(1)) is not None:
        raise rules.BindingThere


async def must_be_new(work: Work, made: Binding) -> None:
    """The same; DeniedBefore, where they contradicted the same staff."""
    await must_not_belong(work, made)
    here = (_ours.person_id == made.person_id) & (_ours.area == made.area)
    denied = here & (_ours.agreement == "denied") & (_ours.approved_by == made.approved_by)
    if await work.session.scalar(select(_ours.id).where(denied).limit(1)) is not None:
        raise rules.DeniedBefore


async def agree(work: Work, key: UUID, *, by: Actor) -> Binding:
    """Yes, says the person: it holds from now on. Twice is once; BindingOver, NotByTheSame of what was their own doing."""
    held = await work.locked(Binding, key, by.may("bindings.agree"))
    say(work, held.agree(at=work.now))
    await work.audit("bindings.agree", f"binding/{key}", actor=by.id)
    return held


async def deny(work: Work, key: UUID, *, by: Actor) -> Binding:
    """Not me, says the person: it is over, with what rests on it. BindingAgreed, BindingOver, ObjectionLate."""
    held = await work.locked(Binding, key, by.may("bindings.agree"))
    for event in held.deny(at=work.now):
        work.announce(event)
    await proxies.binding_ended(work, key)
    await work.audit("bindings.deny", f"binding/{key}", actor=by.id)
    return held


async def look(work: Work, key: UUID, *, by: Actor, name: str, papers: str) -> Binding:
    """Another member of staff sees the person, and types the name that the papers say; who has no name here answers themselves.

    NotByTheSame, BindingDiffers (five of them end it), BindingAgreed, BindingOver.
    """
    held = await work.locked(Binding, key, by.may("bindings.approve"))
    await _must_not_guess(work, held)
    async with work.seeing(DOOR):  # whom nobody has agreed to bind here yet
        known = await people.name_of(work, held.person_id)
    is_theirs = known is not None and normal_name(known) == normal_name(name)
    try:
        work.announce(held.second_look(by=by.id, is_theirs=is_theirs, papers=papers, at=work.now))
    except rules.BindingDiffers:
        await work.audit("bindings.differ", f"binding/{key}", actor=by.id)
        raise
    await work.audit("bindings.look", f"person/{held.person_id}", actor=by.id, reason=papers)
    return held


async def _must_not_guess(work: Work, held: Binding) -> None:
    """BindingOver, where other bindings of the person were used up by looks that read another name, whoever looked."""
    await work.taking_turns(held.person_id.bytes)
    lately = (_ours.person_id == held.person_id) & (_ours.id != held.id) & (_ours.asked_at > work.now - rules.GUESSED)
    spent = await work.session.scalar(select(func.coalesce(func.sum(_ours.differed), 0)).where(lately))
    if spent is not None and spent >= LOOKS:
        raise rules.BindingOver


async def lapse(work: Work) -> None:
    """A job: what nobody answered for a week is over; it held nowhere, so nobody hears of it."""
    waits = (_ours.agreement == "asked") & (_ours.asked_at <= work.now - rules.WAITS)
    await work.session.execute(update(bindings).where(waits).values(agreement="lapsed", ends_at=work.now))
