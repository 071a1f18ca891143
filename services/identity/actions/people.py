"""People: staff who sign in by password, what we hold of somebody, and forgetting it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from contracts.identity import AccessRevoked, PersonRegistered
from services.identity.actions import contacts as known
from services.identity.actions import facts, imports, invited, proxies, requirement, subjects
from services.identity.domain import looks, sign_in
from services.identity.domain.policy import Policy
from services.identity.store import queries
from services.identity.store.accesses import accesses
from services.identity.store.consents import consents
from services.identity.store.phones import phone_additions
from services.identity.store.privacy import exports
from services.identity.store.tables import (
    authorization_codes,
    bindings,
    codes,
    contacts,
    device_kinds,
    passkeys,
    password_tries,
    people,
    recovery_codes,
    refresh_tokens,
    registrations,
    second_factor_tries,
    second_factors,
    wechat_tries,
)

HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)  # OWASP's first choice, about 60 ms here
_nobody = HASHER.hash("nobody has this password, but checking it takes as long")
_at_once = asyncio.Semaphore(4)  # 4 x 46 MiB is what a burst of sign-ins may take
_WAITING = 24  # for their turn; whoever comes then waits outside


async def prove(work: Work, *, login: str, password: str, address: str) -> UUID:
    """Who signs in by this account and password."""
    person = await recognise(work, login=login, password=password, address=address)
    await work.audit("sign-in.password", f"person/{person}", actor=person)
    return person


async def recognise(work: Work, *, login: str, password: str, address: str) -> UUID:
    """Whose account and password these are. Wrong tries are counted by login and address, known login or not.

    No connection to the database is held while the password is checked: strangers who try would use them all up.
    """
    tries = _Tries(work, login, address)
    await tries.must_be_few()
    row = await queries.staff_by_login(work, login)
    kept = row.password_hash if row is not None else None
    await work.release()
    right = await _matches(kept or _nobody, password) and kept is not None
    await tries.taking_turns()
    await tries.must_be_few()
    row = await queries.staff_by_login(work, login)
    if not right or row is None or row.password_hash != kept:
        await tries.count()
        raise sign_in.PasswordRefused
    person: UUID = row.id
    return person


async def login_of(work: Work, person: UUID) -> str:
    """By what they sign in; PasswordRefused of who has no password."""
    login: str | None = await work.session.scalar(select(people.c.login).where(people.c.id == person))
    if login is None:
        raise sign_in.PasswordRefused
    return login


async def must_know_password(work: Work, person: UUID, password: str | None, *, address: str) -> None:
    """PasswordRefused, unless they show their own password once more; also of who has none."""
    login = await work.session.scalar(select(people.c.login).where(people.c.id == person))
    if password is None or await recognise(work, login=login or "", password=password, address=address) != person:
        raise sign_in.PasswordRefused


class _Tries:
    """Wrong passwords of the last quarter of an hour, for one login from one address."""

    def __init__(self, work: Work, login: str, address: str) -> None:
        keys = work.vault.keys
        self._work = work
        self._login, self._address = keys.blind("login", login), keys.blind("address", sign_in.counted(address))

    async def taking_turns(self) -> None:
        """Fifty tries at once are counted one after the other."""
        await self._work.taking_turns(self._login)

    async def must_be_few(self) -> None:
        """Refused like a wrong password: whether the account exists is not told by this either."""
        since = self._work.now - sign_in.PASSWORD_PAUSE
        both, by_login, by_address = await queries.password_tries(self._work, self._login, self._address, since)
        if both >= sign_in.PASSWORD_TRIES or by_login >= sign_in.LOGIN_TRIES or by_address >= sign_in.ADDRESS_TRIES:
            raise sign_in.PasswordRefused

    async def count(self) -> None:
        """One more."""
        row = {"id": self._work.new_id(), "login_index": self._login, "address_index": self._address, "at": self._work.now}
        await self._work.session.execute(insert(password_tries).values(row))


async def _matches(password_hash: str, password: str) -> bool:
    if len(_at_once._waiters or ()) >= _WAITING:  # noqa: SLF001 - asyncio tells it nowhere else
        raise sign_in.SignInBusy
    async with _at_once:
        try:
            return await asyncio.to_thread(HASHER.verify, password_hash, password)
        except VerificationError:
            return False


async def forget_tries(work: Work) -> None:
    """Tries that no budget counts any more."""
    await work.session.execute(password_tries.delete().where(password_tries.c.at < work.now - sign_in.PASSWORD_PAUSE))


async def employ(work: Work, *, login: str, password: str, name: str, person_id: UUID | None = None) -> UUID:
    """A member of staff with a login of their own."""
    person = person_id or uuid4()
    await work.session.execute(insert(people).values(
        id=person, created_at=work.now, login=login,
        password_hash=await asyncio.to_thread(HASHER.hash, password),
        sealed_name=await work.seal(person, "people", "name", person, name),
    ))
    work.announce(PersonRegistered(person_id=person))
    return person


async def rename(work: Work, person: UUID, name: str) -> None:
    """Keep a person's name, sealed."""
    sealed = await work.seal(person, "people", "name", person, name)
    await work.session.execute(update(people).where(people.c.id == person).values(sealed_name=sealed))


async def name_of(work: Work, person: UUID) -> str | None:
    """How they are called; None of who never said."""
    sealed = await work.session.scalar(select(people.c.sealed_name).where(people.c.id == person))
    return await work.unseal(person, "people", "name", person, sealed) if sealed is not None else None


