"""Areas and units: the tree everything else hangs on."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis.db import Work
from chassis.rights import Actor
from services.identity.domain.place import Area, AreaThere, NoSuchParent, Unit
from services.identity.store.tables import areas


async def add_area(
    work: Work, *, by: Actor | None, path: str, kind: str, name: str, area_id: UUID | None = None
) -> Area:
    """A new node below one that is there; `by` is nobody only when the data is first made."""
    area = Area(area_id or work.new_id(), path, kind, name)
    if by is not None:
        by.may("areas.write").check(area)
    parent = select(areas.c.id).where(areas.c.path == area.parent, areas.c.closed.is_(False))
    if area.parent and await work.session.scalar(parent) is None:
        raise NoSuchParent
    work.session.add(area)
    try:
        await work.session.flush()
    except IntegrityError as taken:
        raise AreaThere from taken
    work.announce(area.added())
    return area


async def add_unit(
    work: Work, *, by: Actor | None, area: str, kind: str, name: str, serves: list[str], unit_id: UUID | None = None
) -> Unit:
    """An organisation that serves areas."""
    unit = Unit(unit_id or work.new_id(), area, kind, name, None, serves)
    if by is not None:
        by.may("units.write").check(unit)
        there = await work.session.scalars(select(areas.c.path).where(areas.c.path.in_({area, *serves})))
        if set(there) != {area, *serves}:
            raise NoSuchParent
    work.session.add(unit)
    work.announce(unit.added())
    return unit
