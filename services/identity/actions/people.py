"""People: staff who sign in by password, what we hold of somebody, and forgetting it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from contracts.identity import PersonRegistered
from services.identity.actions import sessions
from services.identity.domain import sign_in
from services.identity.store import queries
from services.identity.store.tables import bindings, codes, contacts, people, refresh_tokens

_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)  # OWASP's first choice, about 60 ms here
_nobody = _hasher.hash("nobody has this password, but checking it takes as long")
_at_once = asyncio.Semaphore(4)  # 4 x 46 MiB is what a burst of sign-ins may take


async def sign_in_by_password(work: Work, *, login: str, password: str) -> sessions.Session:
    """A session for staff; five wrong passwords pause the account for a quarter of an hour."""
    row = await queries.staff_by_login(work, login)
    usable = row is not None and row.password_hash is not None
    right = await _matches(row.password_hash if usable else _nobody, password) and usable
    if row is None:
        raise sign_in.PasswordRefused
    paused = row.paused_until is not None and row.paused_until > work.now
    if not right or paused:
        await _count(work, row)
        raise sign_in.PasswordRefused
    await work.session.execute(update(people).where(people.c.id == row.id).values(failed_tries=0, paused_until=None))
    await work.audit("sign-in.password", f"person/{row.id}", actor=row.id)
    return await sessions.begin(work, row.id)


async def _count(work: Work, row: Any) -> None:
    tries = row.failed_tries + 1
    pause = work.now + sign_in.PASSWORD_PAUSE if tries >= sign_in.PASSWORD_TRIES else row.paused_until
    change = update(people).where(people.c.id == row.id)
    await work.session.execute(change.values(failed_tries=tries % sign_in.PASSWORD_TRIES, paused_until=pause))


async def _matches(password_hash: str, password: str) -> bool:
    async with _at_once:
        try:
            return await asyncio.to_thread(_hasher.verify, password_hash, password)
        except VerificationError:
            return False


async def employ(work: Work, *, login: str, password: str, name: str, person_id: UUID | None = None) -> UUID:
    """A member of staff with a login of their own."""
    person = person_id or uuid4()
    await work.session.execute(insert(people).values(
        id=person, created_at=work.now, login=login,
        password_hash=await asyncio.to_thread(_hasher.hash, password),
        sealed_name=await work.seal(person, "people", "name", person, name),
    ))
    work.announce(PersonRegistered(person_id=person))
    return person


async def rename(work: Work, person: UUID, name: str) -> None:
    """Keep a person's name, sealed."""
    sealed = await work.seal(person, "people", "name", person, name)
    await work.session.execute(update(people).where(people.c.id == person).values(sealed_name=sealed))


async def about(work: Work, person: UUID) -> dict[str, Any]:
    """What somebody sees of themselves; the phone is masked even for them."""
    row = (await work.session.execute(select(people).where(people.c.id == person))).first()
    phone = (await work.session.execute(select(contacts).where(contacts.c.person_id == person))).first()
    name = await work.unseal(person, "people", "name", person, row.sealed_name) if row and row.sealed_name else None
    number = await work.unseal(person, "contacts", "value", phone.id, phone.sealed_value) if phone else None
    return {"id": person, "name": name, "phone": f"{number[:3]}****{number[-4:]}" if number else None}


async def export(work: Work, person: UUID) -> dict[str, Any]:
    """Everything identity holds of a person, in the clear, for that person."""
    homes = await work.session.execute(select(bindings).where(bindings.c.person_id == person))
    held = await about(work, person)
    return {**held, "bindings": [{"area": home.area, "kind": home.kind} for home in homes]}


async def erase(work: Work, person: UUID) -> int:
    """Forget name, phone and sessions; bindings keep the bare id."""
    phones = await work.session.scalars(select(contacts.c.blind_index).where(contacts.c.person_id == person))
    await work.session.execute(codes.delete().where(codes.c.phone_index.in_(list(phones))))
    await work.session.execute(contacts.delete().where(contacts.c.person_id == person))
    await work.session.execute(refresh_tokens.delete().where(refresh_tokens.c.person_id == person))
    change = update(people).where(people.c.id == person).values(sealed_name=None, login=None, password_hash=None)
    await work.session.execute(change)
    return 1
