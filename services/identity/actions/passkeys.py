"""Passkeys of a person: registered, listed, renamed, removed, and used to prove who they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import Keyring
from chassis.db import Work
from chassis.errors import NotFound
from contracts.identity import FactorChanged
from services.identity.actions import ceremonies, contacts, people, recovery, requirement, sessions, tickets
from services.identity.actions.tickets import Question
from services.identity.domain import passkeys as rules
from services.identity.domain.passkeys import Party
from services.identity.domain.policy import Policy
from services.identity.domain.second_factor import PASSKEY, SMS, Half, Proved, SecondFactorMissing
from services.identity.store import queries
from services.identity.store.tables import passkeys

_mine = passkeys.c


@dataclass(frozen=True)
class Asked:
    """A question for a browser: its options, and the ticket that comes back with the answer."""

    ticket: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """What a browser answered."""

    ticket: str
    credential: dict[str, Any]


@dataclass(frozen=True)
class Passkey:
    """One of a person's passkeys, as they see it; recovery codes come along with the first factor there is, this once."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    recovery_codes: tuple[str, ...] = ()


async def ask_to_register(work: Work, party: Party, person: UUID, *, password: str | None, address: str) -> Asked:
    """Options for a new passkey, for who shows their password, or has shown a second factor just now (`fresh` of the door)."""
    if not await queries.is_guarded(work, person):
        await people.must_know_password(work, person, password, address=address)
    return await ask_to_make(work, party, person)


async def ask_to_make(work: Work, party: Party, person: UUID) -> Asked:
    """The same for who has shown who they are."""
    login = await people.login_of(work, person)
    known = list(await work.session.scalars(select(_mine.credential_id).where(_mine.person_id == person)))
    ticket = _ticket(work, Question("register", work.now + rules.TICKET_LIFE, person))
    handle, challenge = _handle(work, person), tickets.challenge(ticket)
    return Asked(ticket, ceremonies.to_register(party, challenge, handle=handle, name=login, known=known))


async def register(
    work: Work, party: Party, person: UUID, shown: Shown, *, name: str, claims: dict[str, Any]
) -> Passkey:
    """Keep a new passkey. Who lost the answer gets it once more; PasskeyTaken if it is another person's.

    InsufficientUserAuthentication of who has a second factor by now, though they had none when they asked, and whose token
    does not say that they showed it lately.
    """
    question = tickets.reopened(work.vault.keys.kek, shown.ticket, "register", work.now)
    if question.person != person:
        raise rules.PasskeyUnfit
    made = ceremonies.made(party, tickets.challenge(shown.ticket), shown.credential)
    await work.taking_turns(person.bytes)
    there = (await work.session.execute(select(passkeys).where(_mine.credential_id == made.credential_id))).first()
    if there is not None:
        return await _again(work, person, there)
    await requirement.must_be_fresh_by_now(work, person, "people.secure", claims)
    await tickets.spend(work, shown.ticket, question)
    return await _keep(work, person, made, name)


async def _again(work: Work, person: UUID, there: Any) -> Passkey:
    if there.person_id != person:
        raise rules.PasskeyTaken
    return await _seen(work, there)


async def _keep(work: Work, person: UUID, made: ceremonies.Made, name: str) -> Passkey:
    mine = list(await work.session.scalars(select(_mine.id).where(_mine.person_id == person)))
    if len(mine) >= rules.MOST:
        raise rules.PasskeysEnough
    is_first = not await queries.is_guarded(work, person)
    key = work.new_id()
    row = {
        "id": key, "person_id": person, "credential_id": made.credential_id, "public_key": made.public_key,
        "sign_count": made.count, "created_at": work.now,
    }
    sealed = await work.seal(person, "passkeys", "name", key, name)
    new = insert(passkeys).values(**row, sealed_name=sealed).on_conflict_do_nothing().returning(_mine.id)
    if await work.session.scalar(new) is None:
        raise rules.PasskeyTaken
    codes = await recovery.new(work, person) if is_first else []
    await work.audit("passkeys.register", f"person/{person}", actor=person)
    work.announce(FactorChanged(person_id=person, factor="passkey", change="added", recipients=(person,)))
    return Passkey(key, name, work.now, None, tuple(codes))


async def renew_codes(work: Work, person: UUID) -> list[str]:
    """Ten new recovery codes; SecondFactorMissing of who has no second factor they could stand for."""
    await work.taking_turns(person.bytes)
    if not await queries.is_guarded(work, person):
        raise SecondFactorMissing
    await work.audit("second-factor.renew", f"person/{person}", actor=person)
    return await recovery.new(work, person)


async def listed(work: Work, person: UUID) -> list[Passkey]:
    """All of a person's, the oldest first."""
    asked = select(passkeys).where(_mine.person_id == person).order_by(_mine.id)
    return [await _seen(work, row) for row in await work.session.execute(asked)]


async def rename(work: Work, person: UUID, key: UUID, name: str) -> Passkey:
    """Call it something else."""
    row = await _held(work, person, key)
    sealed = await work.seal(person, "passkeys", "name", key, name)
    await work.session.execute(update(passkeys).where(_mine.id == key).values(sealed_name=sealed))
    return Passkey(key, name, row.created_at, row.last_used_at)


