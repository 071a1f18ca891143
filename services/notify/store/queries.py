"""Questions about notices that deserve a name."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Text, Uuid, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import assignments, reached, units
from chassis.envelope import uuid7
from chassis.pages import Listing
from chassis.prepared import Prepared
from chassis.privacy import moved
from chassis.tables import AreaPath
from contracts.event import OFFICES
from services.notify.domain.notice import Notice
from services.notify.store.tables import notices

_WAITING = notices.c.read_at.is_(None) & notices.c.history.is_(False)
INBOX = Listing(select(notices).where(notices.c.person_id == bindparam("owner", type_=Uuid)), notices.c.pos, unread=_WAITING)
DONE_FOR = Listing(
    select(notices).where(
        notices.c.template == "done-for-you", notices.c.subject.like("report/%"), reached(notices.c.area)
    ), notices.c.pos, person=notices.c.person_id == bindparam("person", type_=Uuid),
)
_UNREAD = Prepared(select(func.count(notices.c.pos)).where(_WAITING, notices.c.person_id == bindparam("person")))
_COLUMNS = [column.name for column in notices.c if column.name != "pos"]
_SAY = Prepared(insert(notices).on_conflict_do_nothing().returning(notices.c.id), "pos", *_COLUMNS)

_MERGED = Prepared(select(moved.c.source_id, moved.c.survivor_id).where(
    moved.c.source_id == func.any(bindparam("people", type_=ARRAY(Uuid))), moved.c.split_at.is_(None)
))


def _there(whom: Any) -> Prepared:
    """Of the assignments so described, whose they are: those in force whose area contains the place."""
    at = bindparam("at", type_=DateTime(timezone=True))
    held = (assignments.c.starts_at <= at) & or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > at)
    around = assignments.c.area.op("@>", is_comparison=True)(bindparam("place", type_=AreaPath))
    return Prepared(select(assignments.c.person_id).distinct().where(whom, held, around))


_MEMBERS = _there(assignments.c.unit_id == func.any(bindparam("units", type_=ARRAY(Uuid))))
_STILL = _there(
    (assignments.c.person_id == func.any(bindparam("people", type_=ARRAY(Uuid))))
    & (assignments.c.role == func.any(bindparam("offices", type_=ARRAY(Text))))
)
_UNIT_NAME = Prepared(select(units.c.name).where(units.c.id == bindparam("unit")))


async def keep(work: Work, notice: Notice) -> bool:
    """Keep what somebody is told; False if it was kept before."""
    said = {name: getattr(notice, name) for name in _COLUMNS}
    return await work.row(_SAY, pos=uuid7(notice.created_at), **said) is not None


async def unread_count(work: Work, person: UUID) -> int:
    """How many notices wait to be read."""
    found: int = await work.value(_UNREAD, person=person)
    return found


async def members(work: Work, unit_ids: Sequence[UUID], place: str) -> list[UUID]:
    """Who is of these units and serves where the place lies; each once."""
    return [row.person_id for row in await work.rows(_MEMBERS, units=list(unit_ids), place=place, at=work.now)]


async def still_serving(work: Work, people: Sequence[UUID], place: str) -> set[UUID]:
    """Those of these people who hold an office where the place lies."""
    asked = {"people": list(people), "offices": sorted(OFFICES), "place": place, "at": work.now}
    return {row.person_id for row in await work.rows(_STILL, **asked)}


async def unit_name(work: Work, unit: UUID) -> str | None:
    """What a unit is called, None of one that is not known (yet)."""
    found: str | None = await work.value(_UNIT_NAME, unit=unit)
    return found


async def led(work: Work, people: Iterable[UUID]) -> list[UUID]:
    """These, each once; in place of who was merged into another that other."""
    asked = list(people)
    merged = {row.source_id: row.survivor_id for row in await work.rows(_MERGED, people=asked)}
    return list(dict.fromkeys(merged.get(one, one) for one in asked))
