"""Staff give somebody a phone: whoever holds it shows the code that was sent to it, and two members of staff look."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from chassis.db import Work
from chassis.errors import Forbidden, NotFound
from chassis.rights import Actor
from services.identity.actions import codes, contacts, homes, phones, proxies, sessions
from services.identity.domain import phones as rules
from services.identity.domain.phones import PhoneAddition
from services.identity.domain.place import Assignment
from services.identity.domain.sign_in import CodeRefused, normal_phone
from services.identity.store import queries, tables
from services.identity.store.periods import goes_on
from services.identity.store.phones import phone_additions

_ours = phone_additions.c


async def ask(work: Work, *, by: Actor, person: UUID, phone: str, address: str, silence: timedelta) -> PhoneAddition:
    """Send a code to the phone; the answer is the same whoever has the number.

    NotFound outside the area, NotForStaff, PhoneThere, AdditionThere. What waits for an earlier code is over.
    """
    home = await homes.reached(work, person, by.may("phones.give"))
    index = phones.index_of(work, normal_phone(phone))
    await work.taking_turns(person.bytes)
    await _must_want_one(work, person, silence, by=by)
    await _must_be_free(work, person)
    sent = await codes.ask(work, phone=phone, address=address, purpose="agreement")
    made = PhoneAddition(work.new_id(), person, home.area, sent.id, None, index, by.id, work.now)
    made.sealed_phone = await work.seal(person, "phone_additions", "phone", made.id, normal_phone(phone))
    work.session.add(made)
    await work.audit("phones.ask", f"phone-addition/{made.id}", actor=by.id)
    return made


async def agree(work: Work, key: UUID, *, by: Actor, code: str) -> PhoneAddition:
    """Whoever holds the phone reads its code out. AgreementRefused counts as a try."""
    held = await work.locked(PhoneAddition, key, by.may("phones.give"))
    held.must_be_asked(work.now)
    number = await _number(work, held)
    try:
        await codes.spend(work, challenge_id=held.code_id, phone=number, code=code, purpose="agreement")
    except CodeRefused:
        raise rules.AgreementRefused from None
    held.agree(work.now)
    await work.audit("phones.agree", f"phone-addition/{held.id}", actor=by.id)
    return held


async def accept(work: Work, key: UUID, *, by: Actor, phone: str, silence: timedelta) -> PhoneAddition:
    """The second look, by somebody else, whom the person tells the number: from now on they sign in by it.

    Of a number that was silent the people of before are let go, unless this is one of them.
    """
    whose = (await work.seen(PhoneAddition, key, by.may("phones.give"))).person_id
    await work.taking_turns(whose.bytes)  # they may be forgotten at the same moment
    held = await work.locked(PhoneAddition, key, by.may("phones.give"))
    await homes.reached(work, held.person_id, by.may("phones.give"))
    index, sealed = phones.index_of(work, normal_phone(phone)), held.sealed_phone
    try:
        held.accept(by=by.id, phone_index=index, at=work.now)
    except rules.NumberDiffers:
        await work.audit("phones.differ", f"phone-addition/{held.id}", actor=by.id)
        raise
    await work.taking_turns(index)
    await _must_want_one(work, held.person_id, silence, by=by)
    await _give(work, held, await work.unseal(held.person_id, "phone_additions", "phone", held.id, sealed or b""), silence)
    await work.audit("phones.accept", f"phone-addition/{held.id}", actor=by.id)
    return held


async def refuse(work: Work, key: UUID, *, by: Actor) -> PhoneAddition:
    """Nothing comes of it, and the number is forgotten."""
    held = await work.locked(PhoneAddition, key, by.may("phones.give"))
    held.refuse(by=by.id, at=work.now)
    await work.audit("phones.refuse", f"phone-addition/{held.id}", actor=by.id)
    return held


async def forget(work: Work) -> None:
    """What waited too long is over, without a number."""
    over = _ours.sealed_phone.is_not(None) & (_ours.asked_at <= work.now - rules.WAITS)
    change = update(phone_additions).where(over)
    await work.session.execute(change.values(state="over", sealed_phone=None, decided_at=work.now))


async def _give(work: Work, held: PhoneAddition, number: str, silence: timedelta) -> None:
    there = await queries.of_number(work, held.phone_index)
    others = [one for one in there if one.person_id != held.person_id]
    if len(others) < len(there):  # it is theirs still, says who knows their face
        await contacts.used(work, held.person_id)
        return
    if others and rules.is_silent(max(one.used_at for one in others), work.now, silence):
        await phones.let_go(work, others)
        others = []
    if len(others) >= rules.MOST:
        raise rules.PhoneFull
    await _replace(work, held.person_id)
    await contacts.keep(work, held.person_id, "phone", number, held.phone_index, is_shared=bool(others))
    phones.said(work, held.person_id, "given")
    for one in others:
        phones.said(work, one.person_id, "shared")


async def _replace(work: Work, person: UUID) -> None:
    """A phone they had, which was silent, leads to them no more; whoever signed in by it is signed out."""
    mine = (tables.contacts.c.person_id == person) & (tables.contacts.c.kind == "phone")
    gone = delete(tables.contacts).where(mine).returning(tables.contacts.c.id)
    if await work.session.scalar(gone) is not None:
        await sessions.revoke(work, person, by=None)


async def _must_want_one(work: Work, person: UUID, silence: timedelta, *, by: Actor) -> None:
    """NotFound of who was forgotten; NotForStaff of who signs in by a password, or may do what the actor could not let them.

    GuardianActs of a child; PhoneThere of who has a phone, unless nobody signed in by it for so long.
    """
    await queries.must_be_somebody(work, person)
    await _must_do_no_more(work, person, by)
    await proxies.must_be_no_ward(work, person)
    login = await work.session.scalar(select(tables.people.c.login).where(tables.people.c.id == person))
    if login is not None:
        raise rules.NotForStaff
    kept = (await contacts.clear(work, person)).get("phone")
    if kept is None:
        return
    there = await queries.of_number(work, phones.index_of(work, kept))
    if not rules.is_silent(max(one.used_at for one in there), work.now, silence):
        raise rules.PhoneThere


async def _must_do_no_more(work: Work, person: UUID, by: Actor) -> None:
    """NotForStaff of who serves in a role that the actor could not grant: their phone would be a way to it."""
    serves = tables.assignments.c
    lasts = (serves.person_id == person) & goes_on(serves, work.now)
    for one in await work.session.scalars(select(Assignment).where(lasts)):
        try:
            by.may("assignments.grant").check(one)
        except (NotFound, Forbidden):
            raise rules.NotForStaff from None


async def _must_be_free(work: Work, person: UUID) -> None:
    """AdditionThere of who has one that was agreed to; one that was only asked for is over."""
    still = (_ours.person_id == person) & (_ours.state.in_(("asked", "agreed")))
    row = (await work.session.execute(select(phone_additions).where(still).with_for_update())).first()
    if row is None:
        return
    if row.state == "agreed" and work.now - row.asked_at < rules.WAITS:
        raise rules.AdditionThere
    change = update(phone_additions).where(_ours.id == row.id)
    await work.session.execute(change.values(state="over", sealed_phone=None, decided_at=work.now))


async def _number(work: Work, held: PhoneAddition) -> str:
    return await work.unseal(held.person_id, "phone_additions", "phone", held.id, held.sealed_phone or b"")
