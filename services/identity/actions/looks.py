"""Staff look for residents of their area, and read one field of theirs in the clear: with a reason, within a budget, audited."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import Place, Unreadable
from chassis.db import Work
from chassis.rights import Actor, NotAllowedHere
from contracts.calendar import CHENGDU
from services.identity.actions import contacts, homes, people, phones, requirement
from services.identity.actions.real_name import index_of
from services.identity.domain import documents, indexes, sign_in
from services.identity.domain import looks as rules
from services.identity.domain.looks import Look, Reason, Shown, Way
from services.identity.domain.phones import masked
from services.identity.domain.policy import Policy
from services.identity.domain.registration import normal_name
from services.identity.domain.sign_in import Budget
from services.identity.store import looks as store
from services.identity.store import queries

_DAY = timedelta(days=1)
_BREATH = 500  # names are opened before others of this process have their turn


@dataclass(frozen=True)
class Sought:
    """Whom one looks for: by what, which value, where."""

    by: Way
    value: str
    area: str | None = None


@dataclass(frozen=True)
class Asked:
    """Who wants to read something, what their token says they showed, and who must show what here."""

    by: Actor
    claims: dict[str, Any]
    policy: Policy


async def search(work: Work, *, by: Actor, sought: Sought, reason: Reason) -> list[dict[str, Any]]:
    """Who lives in the actor's area and is led to by exactly this; masked. Nobody elsewhere, as if there were nobody.

    NotAllowedHere of who serves nowhere, LooksTooOften, AreaTooLarge; NotAPhone, NotADocumentNumber, NotAnIdNumber.
    """
    serves = by.scope("people.find").areas
    if not serves:
        raise NotAllowedHere(action="people.find")
    look = await _spend(work, by.id, "search")
    found = await _found(work, sought, rules.narrowed(serves, sought.area))
    await work.audit("people.search", f"look/{look}", actor=by.id, reason=f"{sought.by} {reason}")
    for person in found:
        await work.audit("people.find", f"person/{person}", actor=by.id, reason=f"{sought.by} {reason}")
    return [await _masked(work, person, rooms) for person, rooms in found.items()]


async def reveal(work: Work, person: UUID, asked: Asked, *, field: Shown, reason: Reason) -> str | None:
    """One field of somebody who lives in the actor's area, in the clear; None of who has none.

    NotFound outside it, InsufficientUserAuthentication of who did not show a second factor lately, LooksTooOften.
    """
    by, person = asked.by, await queries.leads(work, person)
    await homes.reached(work, person, by.may("people.reveal"))
    await requirement.must_be_fresh(work, asked.policy, by.id, "people.reveal", asked.claims)
    await _spend(work, by.id, "reveal")
    await work.audit("people.reveal", f"person/{person}", actor=by.id, reason=f"{field} {reason}")
    if field == "name":
        return await people.name_of(work, person)
    return (await contacts.clear(work, person)).get("phone")


async def forget(work: Work) -> None:
    """Looks that no budget counts any more; the audit keeps what was seen."""
    await work.session.execute(delete(store.looks).where(store.looks.c.created_at < work.now - _DAY))


async def _spend(work: Work, who: UUID, look: Look) -> UUID:
    """One more of theirs, counted one after the other."""
    looker = work.vault.keys.blind("look", f"{look}/{who}")
    await work.taking_turns(looker)
    made = await queries.made_since(work, store.looks.c.looker, looker, work.now - _DAY)
    Budget(rules.BUDGETS[look], rules.LooksTooOften).spend(made, work.now)
    key = work.new_id()
    await work.session.execute(insert(store.looks).values(id=key, looker=looker, created_at=work.now))
    return key


async def _found(work: Work, sought: Sought, areas: list[str]) -> dict[UUID, list[str]]:
    """Person → their rooms in these areas."""
    if sought.by == "name":
        return await _named(work, sought.value, areas)
    if sought.by == "phone":
        number = phones.index_of(work, sign_in.normal_phone(sought.value))
        rows = await work.rows(store.BY_PHONE, index=indexes.versions(work.vault.keys, number), at=work.now, areas=areas)
    else:
        papers = documents.read(sought.by, sought.value, today=work.now.astimezone(CHENGDU).date())
        rows = await work.rows(store.BY_NUMBER, index=index_of(work.vault.keys, papers), at=work.now, areas=areas)
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(row.room)
    return found


async def _named(work: Work, name: str, areas: list[str]) -> dict[UUID, list[str]]:
    """Names are opened one by one inside the area alone: an index of them would tell who has it how often each name is there."""
    rows = await work.rows(store.NAMES, at=work.now, areas=areas, limit=rules.MOST_OPENED + 1)
    if len(rows) > rules.MOST_OPENED:
        raise rules.AreaTooLarge
    wanted, found = normal_name(name), dict[UUID, list[str]]()
    for n, row in enumerate(rows):
        if n % _BREATH == 0:
            await asyncio.sleep(0)
        if normal_name(_opened(work, row)) == wanted:
            found.setdefault(row.person_id, []).append(row.room)
    return dict(list(found.items())[: rules.MOST_FOUND])


def _opened(work: Work, row: Any) -> str:
    """Empty of who was forgotten meanwhile."""
    try:
        work.vault.take(row.person_id, row.wrapped)
        return work.vault.read(row.person_id, Place("people", "name", row.person_id), row.sealed_name)
    except Unreadable:
        return ""


async def _masked(work: Work, person: UUID, rooms: list[str]) -> dict[str, Any]:
    number = (await contacts.clear(work, person)).get("phone")
    return {
        "person_id": person, "name": masked(await people.name_of(work, person)), "rooms": sorted(set(rooms)),
        "phone": rules.masked_phone(number) if number else None,
    }
