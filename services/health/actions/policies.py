"""Laying down what giving back late and not coming costs; and what is said of it before somebody books."""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from chassis.db import Work
from chassis.directory import area_exists
from chassis.errors import NotFound
from chassis.rights import Actor
from services.health.domain.hospital import Hospital, NotInTheDirectory
from services.health.domain.policy import Policy
from services.health.store import policies as store


async def lay_down(work: Work, said: Policy, *, by: Actor) -> Policy:
    """The next version for an area, or for a hospital in its area; those before it stay for what was booked under them."""
    may = by.may("policies.keep")
    may.check(said)
    if said.hospital_id is not None and (await work.seen(Hospital, said.hospital_id, may)).area != said.area:
        raise NotFound
    said.check()
    if not await area_exists(work, said.area):
        raise NotInTheDirectory
    await work.taking_turns(uuid5(NAMESPACE_OID, f"policy {said.area} {said.hospital_id}").bytes)
    said.version = await store.last(work, said.area, said.hospital_id) + 1
    work.session.add(said)
    await work.session.flush()
    await work.audit("policies.keep", f"policy/{said.id}", actor=by.id)
    return said


async def with_deadlines(work: Work, slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Free times, each with `cancel_until`: until when it would be given back for nothing."""
    known: dict[Any, Policy] = {}
    for slot in slots:
        where = slot["area"], slot["department_id"]
        if where not in known:
            known[where] = await store.in_force(work, *where)
        slot["cancel_until"] = known[where].deadline(slot["starts_at"])
    return slots
