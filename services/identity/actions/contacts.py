"""By what a person is found again: a phone, a WeChat account. Sealed, and known by a blind index that leads to one person."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.identity.store.tables import contacts


async def keep(work: Work, person: UUID, kind: str, value: str, index: bytes, *, is_shared: bool = False) -> None:
    """Keep what was just proven to be this person's; or, of a number that others have already, theirs as well."""
    contact = work.new_id()
    await work.session.execute(insert(contacts).values(
        id=contact, person_id=person, kind=kind, verified_at=work.now, used_at=work.now, blind_index=index, is_shared=is_shared,
        sealed_value=await work.seal(person, "contacts", "value", contact, value),
    ))


async def used(work: Work, person: UUID) -> None:
    """They signed in by their phone just now: it is theirs still."""
    mine = (contacts.c.person_id == person) & (contacts.c.kind == "phone")
    await work.session.execute(update(contacts).where(mine).values(used_at=work.now))


async def clear(work: Work, person: UUID) -> dict[str, str]:
    """Kind → value, in the clear, for the person."""
    rows = await work.session.execute(select(contacts).where(contacts.c.person_id == person))
    return {row.kind: await work.unseal(person, "contacts", "value", row.id, row.sealed_value) for row in rows.all()}
