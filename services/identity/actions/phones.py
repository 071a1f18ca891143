"""Whom a number leads to: one person, one of several who share it, somebody new; or nobody, once it was silent for long."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from contracts.identity import PhoneChanged
from services.identity.actions import codes, contacts, sessions
from services.identity.domain import phones as rules
from services.identity.domain.phones import ChoiceRefused, Purpose
from services.identity.store import queries, tables
from services.identity.store.tables import people, spent_challenges


@dataclass(frozen=True)
class _Begun:
    """A good code, and what is still to be said: the sealed challenge, its number and until when it waits."""

    challenge: str
    number: str
    until: datetime


async def prove(work: Work, *, challenge_id: UUID, phone: str, code: str, silence: timedelta) -> tuple[UUID, bool]:
    """The person whose phone answered, and whether they are new. CodeRefused counts as a try.

    PersonWanted of a number that serves several, PhoneSilent of one nobody signed in by for so long.
    """
    number = await codes.spend(work, challenge_id=challenge_id, phone=phone, code=code)
    index = index_of(work, number)
    await work.taking_turns(index)  # the phone may be proven through WeChat at the same moment
    there = await queries.of_number(work, index)
    if not there:
        return await codes.register(work, phone=number), True
    must_not_be_silent(work, there, number, silence)
    if len(there) > 1:
        shown = [await _shown(work, one.person_id) for one in there]
        raise rules.PersonWanted(challenge=_sealed(work, number, "choice"), people=shown, expires_in=_seconds())
    person: UUID = there[0].person_id
    await _used(work, person)
    return person, False


def must_not_be_silent(work: Work, there: list[Any], number: str, silence: timedelta) -> None:
    """PhoneSilent of a number by which none of its people signed in for so long."""
    if there and rules.is_silent(max(one.used_at for one in there), work.now, silence):
        raise rules.PhoneSilent(challenge=_sealed(work, number, "stranger"), expires_in=_seconds())


async def choose(work: Work, challenge: str, person: UUID) -> UUID:
    """The one of a shared number's people who signs in, by a code that was good just now, once."""
    begun = _opened(work, challenge, "choice")
    index = index_of(work, begun.number)
    await work.taking_turns(index)
    if person not in {one.person_id for one in await queries.of_number(work, index)}:
        raise ChoiceRefused
    await _spend(work, begun)
    await work.audit("sign-in.choice", f"person/{person}", actor=person)
    await _used(work, person)
    return person


async def become_somebody_new(work: Work, challenge: str, silence: timedelta) -> UUID:
    """Who holds a silent number now says that they were never here: it is theirs alone, and they are somebody new."""
    begun = _opened(work, challenge, "stranger")
    index = index_of(work, begun.number)
    await work.taking_turns(index)
    there = await queries.of_number(work, index)
    if there and not rules.is_silent(max(one.used_at for one in there), work.now, silence):
        raise ChoiceRefused
    await _spend(work, begun)
    await let_go(work, there)
    return await codes.register(work, phone=begun.number)


async def let_go(work: Work, there: list[Any]) -> None:
    """The number leads to these people no more: they are signed out everywhere and told, and keep all that is theirs."""
    for one in sorted(there, key=lambda kept: str(kept.person_id)):
        await work.session.execute(delete(tables.contacts).where(tables.contacts.c.id == one.id))
        await work.audit("phones.let-go", f"person/{one.person_id}", actor=None)
        said(work, one.person_id, "let-go")
        await sessions.revoke(work, one.person_id, by=None)


def said(work: Work, person: UUID, change: Literal["given", "shared", "let-go"]) -> None:
    """Whose number it is hears of it."""
    work.announce(PhoneChanged(person_id=person, change=change, recipients=(person,)))


def index_of(work: Work, number: str) -> bytes:
    """By what a number is found again."""
    return work.vault.keys.blind("phone", number)


async def _used(work: Work, person: UUID) -> None:
    """They are signed in by it; who has a second factor only once they showed that as well."""
    if not await queries.is_guarded(work, person):
        await contacts.used(work, person)


async def _shown(work: Work, person: UUID) -> dict[str, Any]:
    sealed = await work.session.scalar(select(people.c.sealed_name).where(people.c.id == person))
    name = await work.unseal(person, "people", "name", person, sealed) if sealed is not None else None
    return {"person_id": str(person), "name": rules.masked(name)}


def _seconds() -> int:
    return int(rules.CHALLENGE_LIFE.total_seconds())


def _sealed(work: Work, number: str, purpose: Purpose) -> str:
    kept = {"number": number, "until": (work.now + rules.CHALLENGE_LIFE).isoformat()}
    return urlsafe_b64encode(crypto.seal(work.vault.keys.kek, _place(purpose), json.dumps(kept).encode())).decode()


def _opened(work: Work, challenge: str, purpose: Purpose) -> _Begun:
    """What a good code was answered with; ChoiceRefused if it is not ours, for something else, or over."""
    try:
        kept = json.loads(crypto.unseal(work.vault.keys.kek, _place(purpose), urlsafe_b64decode(challenge.encode())))
    except (crypto.Unreadable, ValueError):
        raise ChoiceRefused from None
    begun = _Begun(challenge, kept["number"], datetime.fromisoformat(kept["until"]))
    if begun.until <= work.now:
        raise ChoiceRefused
    return begun


async def _spend(work: Work, begun: _Begun) -> None:
    """It was used; ChoiceRefused if it was before."""
    row = {"hash": hashlib.sha256(begun.challenge.encode()).digest(), "expires_at": begun.until}
    first = insert(spent_challenges).values(row).on_conflict_do_nothing().returning(spent_challenges.c.hash)
    if await work.session.scalar(first) is None:
        raise ChoiceRefused


def _place(purpose: Purpose) -> crypto.Place:
    return crypto.Place("phones", "challenge", purpose)