async def about(work: Work, person: UUID) -> dict[str, Any]:
    """What somebody sees of themselves; the phone is masked even for them."""
    name = await name_of(work, person)
    found = await known.clear(work, person)
    number = found.get("phone")
    masked = looks.masked_phone(number) if number else None
    guarded = await queries.is_guarded(work, person)
    by_wechat = any(kind.startswith("wechat") for kind in found)
    return {"id": person, "name": name, "phone": masked, "wechat": by_wechat, "second_factor": guarded}


async def me(work: Work, person: UUID, policy: Policy) -> dict[str, Any]:
    """The same, and from when on they must have a second factor, if they have none."""
    told = await about(work, person)
    told |= await facts.told(work, person)
    return {**told, "second_factor_due": None if told["second_factor"] else await requirement.due(work, policy, person)}


async def export(work: Work, person: UUID) -> dict[str, Any]:
    """Everything identity holds of a person, in the clear, for that person."""
    homes = await work.session.execute(select(bindings).where(bindings.c.person_id == person))
    found = dict.fromkeys(("phone", "wechat")) | await known.clear(work, person)
    held = await about(work, person) | found
    told = [{"area": home.area, "kind": home.kind, "agreement": home.agreement} for home in homes]
    devices = list(await work.session.scalars(select(device_kinds.c.kind).where(device_kinds.c.person_id == person)))
    waiting = await _waiting_name(work, person)
    held |= {"name": held["name"] or waiting}
    held |= {"phone": held["phone"] or await _waiting_phone(work, person)}
    held |= {"passkeys": await _passkeys(work, person), "proxies": await proxies.of_person(work, person)}
    return {
        **held, "devices": devices, "bindings": told, "partners": await subjects.of_person(work, person),
        "facts": await facts.export(work, person), "consents": await _consents(work, person),
        "invitations": await invited.of_person(work, person),
    }


async def _consents(work: Work, person: UUID) -> list[dict[str, Any]]:
    asked = select(consents).where(consents.c.person_id == person).order_by(consents.c.pos)
    return [
        {"purpose": row.purpose, "version": row.version, "at": row.at.isoformat(), "withdrawn": row.withdrawn}
        for row in await work.session.execute(asked)
    ]


async def _waiting_name(work: Work, person: UUID) -> str | None:
    """Of somebody who is being registered, and is no person yet."""
    asked = select(registrations.c.id, registrations.c.sealed_name).where(registrations.c.person_id == person)
    row = (await work.session.execute(asked)).first()
    if row is None or row.sealed_name is None:
        return None
    return await work.unseal(person, "registrations", "name", row.id, row.sealed_name)


async def _waiting_phone(work: Work, person: UUID) -> str | None:
    """Of somebody to whom staff are giving a phone."""
    asked = select(phone_additions).where(phone_additions.c.person_id == person, phone_additions.c.sealed_phone.is_not(None))
    row = (await work.session.execute(asked)).first()
    if row is None:
        return None
    return await work.unseal(person, "phone_additions", "phone", row.id, row.sealed_phone)


async def _passkeys(work: Work, person: UUID) -> list[dict[str, Any]]:
    asked = select(passkeys).where(passkeys.c.person_id == person).order_by(passkeys.c.id)
    return [
        {"name": await work.unseal(person, "passkeys", "name", row.id, row.sealed_name), "created_at": row.created_at.isoformat()}
        for row in await work.session.execute(asked)
    ]


async def erase(work: Work, person: UUID) -> int:
    """Forget name, phone, WeChat account, second factors and sessions; bindings keep the bare id."""
    moment = work.now.replace(microsecond=work.now.microsecond // 1000 * 1000)
    await work.taking_turns(person.bytes)  # they may be given a phone or a session at the same moment
    for one in (person, *await subjects.all_of(work, person)):
        work.announce(AccessRevoked(person_id=one, not_before=moment, recipients=(one,)))  # of tokens just given, too
    await subjects.forget_person(work, person)
    indexes = await known.indexes_of(work, person)
    for asked in (codes.c.phone_index, wechat_tries.c.account_index):
        await work.session.execute(asked.table.delete().where(asked.in_(indexes)))
    await work.session.execute(contacts.delete().where(contacts.c.person_id == person))
    for given in (
        refresh_tokens, authorization_codes, second_factors, passkeys, recovery_codes, second_factor_tries, device_kinds,
    ):
        await work.session.execute(given.delete().where(given.c.person_id == person))
    await work.session.execute(phone_additions.delete().where(phone_additions.c.person_id == person))
    await work.session.execute(accesses.delete().where(accesses.c.person_id == person))
    waits = (registrations.c.person_id == person) & (registrations.c.state == "waiting")
    await work.session.execute(registrations.delete().where(waits))
    await imports.forget_person(work, person)
    await facts.forget_person(work, person)
    await invited.forget_person(work, person)
    theirs = (exports.c.person_id == person) & exports.c.state.in_(("gathering", "ready"))
    await work.session.execute(update(exports).where(theirs).values(state="over", sealed_key=None))  # the store is swept by a job
    await proxies.forget_person(work, person)
    change = update(people).where(people.c.id == person).values(sealed_name=None, login=None, password_hash=None)
    await work.session.execute(change)
    return 1
