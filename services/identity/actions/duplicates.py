"""Two who may be one person: a finding for staff, who ask both; nobody is merged."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from contracts.area import lineage
from contracts.identity import DuplicateFound
from services.identity.actions import homes
from services.identity.store.real_name import duplicates


async def found(work: Work, person: UUID, other: UUID) -> None:
    """Once for two of them, for staff who serve where both live; of who lives nowhere, where the other does."""
    area = _shared([home.area for one in (person, other) for home in await homes.of(work, one)])
    row = {"id": work.new_id(), "person_id": person, "other_id": other, "area": area, "found_at": work.now}
    new = insert(duplicates).values(row).on_conflict_do_nothing().returning(duplicates.c.id)
    key = await work.session.scalar(new)
    if key is not None:
        work.announce(DuplicateFound(area=area or "", duplicate_id=key, person_id=person, other_id=other))


def _shared(places: list[str]) -> str | None:
    """The smallest area that holds all of them; None without any, or where they share none."""
    paths = [set(lineage(place)) for place in places]
    return max(set.intersection(*paths), key=len, default=None) if paths else None
