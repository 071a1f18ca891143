"""Questions about anchors that deserve a name."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import areas, below, reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.rights import Scope
from chassis.tables import AreaPath
from services.reports.domain.anchor import ENDED, Anchor
from services.reports.store.parts import FILED
from services.reports.store.tables import anchors, reports

ANCHORS = Listing(
    select(anchors).where(reached(anchors.c.area)), anchors.c.id, area=below(anchors.c.area, "area"),
    hanging=anchors.c.revoked_at.is_(None),
)
_MOST_SHOWN = 20
_ANCHOR = Prepared(select(anchors).where(anchors.c.id == bindparam("key")))
_ENTER = Prepared(insert(anchors).on_conflict_do_nothing().returning(anchors.c.id), *anchors.c.keys())
_AROUND = Prepared(select(areas.c.path, areas.c.name).where(
    areas.c.path.op("@>", is_comparison=True)(bindparam("place", type_=AreaPath)), areas.c.closed.is_(False)
).order_by(func.nlevel(areas.c.path)))
_HANGING = Prepared(select(anchors).join(areas, areas.c.path == anchors.c.area).where(
    below(anchors.c.area, "area"), reached(anchors.c.area), anchors.c.revoked_at.is_(None), areas.c.closed.is_(False)
).order_by(anchors.c.area, anchors.c.asset).limit(bindparam("most", type_=Integer)))
_HANGING_OF = Prepared(select(anchors).join(areas, areas.c.path == anchors.c.area).where(
    anchors.c.id == func.any(bindparam("keys", type_=ARRAY(Uuid))), reached(anchors.c.area), anchors.c.revoked_at.is_(None),
    areas.c.closed.is_(False),
).order_by(anchors.c.area, anchors.c.asset))
_BY_PLACE = and_(reports.c.anchor_id.is_(None), reports.c.area == bindparam("place", type_=AreaPath))
_OPEN_THERE = Prepared(select(
    reports.c.id, reports.c.number, reports.c.category, reports.c.status, reports.c.submitted_at.label("since"),
    reports.c.supporters,
).where(
    FILED, (reports.c.anchor_id == bindparam("anchor")) | _BY_PLACE, *(reports.c.status != one for one in sorted(ENDED))
).order_by(reports.c.id.desc()).limit(_MOST_SHOWN))


async def anchor_of(work: Work, key: UUID) -> Anchor | None:
    """The anchor of this id, hanging or not; nobody need be signed in."""
    row = await work.row(_ANCHOR, key=key)
    return Anchor(**row) if row is not None else None


async def keep_anchor(work: Work, made: Anchor) -> bool:
    """Keep a new anchor; False if one of that name hangs there."""
    return await work.row(_ENTER, **vars(made)) is not None


async def around(work: Work, place: str) -> list[Row]:
    """The open areas that a place lies in, the largest first, itself the last."""
    return await work.rows(_AROUND, place=place)


async def hanging(work: Work, scope: Scope, area: str, most: int) -> list[Anchor]:
    """The anchors that hang in an area, place by place, no more than so many."""
    return [Anchor(**row) for row in await work.rows(_HANGING, **vars(scope), area=area, most=most)]


async def hanging_of(work: Work, scope: Scope, keys: Sequence[UUID]) -> list[Anchor]:
    """Those of these anchors that hang, place by place."""
    return [Anchor(**row) for row in await work.rows(_HANGING_OF, **vars(scope), keys=list(keys))]


async def open_there(work: Work, anchor: Anchor) -> list[dict[str, Any]]:
    """What is open there, newest first: filed by this code, or for exactly this place without any; public fields alone."""
    return [dict(row) for row in await work.rows(_OPEN_THERE, anchor=anchor.id, place=anchor.area)]
