"""Where somebody lives, for staff who may act there, and whether they are somebody still."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis import crypto
from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Permission
from services.identity.domain.place import Binding
from services.identity.store.tables import bindings

_lives = bindings.c


async def home(work: Work, person: UUID, permission: Permission) -> Any:
    """A room of theirs in whose area the actor may do it; NotFound of who lives in none."""
    for one in await of(work, person):
        try:
            permission.check(one)
        except NotFound:
            continue
        return one
    raise NotFound


async def of(work: Work, person: UUID) -> list[Any]:
    """The rooms they belong to now."""
    lasts = (_lives.starts_at <= work.now) & (_lives.ends_at.is_(None) | (_lives.ends_at > work.now))
    return list(await work.session.scalars(select(Binding).where(_lives.person_id == person, lasts).order_by(_lives.id)))


async def must_be_somebody(work: Work, person: UUID) -> None:
    """NotFound of who was forgotten: their homes are kept, the key of what was sealed for them is not."""
    key = select(crypto.person_keys.c.person_id).where(crypto.person_keys.c.person_id == person)
    if await work.session.scalar(key) is None:
        raise NotFound
