"""Questions about people and places that deserve a name."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, bindparam, case, cast, exists, func, null, select

from chassis import crypto
from chassis.db import Work
from chassis.directory import below, reached
from chassis.errors import NotFound
from chassis.pages import Listing
from chassis.prepared import Prepared
from chassis.privacy import moved
from chassis.tables import AreaPath
from services.identity.domain import indexes
from services.identity.store.phones import phone_additions
from services.identity.store.privacy import request_parts
from services.identity.store.proxies import proxies
from services.identity.store.reach import DOOR
from services.identity.store.real_name import duplicates
from services.identity.store.tables import (
    areas,
    assignments,
    bindings,
    codes,
    contacts,
    passkeys,
    people,
    registrations,
    second_factors,
    units,
)
from services.identity.store.tables import password_tries as tries


async def holder(work: Work, kind: str, blind_index: bytes) -> UUID | None:
    """Whose phone or account this is."""
    asked = select(contacts.c.person_id).where(contacts.c.kind == kind, _is(work, blind_index))
    async with work.seeing(DOOR):
        return await work.session.scalar(asked)


def _is(work: Work, index: bytes) -> ColumnElement[bool]:
    """Under whichever key the row was written."""
    return contacts.c.blind_index.in_(indexes.versions(work.vault.keys, index))


async def of_number(work: Work, phone_index: bytes) -> list[Any]:
    """The people of a phone number, who has it longest first, and when they last signed in by it.

    Nobody who was merged, unless it leads to nobody else.
    """
    mine = (contacts.c.kind == "phone") & _is(work, phone_index)
    used_at = func.coalesce(contacts.c.used_at, contacts.c.verified_at).label("used_at")
    merged = exists().where(moved.c.source_id == contacts.c.person_id, moved.c.split_at.is_(None)).label("is_merged")
    asked = select(contacts.c.id, contacts.c.person_id, used_at, merged).where(mine)
    async with work.seeing(DOOR):
        found = list(await work.session.execute(asked.order_by(contacts.c.verified_at, contacts.c.id)))
    return [one for one in found if not one.is_merged] or found


async def has(work: Work, person: UUID, kind: str) -> bool:
    """Whether they are found by such a thing."""
    asked = select(contacts.c.id).where(contacts.c.kind == kind, contacts.c.person_id == person)
    return await work.session.scalar(asked) is not None


async def is_there(work: Work, person: UUID) -> bool:
    """Whether there is such a person anywhere, of whom nothing else is read."""
    async with work.seeing(DOOR):
        return await work.session.scalar(select(people.c.id).where(people.c.id == person)) is not None


async def must_be_somebody(work: Work, person: UUID) -> None:
    """NotFound of who was forgotten: their homes are kept, the key of what was sealed for them is not; and of who was merged."""
    key = select(crypto.person_keys.c.person_id).where(crypto.person_keys.c.person_id == person)
    if await work.session.scalar(key) is None or await leads(work, person) != person:
        raise NotFound


async def leads(work: Work, person: UUID) -> UUID:
    """Who this id stands for: into whom they were merged, or themselves."""
    found: UUID | None = await work.value(_INTO, person=person)
    return found or person


async def second_factor(work: Work, person: UUID) -> Any:
    """The authenticator that is asked for when they sign in; None if they have none."""
    return await work.row(_AUTHENTICATOR, person=person)


async def factors(work: Work, person: UUID) -> list[str]:
    """By what they may take the second step: `otp`, `passkey`; of who has no second factor none."""
    by = ["otp"] if await second_factor(work, person) is not None else []
    return [*by, "passkey"] if await work.value(_PASSKEY, person=person) is not None else by


async def is_guarded(work: Work, person: UUID) -> bool:
    """Whether they have a second factor, of any kind."""
    return bool(await factors(work, person))


async def made_since(work: Work, column: Any, index: bytes | UUID, since: datetime) -> list[datetime]:
    """When codes were asked for, or tries made, by this phone, account or address."""
    made_at = column.table.c.created_at
    return list(await work.session.scalars(select(made_at).where(column == index, made_at > since)))


async def last_code_but(work: Work, most: int) -> datetime | None:
    """When the last code but so many was asked for, by whomever."""
    asked = select(codes.c.created_at).order_by(codes.c.created_at.desc()).offset(most - 1).limit(1)
    return await work.session.scalar(asked)


async def staff_by_login(work: Work, login: str) -> Any:
    """The account of a login."""
    async with work.seeing(DOOR):
        return await work.row(_BY_LOGIN, login=login)


async def password_tries(work: Work, login: bytes, address: bytes, since: datetime) -> tuple[int, int, int]:
    """How many were wrong: for this login from this address, for the login, from the address."""
    [found] = await work.rows(_TRIES, login=login, address=address, since=since)
    return found[0], found[1], found[2]


async def settled(work: Work, request: UUID, act: str) -> dict[str, str]:
    """What each service has said of its part of a request: service → state."""
    mine = (request_parts.c.request_id == request) & (request_parts.c.act == act)
    rows = await work.session.execute(select(request_parts.c.service, request_parts.c.state).where(mine))
    return {row.service: row.state for row in rows}


_of_login, _of_address = tries.c.login_index == bindparam("login"), tries.c.address_index == bindparam("address")
_counts: list[Any] = [func.count().filter(which) for which in (_of_login & _of_address, _of_login, _of_address)]
_TRIES = Prepared(
    select(*_counts)
    .select_from(tries).where(tries.c.at > bindparam("since"), _of_login | _of_address)
)
_BY_LOGIN = Prepared(select(people).where(people.c.login == bindparam("login")))
_AUTHENTICATOR = Prepared(select(second_factors).where(
    second_factors.c.person_id == bindparam("person"), second_factors.c.active_from.is_not(None),
))
_PASSKEY = Prepared(select(passkeys.c.id).where(passkeys.c.person_id == bindparam("person")).limit(1))
_INTO = Prepared(select(moved.c.survivor_id).where(moved.c.source_id == bindparam("person"), moved.c.split_at.is_(None)))


def in_areas(area: Any) -> Any:
    """The rows in one of the places that the parameter `areas` gives, however many."""
    return area == func.any(cast(bindparam("areas", type_=ARRAY(Text)), ARRAY(AreaPath)))


AREAS = Listing(
    select(areas).where(areas.c.closed.is_(False)), areas.c.id,
    below=below(areas.c.path, "below"), kind=areas.c.kind == bindparam("kind"),
)
UNITS = Listing(select(units), units.c.id, below=below(units.c.area, "below"))
ASSIGNMENTS = Listing(select(assignments).where(reached(assignments.c.area, owner=assignments.c.person_id)), assignments.c.id)
BINDINGS = Listing(select(bindings).where(reached(bindings.c.area, owner=bindings.c.person_id)), bindings.c.id)
PHONE_ADDITIONS = Listing(
    select(phone_additions).where(reached(phone_additions.c.area)), phone_additions.c.id,
    state=phone_additions.c.state == bindparam("state"),
)
PROXIES = Listing(
    select(proxies, case((proxies.c.state == "waiting", null()), else_=proxies.c.scopes).label("allows")).where(
        reached(proxies.c.area, owner=proxies.c.principal_id) | (proxies.c.actor_id == bindparam("owner", type_=Uuid))
    ), proxies.c.id, state=proxies.c.state == bindparam("state"),
)
REGISTRATIONS = Listing(
    select(registrations).where(reached(registrations.c.area)), registrations.c.id,
    state=registrations.c.state == bindparam("state"),
)
_ONE = exists().where(moved.c.source_id.in_((duplicates.c.person_id, duplicates.c.other_id)), moved.c.split_at.is_(None))
DUPLICATES = Listing(select(duplicates).where(reached(duplicates.c.area), ~_ONE), duplicates.c.id)