async def remove(work: Work, person: UUID, key: UUID, policy: Policy) -> None:
    """It proves nothing any more, and its person is signed out everywhere: whoever held the device may have signed in by it."""
    await work.taking_turns(person.bytes)
    await _held(work, person, key)
    await work.session.execute(passkeys.delete().where(_mine.id == key))
    await requirement.must_still_be_met(work, policy, person)
    await recovery.forget_spare(work, person)
    await work.audit("passkeys.remove", f"person/{person}", actor=person)
    work.announce(FactorChanged(person_id=person, factor="passkey", change="removed", recipients=(person,)))
    await sessions.revoke(work, person, by=person)


async def _held(work: Work, person: UUID, key: UUID) -> Any:
    asked = select(passkeys).where(_mine.id == key, _mine.person_id == person).with_for_update()
    row = (await work.session.execute(asked)).first()
    if row is None:
        raise NotFound
    return row


async def _seen(work: Work, row: Any) -> Passkey:
    name = await work.unseal(row.person_id, "passkeys", "name", row.id, row.sealed_name)
    return Passkey(row.id, name, row.created_at, row.last_used_at)


def ask_to_sign_in(kek: Keyring, party: Party, now: datetime, half: Half | None = None) -> Asked:
    """Options for whoever sits there; of a second step, for the one whose first proof was good."""
    until = now + rules.TICKET_LIFE if half is None else half.until
    person, method = (None, None) if half is None else (half.person, half.method)
    return _asked(kek, party, Question("sign-in", until, person, method))


def ask_to_step_up(work: Work, party: Party, person: UUID) -> Asked:
    """Options for who is signed in."""
    return _asked(work.vault.keys.kek, party, Question("step-up", work.now + rules.TICKET_LIFE, person))


def _asked(kek: Keyring, party: Party, question: Question) -> Asked:
    ticket = tickets.sealed(kek, question)
    return Asked(ticket, ceremonies.to_prove(party, tickets.challenge(ticket)))


async def sign_in(work: Work, party: Party, shown: Shown) -> tuple[UUID, Proved]:
    """Who signs in by their passkey, as first factor and second at once, or as the second step, and how they proved it."""
    question = tickets.reopened(work.vault.keys.kek, shown.ticket, "sign-in", work.now)
    person = await _used(work, party, shown, question)
    await work.audit("sign-in.passkey", f"person/{person}", actor=person)
    first = (question.method,) if question.method else ()
    if SMS in first:
        await contacts.used(work, person)
    return person, Proved((*first, *PASSKEY), work.now)


async def prove(work: Work, party: Party, person: UUID, shown: Shown) -> None:
    """PasskeyRefused unless this person answers what they were asked to step up by."""
    question = tickets.reopened(work.vault.keys.kek, shown.ticket, "step-up", work.now)
    if question.person != person:
        raise rules.PasskeyRefused
    await _used(work, party, shown, question)


async def _used(work: Work, party: Party, shown: Shown, question: Question) -> UUID:
    """Whose passkey answered; what it is verified by cannot change, so nobody waits for a row meanwhile."""
    credential = ceremonies.decoded(shown.credential["id"])
    asked = select(passkeys).where(_mine.credential_id == credential)
    row = (await work.session.execute(asked)).first()
    if row is None or question.person not in {None, row.person_id}:
        raise rules.PasskeyRefused
    _must_be_theirs(work, row.person_id, shown, question)
    count = ceremonies.shown(party, tickets.challenge(shown.ticket), shown.credential, row.public_key)
    held = (await work.session.execute(asked.with_for_update())).first()
    if held is None:
        raise rules.PasskeyRefused
    await tickets.spend(work, shown.ticket, question)
    if not rules.went_on(held.sign_count, count):
        raise await _misused(work, held.person_id)
    change = update(passkeys).where(_mine.id == held.id).values(sign_count=count, last_used_at=work.now)
    await work.session.execute(change)
    person: UUID = held.person_id
    return person


def _must_be_theirs(work: Work, person: UUID, shown: Shown, question: Question) -> None:
    """The device says whom it keeps the passkey for; it must, where nobody else said so (section 7.2 step 6)."""
    handle = shown.credential["response"].get("userHandle")
    if handle is None and question.person is not None:
        return
    if handle is None or ceremonies.decoded(handle) != _handle(work, person):
        raise rules.PasskeyRefused


async def _misused(work: Work, person: UUID) -> rules.PasskeyMisused:
    await work.audit("passkeys.misuse", f"person/{person}", actor=person)
    work.announce(FactorChanged(person_id=person, factor="passkey", change="misused", recipients=(person,)))
    return rules.PasskeyMisused()


def _handle(work: Work, person: UUID) -> bytes:
    """Whom a device keeps the passkey for: the same each time, and nobody's id (section 14.6.1)."""
    return work.vault.keys.blind("passkey", str(person))


def _ticket(work: Work, question: Question) -> str:
    return tickets.sealed(work.vault.keys.kek, question)
