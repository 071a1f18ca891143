"""Questions of the map: what lies in a box, along the index of points; and how many people stand behind a cell."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import DateTime, Float, Integer, bindparam, cast, func, select, text

from chassis.db import Work
from chassis.directory import below, reached
from chassis.prepared import Prepared, Row
from services.reports.domain.anchor import NARROWEST
from services.reports.domain.viewport import FEWEST, PUBLIC_CELL, Box
from services.reports.domain.worklist import List
from services.reports.store.dues import dues
from services.reports.store.parts import FILED, PARENT_NUMBER
from services.reports.store.tables import IN_HAND, reports
from services.reports.store.worklists import FILTERS, LISTS

_WEST, _SOUTH, _EAST, _NORTH, _SIDE = (bindparam(name, type_=Float) for name in ("west", "south", "east", "north", "side"))
_IN_BOX = func.point(reports.c.lng, reports.c.lat).op("<@", is_comparison=True)(
    func.box(func.point(_WEST, _SOUTH), func.point(_EAST, _NORTH))
)
_MOMENT = DateTime(timezone=True)
_X, _Y = (cast(func.floor(at / _SIDE), Integer).label(name) for at, name in ((reports.c.lng, "x"), (reports.c.lat, "y")))
_OVERDUE = dues.c.due_at <= bindparam("now", type_=_MOMENT)


def _asks(name: List, asked: frozenset[str]) -> list[Any]:
    ours = text(f"reports.{IN_HAND}")
    return [ours, _IN_BOX, reached(reports.c.area), LISTS[name], *(FILTERS[one] for one in sorted(asked))]


@cache
def points(name: List, asked: frozenset[str]) -> Prepared:
    """Each report of a list in the box, one more than is shown."""
    columns = (
        reports.c.id, reports.c.number, reports.c.category, reports.c.status, reports.c.level, reports.c.lat, reports.c.lng,
        reports.c.reopen_count, PARENT_NUMBER, dues.c.due_at,
    )
    found = select(*columns).select_from(reports.join(dues, dues.c.report_id == reports.c.id)).where(*_asks(name, asked))
    return Prepared(found.order_by(reports.c.id).limit(bindparam("limit", type_=Integer)))


@cache
def cells(name: List, asked: frozenset[str]) -> Prepared:
    """How many of a list lie in each cell of the box, and how many of them are overdue."""
    found: Any = select(_X, _Y, func.count().label("many"), func.count().filter(_OVERDUE).label("overdue"))
    found = found.select_from(reports.join(dues, dues.c.report_id == reports.c.id)).where(*_asks(name, asked))
    return Prepared(found.group_by(text("1"), text("2")).order_by(text("1"), text("2")))


_public: Any = (
    select(_X, _Y, func.count().label("many")).where(
        below(reports.c.area, "area"), func.nlevel(reports.c.area) <= NARROWEST,
        FILED,
        reports.c.submitted_at >= bindparam("since", type_=_MOMENT), reports.c.submitted_at < bindparam("before", type_=_MOMENT),
        # whole cells: of one that lies across the border of the box all of it counts, as in every other box
        func.floor(reports.c.lng / _SIDE).between(func.floor(_WEST / _SIDE), func.floor(_EAST / _SIDE)),
        func.floor(reports.c.lat / _SIDE).between(func.floor(_SOUTH / _SIDE), func.floor(_NORTH / _SIDE)),
    ).group_by(text("1"), text("2")).having(func.count(reports.c.reporter_id.distinct()) >= FEWEST).order_by(text("1"), text("2"))
)
_PUBLIC = Prepared(_public)


async def public(work: Work, area: str, box: Box, *, since: datetime, before: datetime) -> list[Row]:
    """The cells behind which five people stand, of what was filed for public places between two instants."""
    return await work.rows(_PUBLIC, area=area, **vars(box), side=PUBLIC_CELL, since=since, before=before)
