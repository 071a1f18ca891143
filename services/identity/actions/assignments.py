"""Who serves whom: granted and ended by those who may, heard everywhere."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.directory import area_exists
from chassis.errors import NotFound
from chassis.rights import Actor
from contracts.area import Role
from services.identity.actions import agreements, covers, granting, proxies
from services.identity.domain.granting import must_be_a_time
from services.identity.domain.place import Assignment, Binding, NoSuchParent, NoSuchUnit, NotARoom, Unit, must_fit
from services.identity.store.queries import is_there
from services.identity.store.tables import areas


async def grant(
    work: Work, *, by: Actor | None, person: UUID, role: Role, area: str, unit: UUID | None, display_name: str,
    ends_at: datetime | None = None,
) -> Assignment:
    """Let a person serve in an area of one's own, for no longer than one does; BeyondOnesOwn, NotATime."""
    made = Assignment(
        work.new_id(), person, role, area, unit, display_name, by.id if by else None, work.now, ends_at
    )
    if by is not None:
        by.may("assignments.grant").check(made)
        must_be_a_time(made.starts_at, ends_at, at=work.now)
        await granting.must_be_theirs_to_give(work, by.id, [made])
        await _is_there(work, person, area)
    if unit is not None and await work.session.get(Unit, unit) is None:
        raise NoSuchUnit
    work.session.add(made)
    await work.audit("assignments.grant", f"person/{person}", actor=by.id if by else None, reason=f"{role} {area}")
    work.announce(made.changed())
    return made


async def end(work: Work, assignment_id: UUID, *, by: Actor) -> Assignment:
    """The person no longer serves; other services hear it within seconds."""
    held = await work.locked(Assignment, assignment_id, by.may("assignments.grant"))
    await granting.must_still_serve(work, by.may("assignments.grant"), held.area)
    work.announce(held.end(at=work.now))
    await work.audit("assignments.end", f"assignment/{assignment_id}", actor=by.id)
    await covers.end_what_rests_on(work, held, by=by.id)
    return held


async def bind(
    work: Work, *, by: Actor | None, person: UUID, room: str, kind: str, ends_at: datetime | None = None
) -> Binding:
    """A person belongs to a room, says somebody who may know: it waits for their answer. By nobody, the first data, it holds."""
    made = Binding(work.new_id(), person, room, kind, by.id if by else None, work.now, ends_at)
    if by is None:
        made.settle("operator", by=None, at=work.now)
    else:
        by.may("bindings.approve").check(made)
        await _is_there(work, person, room)
        if await work.session.scalar(select(areas.c.kind).where(areas.c.path == room)) != "room":
            raise NotARoom
        must_fit(kind, made.starts_at, ends_at, at=work.now)
        await agreements.must_be_new(work, made)
    work.session.add(made)
    await work.audit("bindings.approve", f"person/{person}", actor=by.id if by else None)
    work.announce(made.ask(work.now) if by else made.changed())
    return made


async def unbind(work: Work, binding_id: UUID, *, by: Actor) -> Binding:
    """The person has moved out."""
    held = await work.locked(Binding, binding_id, by.may("bindings.approve"))
    agreements.say(work, held.end(at=work.now))
    await proxies.binding_ended(work, binding_id)
    await work.audit("bindings.end", f"binding/{binding_id}", actor=by.id)
    return held


async def _is_there(work: Work, person: UUID, area: str) -> None:
    if not await is_there(work, person):
        raise NotFound("没有这个人")
    if not await area_exists(work, area):
        raise NoSuchParent
