"""The second factor of a person: taken over by a first code, asked for at every sign-in, each code good once."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from contracts.identity import FactorChanged
from services.identity.actions import contacts, people, recovery, requirement, sessions
from services.identity.domain import second_factor as rules
from services.identity.domain.policy import Policy
from services.identity.domain.second_factor import SMS, Proved, SecondFactorRefused
from services.identity.domain.sign_in import Budget, Limits
from services.identity.store import queries
from services.identity.store.tables import second_factor_tries as tries
from services.identity.store.tables import second_factors

_HALF = crypto.Place("second_factors", "challenge", "sign-in")
_DAY = timedelta(days=1)
_mine = second_factors.c


@dataclass(frozen=True)
class Shown:
    """A code that somebody shows, and from where."""

    person: UUID
    code: str
    address: str


async def begin(work: Work, person: UUID, method: str, policy: Policy) -> sessions.Session:
    """A session for somebody who proved themselves by this method.

    SecondFactorWanted of who has a second factor, SecondFactorRequired of who must have one and has none.
    """
    challenge = await wanted(work, person, method)
    if challenge is not None:
        by = list(opened(work.vault.keys.kek, challenge, work.now).by)
        raise rules.SecondFactorWanted(challenge=challenge, expires_in=int(rules.CHALLENGE_LIFE.total_seconds()), methods=by)
    await requirement.must_be_met(work, policy, person, method)
    return await sessions.begin(work, person, proved=Proved((method,), work.now))


async def wanted(work: Work, person: UUID, method: str) -> str | None:
    """Half a session: what goes on to the second step, sealed; None of who has no second factor."""
    shown_by = await queries.factors(work, person)
    if not shown_by:
        return None
    said = {"person": str(person), "method": method, "until": (work.now + rules.CHALLENGE_LIFE).isoformat(), "by": shown_by}
    return urlsafe_b64encode(crypto.seal(work.vault.keys.kek, _HALF, json.dumps(said).encode())).decode()


async def finish(work: Work, challenge: str, *, code: str, address: str) -> tuple[UUID, Proved]:
    """Who signs in by the code that belongs to this half, and how they proved it."""
    half = opened(work.vault.keys.kek, challenge, work.now)
    await spend(work, Shown(half.person, code, address))
    await work.audit("sign-in.second-factor", f"person/{half.person}", actor=half.person)
    if half.method == SMS:
        await contacts.used(work, half.person)
    return half.person, Proved((half.method, rules.OTP), work.now)


def opened(kek: crypto.Keyring, challenge: str, now: datetime) -> rules.Half:
    """Half a session, as it was sealed; SecondFactorRefused if it is not ours or over."""
    try:
        said = json.loads(crypto.unseal(kek, _HALF, urlsafe_b64decode(challenge.encode())))
    except (crypto.Unreadable, ValueError):
        raise SecondFactorRefused from None
    by = tuple(said.get("by", (rules.OTP,)))  # one of before there were passkeys does not say
    half = rules.Half(UUID(said["person"]), said["method"], datetime.fromisoformat(said["until"]), by)
    if half.until <= now:
        raise SecondFactorRefused
    return half


async def spend(work: Work, shown: Shown) -> None:
    """Use up a code of an active second factor, of the phone or on paper; SecondFactorRefused counts as a try."""
    await _few(work, shown)
    row = await queries.second_factor(work, shown.person)
    by_phone = row is not None and await _of_phone(work, row, shown.code)
    if not (by_phone or await recovery.spend(work, shown.person, shown.code)):
        raise await _counted(work, shown)


async def _of_phone(work: Work, row: Any, code: str) -> bool:
    """Whether it is a code of the authenticator; then no code of that time or before is good any more, and it is in force."""
    secret = bytes.fromhex(await work.unseal(row.person_id, "second_factors", "secret", row.person_id, row.sealed_secret))
    used = rules.step(secret, code, work.now, after=row.last_step)
    if used is None:
        return False
    its = update(second_factors).where(_mine.person_id == row.person_id)
    await work.session.execute(its.values(last_step=used, active_from=row.active_from or work.now))
    return True


async def _few(work: Work, shown: Shown) -> None:
    """Whoever shows codes of one person takes turns: fifty at once are counted one after the other."""
    await work.taking_turns(shown.person.bytes)
    place = _place(work, shown)
    budgets: list[tuple[Any, bytes | UUID, Limits]] = [
        (tries.c.place_index, place, rules.PLACE_BUDGET), (tries.c.person_id, shown.person, rules.PERSON_BUDGET),
    ]
    for column, index, limits in budgets:
        made = await queries.made_since(work, column, index, work.now - _DAY)
        Budget(limits, rules.SecondFactorTooOften).spend(made, work.now)


async def _counted(work: Work, shown: Shown) -> SecondFactorRefused:
    row = {"id": work.new_id(), "person_id": shown.person, "place_index": _place(work, shown), "created_at": work.now}
    await work.session.execute(insert(tries).values(row))
    return SecondFactorRefused()


async def enrol(work: Work, person: UUID, *, password: str, address: str) -> tuple[str, str]:
    """A new secret and its otpauth URI, for who shows their password: a stolen token must not shut its owner out.

    It is asked for at no sign-in until a first code proves that it was taken over.
    """
    await people.must_know_password(work, person, password, address=address)
    return await offer(work, person)


async def offer(work: Work, person: UUID) -> tuple[str, str]:
    """The same for who has shown who they are."""
    login = await people.login_of(work, person)
    await work.taking_turns(person.bytes)
    if await queries.second_factor(work, person) is not None:
        raise rules.SecondFactorThere
    secret = rules.new_secret()
    made = {
        "sealed_secret": await work.seal(person, "second_factors", "secret", person, secret.hex()),
        "created_at": work.now, "last_step": 0,
    }
    new = insert(second_factors).values(person_id=person, **made)
    await work.session.execute(new.on_conflict_do_update(index_elements=[_mine.person_id], set_=made))
    await work.audit("second-factor.enrol", f"person/{person}", actor=person)
    return rules.spelled(secret), rules.address(secret, name=login)


async def activate(work: Work, shown: Shown, *, claims: dict[str, Any]) -> list[str]:
    """From its first code on the second factor is asked for; the recovery codes, which are shown this once.

    InsufficientUserAuthentication of who has a passkey by now, though they had none when they asked for the secret, and whose
    token does not say that they showed it lately: the codes they have on paper would be void.
    """
    await _few(work, shown)
    asked = select(second_factors).where(_mine.person_id == shown.person)
    row = (await work.session.execute(asked)).first()
    if row is not None and row.active_from is not None:
        raise rules.SecondFactorThere
    if row is None or row.created_at <= work.now - rules.ENROL_LIFE:
        raise rules.SecondFactorMissing
    await requirement.must_be_fresh_by_now(work, shown.person, "people.secure", claims)
    if not await _of_phone(work, row, shown.code):
        raise await _counted(work, shown)
    await work.audit("second-factor.activate", f"person/{shown.person}", actor=shown.person)
    _said(work, shown.person, "added")
    return await recovery.new(work, shown.person)


async def renew(work: Work, shown: Shown) -> list[str]:
    """Ten new recovery codes; those given before are void."""
    await must_have(work, shown.person)
    await spend(work, shown)
    await work.audit("second-factor.renew", f"person/{shown.person}", actor=shown.person)
    return await recovery.new(work, shown.person)


async def remove(work: Work, shown: Shown, policy: Policy) -> None:
    """It is asked for no more, says who shows a code of it; they are signed out everywhere: others may have signed in by it."""
    if await queries.second_factor(work, shown.person) is None:
        raise rules.SecondFactorMissing
    await spend(work, shown)
    await work.session.execute(delete(second_factors).where(_mine.person_id == shown.person))
    await requirement.must_still_be_met(work, policy, shown.person)
    await recovery.forget_spare(work, shown.person)
    await work.audit("second-factor.remove", f"person/{shown.person}", actor=shown.person)
    _said(work, shown.person, "removed")
    await sessions.revoke(work, shown.person, by=shown.person)


def _said(work: Work, person: UUID, change: Literal["added", "removed"]) -> None:
    work.announce(FactorChanged(person_id=person, factor="authenticator", change=change, recipients=(person,)))


async def must_have(work: Work, person: UUID) -> None:
    """SecondFactorMissing of who has none."""
    if not await queries.is_guarded(work, person):
        raise rules.SecondFactorMissing


async def forget(work: Work) -> None:
    """Tries that no budget counts any more."""
    await work.session.execute(delete(tries).where(tries.c.created_at <= work.now - _DAY))


def _place(work: Work, shown: Shown) -> bytes:
    return work.vault.keys.blind("second factor", f"{shown.person}/{shown.address}")
