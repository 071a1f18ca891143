"""From where admins sign in: set by an admin of the area, obeyed at sign-in and refresh, taken away by an operator."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import below
from chassis.errors import NotFound
from chassis.rights import Actor
from services.identity.domain import networks as rules
from services.identity.store.networks import OF_PERSON, admin_networks
from services.identity.store.tables import areas

_ours = admin_networks.c


@dataclass(frozen=True)
class AdminNetworks:
    """The list of one area."""

    area: str
    networks: list[str]
    changed_by: UUID
    changed_at: datetime


async def listed(work: Work, area: str, *, by: Actor) -> list[AdminNetworks]:
    """The lists of one's area and of those in it; NotFound of an area elsewhere."""
    by.may("networks.read").check(await _named(work, area))
    asked = select(admin_networks).where(below(_ours.area, "below")).order_by(_ours.area)
    found = await work.session.execute(asked, {"below": area})
    return [AdminNetworks(row.area, row.networks, row.changed_by, row.changed_at) for row in found]


async def change(work: Work, area: str, said: list[str], *, by: Actor, address: str) -> AdminNetworks:
    """From now on admins of this area, and of what lies in it, sign in from these networks alone; with none from everywhere.

    NotFound of an area elsewhere, NotANetwork, OwnAddressMissing.
    """
    by.may("networks.change").check(await _named(work, area))
    networks = rules.normal(said)
    rules.must_have(networks, address)
    await work.taking_turns(f"admin-networks/{area}".encode())
    if networks:
        row = {"networks": networks, "changed_by": by.id, "changed_at": work.now}
        new = insert(admin_networks).values(area=area, **row)
        await work.session.execute(new.on_conflict_do_update(index_elements=[_ours.area], set_=row))
    else:
        await work.session.execute(delete(admin_networks).where(_ours.area == area))
    await work.audit("admin-networks.change", f"area/{area}", actor=by.id, reason=", ".join(networks) or "none")
    return AdminNetworks(area, networks, by.id, work.now)


async def clear(work: Work, area: str, *, reason: str) -> None:
    """By an operator, for who shut themselves out: the list is gone; NotFound where there was none."""
    gone = delete(admin_networks).where(_ours.area == area).returning(_ours.area)
    if await work.session.scalar(gone) is None:
        raise NotFound
    await work.audit("admin-networks.clear", f"area/{area}", actor=None, reason=reason)


async def allows(work: Work, person: UUID, address: str) -> bool:
    """Whether the lists of all they administer have the address; who administers nothing comes from anywhere."""
    found = await work.rows(OF_PERSON, person=person, at=work.now)
    return all(rules.holds(list(row.networks), address) for row in found)


@dataclass(frozen=True)
class _Place:
    area: str


async def _named(work: Work, area: str) -> _Place:
    """An area of the tree; NotFound of every other."""
    if await work.session.scalar(select(areas.c.id).where(areas.c.path == area)) is None:
        raise NotFound
    return _Place(area)
