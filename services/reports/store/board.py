"""What the public board counts: no text, no person, no place finer than a grid."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Float, Uuid, bindparam, cast, func, select, text

from chassis.db import Work
from chassis.directory import areas, below
from chassis.prepared import Prepared
from services.reports.domain.board import PlaceFigures
from services.reports.store.parts import FILED
from services.reports.store.tables import OPEN_TO_ALL, reports

_MOMENT = DateTime(timezone=True)
_COMMUNITIES = Prepared(select(areas.c.path, areas.c.name).where(
    areas.c.kind == "community", areas.c.closed.is_(False)
).order_by(areas.c.path))
_OPEN = Prepared(select(reports.c.category, func.count().label("many")).where(
    below(reports.c.area, "area"), text(OPEN_TO_ALL), FILED, reports.c.submitted_at < bindparam("at", type_=_MOMENT)
).group_by(reports.c.category))
_mended = reports.c.resolved_at < bindparam("at", type_=_MOMENT)
_hours = func.extract("epoch", reports.c.resolved_at - reports.c.submitted_at) / 3600
_BY_ANCHOR = Prepared(select(
    func.count().label("filed"), func.count().filter(_mended).label("resolved"),
    func.count(reports.c.reporter_id.distinct()).filter(_mended).label("people"),
    cast(func.percentile_cont(0.5).within_group(_hours).filter(_mended), Float).label("median_hours"),
).where(
    reports.c.anchor_id == bindparam("anchor", type_=Uuid), reports.c.submitted_at >= bindparam("since", type_=_MOMENT),
    reports.c.submitted_at < bindparam("before", type_=_MOMENT), text("status <> 'withdrawn'"),
))


async def communities(work: Work) -> dict[str, str]:
    """The open communities, by their paths, with their names."""
    return {row.path: row.name for row in await work.rows(_COMMUNITIES)}


async def open_in(work: Work, area: str, at: datetime) -> dict[str, int]:
    """How many are open by category, of public places, filed before an instant."""
    return {row.category: row.many for row in await work.rows(_OPEN, area=area, at=at)}


async def by_anchor(work: Work, anchor: UUID, *, since: datetime, before: datetime, at: datetime) -> PlaceFigures:
    """What was filed by a poster between two instants, and what is mended of it at a third."""
    row = await work.row(_BY_ANCHOR, anchor=anchor, since=since, before=before, at=at)
    return PlaceFigures(**row) if row is not None else PlaceFigures(0, 0, 0, None)
