"""Clocks counted as they stood at an instant: what never stood still here, what did by the steps of its report."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Text, Uuid, and_, bindparam, case, cast, func, or_, select
from sqlalchemy import text as sql

from chassis.db import Work
from chassis.directory import below, reached
from chassis.prepared import Prepared, Row
from chassis.rights import Scope
from services.reports.domain.clock import Clock, Kind, State
from services.reports.domain.punctual import TURNING, Known
from services.reports.store.figures import FORMERLY, Asked, GroupBy
from services.reports.store.parts import FILED
from services.reports.store.tables import clocks, reports, transitions

_AT = bindparam("at", type_=DateTime(timezone=True))
_SINCE, _BEFORE = bindparam("since", type_=DateTime(timezone=True)), bindparam("before", type_=DateTime(timezone=True))
_STOOD_STILL = or_(clocks.c.paused_at.is_not(None), clocks.c.paused_total > sql("interval '0'"))
_BEGAN_WITH = (
    select(transitions.c.level).where(transitions.c.report_id == clocks.c.report_id, transitions.c.at == clocks.c.started_at)
    .order_by(transitions.c.seq.desc()).limit(1).scalar_subquery()
)
_GROUPS: dict[str, Any] = {
    "grid": cast(func.subpath(reports.c.area, 0, func.least(func.nlevel(reports.c.area), 4)), Text),
    "office": cast(func.coalesce(_BEGAN_WITH, reports.c.level), Text),
    "category": func.coalesce(FORMERLY, reports.c.category),
    "month": func.to_char(func.timezone("Asia/Shanghai", clocks.c.started_at), "YYYY-MM"),
}
_former = clocks.alias("former")
# of a clock that took another's place, because the report is about something else now, nothing was known before
_NOT_YET = select(_former.c.id).where(
    _former.c.report_id == clocks.c.report_id, _former.c.kind == clocks.c.kind, _former.c.started_at == clocks.c.started_at,
    _former.c.id < clocks.c.id, _former.c.ended_at > _AT,
).exists()
_ENDED = and_(clocks.c.ended_at.is_not(None), clocks.c.ended_at <= _AT)
_STEPS = Prepared(select(transitions.c.report_id, transitions.c.action, transitions.c.at).where(
    transitions.c.report_id == func.any(bindparam("keys", type_=ARRAY(Uuid))), transitions.c.at <= _AT,
    transitions.c.action == func.any(bindparam("turning", type_=ARRAY(Text))),
).order_by(transitions.c.report_id, transitions.c.seq))


@dataclass(frozen=True)
class Counted:
    """So many clocks of a group that never stood still, and ended alike."""

    group: str
    kind: Kind
    ended: State | None
    late: bool
    many: int


@dataclass(frozen=True)
class Paused:
    """A clock that stood still at some time, as it was when it began; where, and what was known of it."""

    group: str
    area: str
    clock: Clock
    known: Known
    steps: list[tuple[str, datetime]]


async def counted(work: Work, asked: Asked, scope: Scope) -> list[Counted]:
    """Those that never stood still."""
    rows = await work.rows(_question(asked.by, narrowed=asked.area is not None, still=False), **_values(asked), **vars(scope))
    return [Counted(row.grouped, Kind(row.kind), _state(row.ended), row.late, row.many) for row in rows]


async def paused(work: Work, asked: Asked, scope: Scope) -> list[Paused]:
    """Those that did, each with the steps that may have turned it."""
    rows = await work.rows(_question(asked.by, narrowed=asked.area is not None, still=True), **_values(asked), **vars(scope))
    steps: dict[UUID, list[tuple[str, datetime]]] = defaultdict(list)
    keys = list({row.report_id for row in rows})
    for one in await work.rows(_STEPS, keys=keys, turning=list(TURNING), at=asked.at):
        steps[one.report_id].append((one.action, one.at))
    return [_as_it_began(row, steps[row.report_id], asked.at) for row in rows]


def _as_it_began(row: Row, steps: list[tuple[str, datetime]], at: datetime) -> Paused:
    clock = Clock(
        id=row.id, report_id=row.report_id, kind=Kind(row.kind), minutes=row.minutes, by_night=row.by_night,
        policy_version=row.policy_version, started_at=row.started_at, due_at=row.started_at,
    )
    ended = _state(row.ended)
    return Paused(row.grouped, row.area, clock, Known(ended, at if ended is None else row.ended_at), steps)


def _values(asked: Asked) -> dict[str, Any]:
    return {"since": asked.months.since, "before": asked.months.before, "at": asked.at, "area": asked.area}


def _state(said: str | None) -> State | None:
    return None if said is None else State(said)


@cache
def _question(by: GroupBy, *, narrowed: bool, still: bool) -> Prepared:
    begun = and_(clocks.c.started_at >= _SINCE, clocks.c.started_at < _BEFORE, clocks.c.started_at <= _AT)
    bounds = [begun, ~_NOT_YET, reached(reports.c.area), FILED, _STOOD_STILL if still else ~_STOOD_STILL]
    bounds += [below(reports.c.area, "area")] if narrowed else []
    grouped, ended = _GROUPS[by].label("grouped"), case((_ENDED, cast(clocks.c.state, Text)), else_=None).label("ended")
    late = case((_ENDED, clocks.c.due_at < clocks.c.ended_at), else_=clocks.c.due_at <= _AT).label("late")
    of_it = select(clocks, reports.c.area, grouped, ended) if still else select(clocks.c.kind, grouped, ended, late)
    inner = of_it.select_from(clocks.join(reports, reports.c.id == clocks.c.report_id)).where(*bounds)
    if still:
        return Prepared(inner)
    every = inner.subquery()
    return Prepared(select(*every.c, func.count().label("many")).group_by(*every.c))
