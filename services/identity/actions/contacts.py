"""By what a person is found again: a phone, a WeChat account. Sealed, and known by a blind index that leads to one person."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.identity.domain import indexes
from services.identity.store.indexes import contact_claims
from services.identity.store.tables import contacts


async def keep(work: Work, person: UUID, kind: str, value: str, index: bytes, *, is_shared: bool = False) -> None:
    """Keep what was just proven to be this person's; or, of a number that others have already, theirs as well."""
    contact, keys = work.new_id(), work.vault.keys
    await work.session.execute(insert(contacts).values(
        id=contact, person_id=person, kind=kind, verified_at=work.now, used_at=work.now, is_shared=is_shared,
        blind_index=indexes.versions(keys, index)[0], index_key=indexes.ids(keys)[0],
        sealed_value=await work.seal(person, "contacts", "value", contact, value),
    ))
    if not is_shared:
        await claim(work, kind, [(contact, index)])


async def claim(work: Work, kind: str, kept: list[tuple[UUID, bytes]]) -> None:
    """While the key turns: whoever keeps the same value by another version meets these rows, and one of the two fails."""
    keys = work.vault.keys
    rows = [
        {"kind": kind, "blind_index": one, "contact_id": contact}
        for contact, index in kept for one in indexes.versions(keys, index)
    ]
    if len(indexes.ids(keys)) > 1 and rows:
        await (await work.session.connection()).execute(insert(contact_claims), rows)


async def used(work: Work, person: UUID) -> None:
    """They signed in by their phone just now: it is theirs still."""
    mine = (contacts.c.person_id == person) & (contacts.c.kind == "phone")
    await work.session.execute(update(contacts).where(mine).values(used_at=work.now))


async def clear(work: Work, person: UUID) -> dict[str, str]:
    """Kind → value, in the clear, for the person."""
    rows = await work.session.execute(select(contacts).where(contacts.c.person_id == person))
    return {row.kind: await work.unseal(person, "contacts", "value", row.id, row.sealed_value) for row in rows.all()}


async def indexes_of(work: Work, person: UUID) -> list[bytes]:
    """By what others' rows know them: the indexes as they are kept, and their phone's as codes have it."""
    kept = list(await work.session.scalars(select(contacts.c.blind_index).where(contacts.c.person_id == person)))
    phone = (await clear(work, person)).get("phone")
    return [*kept, *([work.vault.keys.blind("phone", phone)] if phone is not None else [])]
