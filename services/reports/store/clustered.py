"""Clusters of public places, as the log knew them at an instant, and the households that the terms then spoke of."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import DateTime, Text, bindparam, cast, func, or_, select

from chassis.db import Work
from chassis.directory import below
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from contracts.area import community_of
from services.reports.domain.anchor import NARROWEST
from services.reports.domain.clustered import Clusters
from services.reports.domain.figures import Months
from services.reports.domain.terms import GRID_DEPTH
from services.reports.store.parts import FILED
from services.reports.store.tables import reports, terms, transitions

By = Literal["month", "grid"]
_MOMENT = DateTime(timezone=True)
_AT, _SINCE, _BEFORE = (bindparam(name, type_=_MOMENT) for name in ("at", "since", "before"))
_GROUPS: dict[By, Any] = {
    "grid": cast(func.subpath(reports.c.area, 0, func.least(func.nlevel(reports.c.area), GRID_DEPTH)), Text),
    "month": func.to_char(func.timezone("Asia/Shanghai", reports.c.submitted_at), "YYYY-MM"),
}
_OF_IT = (transitions.c.report_id == reports.c.id, transitions.c.at <= _AT)
_LAST = (
    select(transitions.c.action).where(*_OF_IT, or_(transitions.c.action == "merge", transitions.c.action == "unmerge"))
    .order_by(transitions.c.seq.desc()).limit(1).scalar_subquery()
)
_WITHDRAWN = select(transitions.c.seq).where(*_OF_IT, transitions.c.action == "withdraw").exists()
_SAID = Prepared(select(terms.c.said).where(
    terms.c.area == bindparam("place", type_=AreaPath), terms.c.decided_at <= _AT
).order_by(terms.c.version.desc()).limit(1))


@dataclass(frozen=True)
class Wanted:
    """Of an area and what lies below, by month of filing or by grid, as known at an instant."""

    area: str
    months: Months
    by: By
    at: datetime


async def counted(work: Work, wanted: Wanted) -> dict[str, Clusters]:
    """Of each group in which there are any."""
    bounds = {"since": wanted.months.since, "before": wanted.months.before, "at": wanted.at, "area": wanted.area}
    rows = await work.rows(_question(wanted.by), **bounds)
    said = await households(work, wanted.area, wanted.at)
    return {row.grouped: Clusters(row.clusters, row.people, said.get(_lives_in(wanted, row.grouped))) for row in rows}


def _lives_in(wanted: Wanted, group: str) -> str:
    """Whose households a group is set against; a community's own say nothing of what was filed in it for no grid."""
    if wanted.by == "month":
        return wanted.area
    return group if group.count(".") + 1 == GRID_DEPTH else ""


async def households(work: Work, area: str, at: datetime) -> dict[str, int]:
    """What the community of an area said at an instant of how many live where."""
    said = await work.value(_SAID, place=community_of(area), at=at)
    return dict(said.get("households", {})) if said is not None else {}


@cache
def _question(by: By) -> Prepared:
    group = _GROUPS[by].label("grouped")
    filed = reports.c.submitted_at
    return Prepared(select(
        group, func.count().label("clusters"), func.count(reports.c.reporter_id.distinct()).label("people"),
    ).where(
        FILED, filed >= _SINCE, filed < _BEFORE, filed <= _AT, below(reports.c.area, "area"),
        func.nlevel(reports.c.area) <= NARROWEST, func.coalesce(_LAST, "") != "merge", ~_WITHDRAWN,
    ).group_by(group))
