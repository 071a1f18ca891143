"""The service's own copy of areas, units, assignments, bindings and revocations, filled by identity's events.

Every row remembers the sequence it came with; an older event never overwrites a newer one.
"""

import time
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.bus import Consumers
from chassis.db import Database, Work
from chassis.errors import Unavailable
from chassis.prepared import Prepared, Row
from chassis.rights import Actor, Assignment, Rights
from chassis.tables import AreaPath, metadata
from contracts import identity, identity_homes
from contracts.area import Role
from contracts.event import Event

_THIS_TRANSACTION = cast(cast(func.pg_current_xact_id(), Text), BigInteger)


def _kept_in() -> Column[int]:
    return Column("kept_in", BigInteger, index=True, comment="the transaction that kept this row")


areas = Table(
    "directory_areas", metadata,
    Column("id", Uuid, primary_key=True),
    Column("path", AreaPath, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("moved_from", AreaPath),
    Column("seq", BigInteger, nullable=False),
    Index("ix_directory_areas_path_gist", "path", postgresql_using="gist"),
    Index("ix_directory_areas_said", text("(path::text)")),  # many are looked for as they are said: ten times as cheap as paths
)

units = Table(
    "directory_units", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_id", Uuid),
    Column("serves", ARRAY(Text), nullable=False),
    Column("seq", BigInteger, nullable=False),
)

assignments = Table(
    "directory_assignments", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("unit_id", Uuid),
    Column("display_name", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False, index=True),
    Column("ends_at", DateTime(timezone=True), index=True),
    Column("seq", BigInteger, nullable=False),
    _kept_in(),
    Index("ix_directory_assignments_area_gist", "area", postgresql_using="gist"),
)

bindings = Table(
    "directory_bindings", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("area", AreaPath, nullable=False),
    Column("kind", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False, index=True),
    Column("ends_at", DateTime(timezone=True), index=True),
    Column("seq", BigInteger, nullable=False),
    _kept_in(),
)

revocations = Table(
    "directory_revocations", metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("not_before", DateTime(timezone=True), nullable=False),
    _kept_in(),
)

mark = Table(
    "directory_mark", metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("marked_at", DateTime(timezone=True), nullable=False),
)

STALE_FOR_STAFF = 5.0
STALE_FOR_RESIDENTS = 60.0
_FORGET, _BOUND = 2.0, 20_000  # seconds; persons


class DirectoryStale(Unavailable):
    """A dangerous act needs to know who holds which role now, and identity has not been heard for too long."""

    zh = "权限信息暂未更新，为安全起见此操作稍后再试"


def consumers(service: str) -> Consumers:
    """The consumers that keep this service's copy; the same for all."""
    listening = Consumers(service, "directory")
    for shape, keep in _KEEPERS.items():
        listening.on(shape)(keep)
    return listening


async def _keep(work: Work, table: Table, row: dict[str, Any]) -> None:
    row |= {"seq": work.received.sequence if work.received else 0}
    saying = insert(table).values(row)
    newer = saying.on_conflict_do_update(
        index_elements=[table.c.id], set_={name: saying.excluded[name] for name in row if name != "id"},
        where=table.c.seq < saying.excluded.seq,
    )
    await work.session.execute(newer)


async def keep_area(event: identity.AreaChanged, work: Work) -> None:
    row = event.model_dump(include={"path", "kind", "name", "closed", "moved_from"})
    await _keep(work, areas, {"id": event.area_id, **row})


async def keep_unit(event: identity.UnitChanged, work: Work) -> None:
    row = event.model_dump(include={"kind", "name", "parent_id"})
    await _keep(work, units, {"id": event.unit_id, "area": event.area, "serves": list(event.serves), **row})


async def keep_assignment(event: identity.AssignmentChanged, work: Work) -> None:
    row = event.model_dump(include={"person_id", "role", "unit_id", "display_name", "starts_at", "ends_at"})
    await _keep(work, assignments, {"id": event.assignment_id, "area": event.area, "kept_in": _THIS_TRANSACTION, **row})


async def keep_binding(event: identity.BindingChanged | identity_homes.HelperChanged, work: Work) -> None:
    row = event.model_dump(include={"person_id", "kind", "starts_at", "ends_at"})
    await _keep(work, bindings, {"id": event.binding_id, "area": event.area, "kept_in": _THIS_TRANSACTION, **row})


async def keep_revocation(event: identity.AccessRevoked, work: Work) -> None:
    saying = insert(revocations).values(person_id=event.person_id, not_before=event.not_before, kept_in=_THIS_TRANSACTION)
    later = func.greatest(revocations.c.not_before, saying.excluded.not_before)
    renewed = {"not_before": later, "kept_in": saying.excluded.kept_in}
    await work.session.execute(saying.on_conflict_do_update(index_elements=[revocations.c.person_id], set_=renewed))


async def keep_mark(event: identity.DirectoryMarked, work: Work) -> None:
    said_at = work.received.time if work.received else work.now
    saying = insert(mark).values(id=event.directory_id, position=event.position, marked_at=said_at)
    renewed = {"position": saying.excluded.position, "marked_at": saying.excluded.marked_at}
    is_newer = mark.c.marked_at < saying.excluded.marked_at
    await work.session.execute(saying.on_conflict_do_update(index_elements=[mark.c.id], set_=renewed, where=is_newer))


_KEEPERS: dict[type[Event], Any] = {
    identity.AreaChanged: keep_area, identity.UnitChanged: keep_unit, identity.AssignmentChanged: keep_assignment,
    identity.BindingChanged: keep_binding, identity_homes.HelperChanged: keep_binding,
    identity.AccessRevoked: keep_revocation, identity.DirectoryMarked: keep_mark,
}


def _holds(table: Table) -> Any:
    """What is so at a moment."""
    at = bindparam("at", type_=DateTime(timezone=True))
    return (table.c.starts_at <= at) & or_(table.c.ends_at.is_(None), table.c.ends_at > at)


def _held(person: Any) -> Prepared:
    """What persons hold at a moment, and from when on tokens are void: roles, homes (of no role), revocations (of no area)."""
    role, unit, moment = null().cast(Text), null().cast(Uuid), null().cast(DateTime(timezone=True))
    one, home, void = assignments.c, bindings.c, revocations.c

    def now(table: Table, *columns: Any) -> Select[Any]:
        return select(table.c.person_id, *columns).where(table.c.person_id == person, _holds(table))

    return Prepared(union_all(
        now(assignments, one.role, one.area, one.unit_id, one.starts_at, one.ends_at),
        now(bindings, role, home.area, unit, moment, moment),
        select(void.person_id, role, null().cast(AreaPath), unit, void.not_before, moment).where(void.person_id == person),
    ))


_OF_ONE = _held(bindparam("person", type_=Uuid))  # by equality: so the database plans it once, and not at each request
_OF_MANY = _held(func.any(bindparam("persons", type_=ARRAY(Uuid))))


class Directory:
    """Answers who somebody is, from the local copy; an answer is kept for at most two seconds."""

    def __init__(self, database: Database, rights: Rights) -> None:
        self._database = database
        self._rights = rights
        self._known: dict[UUID, tuple[float, Actor, datetime | None]] = {}

    async def actor(self, person: UUID, scopes: frozenset[str] | None = None) -> tuple[Actor, datetime | None]:
        """The person's roles and homes now, and the moment before which their tokens are void."""
        kept = self._known.get(person)
        if kept is None or time.monotonic() - kept[0] > _FORGET:
            found = (await self.look_up([person]))[person]
            if len(self._known) > _BOUND:
                self._known.clear()
            kept = self._known[person] = (time.monotonic(), *found)
        return (kept[1] if scopes is None else replace(kept[1], scopes=scopes)), kept[2]

    async def look_up(self, persons: list[UUID]) -> dict[UUID, tuple[Actor, datetime | None]]:
        """The same of many at once, as it is now."""
        held: dict[UUID, list[Row]] = {person: [] for person in persons}
        asked = _OF_ONE if len(held) == 1 else _OF_MANY
        async with self._database.reading() as work:
            for row in await work.rows(asked, person=next(iter(held), None), persons=persons, at=work.now):
                held[row.person_id].append(row)
        return {person: self._told(person, rows) for person, rows in held.items()}

    def _told(self, person: UUID, held: list[Row]) -> tuple[Actor, datetime | None]:
        roles = tuple(Assignment(Role(role), *place_and_time) for _, role, *place_and_time in held if role is not None)
        homes = tuple(row.area for row in held if row.role is None and row.area is not None)
        return Actor(person, roles, homes, self._rights), next((row.starts_at for row in held if row.area is None), None)


_HEARD = Prepared(select(func.max(mark.c.marked_at)))


async def must_be_fresh(work: Work, actor: Actor) -> None:
    """Refuse with DirectoryStale when identity was last heard too long ago for a dangerous act."""
    heard = await work.value(_HEARD)
    age = (work.now - heard).total_seconds() if heard else float("inf")
    if age > (STALE_FOR_STAFF if actor.assignments else STALE_FOR_RESIDENTS):
        raise DirectoryStale(retry_after=2)


def reached(area: Any, *, owner: Any = None, homes: bool = False) -> Any:
    """The rows of a list that a scope reaches: by their area, by whom they belong to, by the homes in their area."""
    reach = area.op("<@", is_comparison=True)(_any("areas"))
    if homes:
        reach |= area.op("@>", is_comparison=True)(_any("homes"))
    return reach if owner is None else reach | (owner == bindparam("owner", type_=Uuid))


def below(area: Any, name: str) -> Any:
    """The rows at or below the one area that the parameter of this name gives."""
    return area.op("<@", is_comparison=True)(bindparam(name, type_=AreaPath))


def _any(name: str) -> Any:
    """One of the paths that the parameter of this name gives; none of them, nothing."""
    return func.any(cast(bindparam(name, type_=ARRAY(Text)), ARRAY(AreaPath)))


def open_area(name: str) -> Any:
    """The id of the area that the parameter of this name gives, if it is an open one of the tree."""
    return select(areas.c.id).where(areas.c.path == bindparam(name, type_=AreaPath), areas.c.closed.is_(False))


_IS_OPEN = Prepared(open_area("place"))


async def area_exists(work: Work, path: str) -> bool:
    """Whether the path is an open area of the tree."""
    return await work.value(_IS_OPEN, place=path) is not None


_SERVING = Prepared(select(assignments.c.person_id, assignments.c.area).where(
    assignments.c.role == bindparam("role"), _holds(assignments),
    assignments.c.area.op("@>", is_comparison=True)(bindparam("place", type_=AreaPath)),
))


async def serving(work: Work, role: Role, place: str) -> list[UUID]:
    """Who serves in the role where the place lies, the nearest area first."""
    found = sorted(await work.rows(_SERVING, role=role, at=work.now, place=place), key=lambda row: -len(row.area))
    return [row.person_id for row in found]
