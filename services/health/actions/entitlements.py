"""Saying for whom seats are set aside."""

from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.rights import Actor
from services.health.domain.entitlement import Entitlement, NotAResidentHere
from services.health.store import queries
from services.health.store.tables import entitlements


async def mark(work: Work, said: Entitlement, *, by: Actor) -> Entitlement:
    """A resident is entitled on a ground, until `ends_at` if it is given; what is said last holds."""
    by.may("entitlements.keep").check(said)
    if not await queries.lives_in(work, said.person_id, said.area):
        raise NotAResidentHere
    row = {column.name: getattr(said, column.name) for column in entitlements.columns}
    saying = insert(entitlements).values(row)
    kept = saying.on_conflict_do_update(
        index_elements=["person_id", "area", "ground"],
        set_={name: saying.excluded[name] for name in ("ends_at", "marked_by", "marked_at")},
    )
    said.id = (await work.session.execute(kept.returning(entitlements.c.id))).scalar_one()
    await work.audit("entitlements.keep", f"entitlement/{said.id}", actor=by.id)
    return said
