"""How much of what is filed comes again: repeats among the reports of some months, as it was known at an instant."""

from functools import cache
from typing import Any, Literal

from sqlalchemy import DateTime, Text, bindparam, cast, func, select

from chassis.db import Work
from chassis.directory import below, reached
from chassis.prepared import Prepared
from chassis.rights import Scope
from services.reports.domain.figures import Rate
from services.reports.domain.terms import GRID_DEPTH
from services.reports.store.causes import repeats
from services.reports.store.figures import Asked
from services.reports.store.parts import FILED
from services.reports.store.tables import reports

By = Literal["month", "grid", "category", "anchor"]
_MOMENT = DateTime(timezone=True)
_AT, _SINCE, _BEFORE = (bindparam(name, type_=_MOMENT) for name in ("at", "since", "before"))
_GROUPS: dict[By, Any] = {
    "month": func.to_char(func.timezone("Asia/Shanghai", reports.c.submitted_at), "YYYY-MM"),
    "grid": cast(func.subpath(reports.c.area, 0, func.least(func.nlevel(reports.c.area), GRID_DEPTH)), Text),
    "category": reports.c.category,
    "anchor": cast(reports.c.anchor_id, Text),
}


async def counted(work: Work, asked: Asked, by: By, scope: Scope) -> dict[str, Rate]:
    """Of each group how many of those that were filed say again what had been mended there a short while before."""
    bounds = {"since": asked.months.since, "before": asked.months.before, "at": asked.at, "area": asked.area}
    rows = await work.rows(_question(by, narrowed=asked.area is not None), **bounds, **vars(scope))
    return {row.grouped: Rate(row.again, row.filed) for row in rows}


@cache
def _question(by: By, *, narrowed: bool) -> Prepared:
    group, filed = _GROUPS[by].label("grouped"), reports.c.submitted_at
    again = func.count(repeats.c.id).filter(repeats.c.found_at <= _AT)
    bounds = [FILED, filed >= _SINCE, filed < _BEFORE, filed <= _AT, reached(reports.c.area)]
    bounds += [below(reports.c.area, "area")] if narrowed else []
    bounds += [reports.c.anchor_id.is_not(None)] if by == "anchor" else []
    asked = select(group, func.count().label("filed"), again.label("again")).select_from(
        reports.outerjoin(repeats, repeats.c.report_id == reports.c.id)  # of a report there is one at most
    )
    return Prepared(asked.where(*bounds).group_by(group))
