"""Questions about people and places that deserve a name."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from chassis.db import Work
from chassis.directory import below, within
from chassis.rights import Scope
from services.identity.store.tables import areas, assignments, bindings, codes, contacts, people, units
from services.identity.store.tables import password_tries as tries


async def person_by_phone(work: Work, blind_index: bytes) -> UUID | None:
    """Whose phone this is."""
    asked = select(contacts.c.person_id).where(contacts.c.kind == "phone", contacts.c.blind_index == blind_index)
    return await work.session.scalar(asked)


async def sent_since(work: Work, column: Any, index: bytes, since: datetime) -> list[datetime]:
    """When codes were asked for by this phone or address."""
    asked = select(codes.c.created_at).where(column == index, codes.c.created_at > since)
    return list(await work.session.scalars(asked))


async def staff_by_login(work: Work, login: str) -> Any:
    """The account of a login."""
    return (await work.session.execute(select(people).where(people.c.login == login))).first()


def password_tries(login: bytes, address: bytes, since: datetime) -> Any:
    """How many were wrong: for this login from this address, for the login, from the address."""
    of_login, of_address = tries.c.login_index == login, tries.c.address_index == address
    counts = [func.count().filter(which) for which in (of_login & of_address, of_login, of_address)]
    return select(*counts).select_from(tries).where(tries.c.at > since, of_login | of_address)


def areas_below(path: str | None, kind: str | None) -> Select[Any]:
    """Open areas, all or below one, all kinds or one; names of places are no secret."""
    asked = select(areas).where(areas.c.closed.is_(False))
    if path is not None:
        asked = asked.where(below(areas.c.path, (path,)))
    return asked.where(areas.c.kind == kind) if kind is not None else asked


def units_serving(path: str | None) -> Select[Any]:
    """Units, all or those that lie at or below an area."""
    asked = select(units)
    return asked.where(below(units.c.area, (path,))) if path is not None else asked


def assignments_in(scope: Scope) -> Select[Any]:
    """Assignments the scope reaches."""
    return select(assignments).where(within(assignments.c.area, scope, assignments.c.person_id))


def bindings_in(scope: Scope) -> Select[Any]:
    """Bindings the scope reaches."""
    return select(bindings).where(within(bindings.c.area, scope, bindings.c.person_id))
