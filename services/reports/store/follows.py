"""What reports keeps of who follows what, and whom a step concerns by it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Index, Table, Text, Uuid, bindparam, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import assignments, bindings
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from services.reports.domain.follow import Follow
from services.reports.store.tables import metadata

_COMMUNITY_DEPTH = 3
follows = Table(
    "follows", metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("anchor_id", Uuid, ForeignKey("anchors.id"), comment="of one poster alone"),
    Column("category", Text),
    Column("followed_at", DateTime(timezone=True), nullable=False),
    Index("uq_follows_once", "person_id", "area", "anchor_id", "category", unique=True, postgresql_nulls_not_distinct=True),
    Index("ix_follows_area_gist", "area", postgresql_using="gist"),
)
_MINE = follows.c.person_id == bindparam("person", type_=Uuid)
_KEEP = Prepared(insert(follows).on_conflict_do_nothing().returning(follows.c.id), *follows.c.keys())
_ALL = Prepared(select(follows).where(_MINE).order_by(follows.c.id))
_GONE = Prepared(delete(follows).where(_MINE, follows.c.id == bindparam("key", type_=Uuid)).returning(follows.c.id))
_NOW, _AREA = bindparam("now", type_=DateTime(timezone=True)), bindparam("area", type_=AreaPath)
_COMMUNITY = func.subpath(follows.c.area, 0, _COMMUNITY_DEPTH)


def _is_there(table: Table) -> Any:
    """Whether they live, or serve, in that community still."""
    return select(table.c.id).where(
        table.c.person_id == follows.c.person_id, table.c.area.op("<@", is_comparison=True)(_COMMUNITY),
        table.c.starts_at <= _NOW, or_(table.c.ends_at.is_(None), table.c.ends_at > _NOW),
    ).exists()


_CONCERNED = Prepared(select(follows.c.person_id).distinct().where(
    follows.c.area.op("@>", is_comparison=True)(_AREA),
    or_(follows.c.anchor_id.is_(None), follows.c.anchor_id == bindparam("anchor", type_=Uuid)),
    or_(follows.c.category.is_(None), follows.c.category == bindparam("category", type_=Text)),
    or_(_is_there(bindings), _is_there(assignments)),
).order_by(follows.c.person_id))


async def of_person(work: Work, person: UUID) -> list[Row]:
    """What somebody follows, oldest first."""
    return await work.rows(_ALL, person=person)


async def keep(work: Work, made: Follow) -> None:
    """Keep it, unless it is kept already."""
    await work.row(_KEEP, **vars(made))


async def remove(work: Work, key: UUID, person: UUID) -> bool:
    """One's own is kept no longer; False if there is none."""
    return await work.row(_GONE, key=key, person=person) is not None


async def concerned(work: Work, area: str, *, anchor: UUID | None, category: str) -> list[UUID]:
    """Who follows what lies here, hangs there, or is about this; of those who live or serve in the community still."""
    rows = await work.rows(_CONCERNED, area=area, anchor=anchor, category=category, now=work.now)
    return [row.person_id for row in rows]


async def forget(work: Work, person: UUID) -> None:
    """What somebody followed goes with them."""
    await work.session.execute(delete(follows).where(follows.c.person_id == person))
