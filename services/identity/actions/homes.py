"""Where people live, and whether who serves there may do something about them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Permission
from services.identity.domain.place import Binding
from services.identity.store.agreement import agreed
from services.identity.store.periods import holds
from services.identity.store.tables import bindings

_theirs = bindings.c


def lived_in(work: Work) -> Any:
    """The bindings that hold now; what nobody agreed to is nobody's home."""
    return holds(_theirs, work.now) & agreed(_theirs)


async def of(work: Work, person: UUID) -> list[Binding]:
    """The rooms a person belongs to now."""
    asked = select(Binding).where(_theirs.person_id == person, lived_in(work)).order_by(_theirs.id)
    return list(await work.session.scalars(asked))


async def reached(work: Work, person: UUID, permission: Permission) -> Binding:
    """A room of theirs in whose area the actor may do it; NotFound of who lives in none."""
    for home in await of(work, person):
        try:
            permission.check(home)
        except NotFound:
            continue
        return home
    raise NotFound
