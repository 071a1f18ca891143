"""What the log knew at an instant, counted: every dispatch and resolution of some months, and how each stood.

The steps of the months come from `ix_transitions_counted`, what was allowed for them from `ix_clocks_contact`; the one or two
steps that follow come by the primary key, for after a dispatch one step ends it, and after a resolution there is an answer and,
at most, a reopening. What counts as what is said in the domain.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import DateTime, Float, Select, Text, and_, bindparam, case, cast, func, literal_column, or_, select
from sqlalchemy import text as sql

from chassis.db import Work
from chassis.directory import below, reached
from chassis.prepared import Prepared, Row
from chassis.rights import Scope
from services.reports.domain.category import BELOW, TO
from services.reports.domain.figures import ANSWERS, Dispatch, Figures, Months, Pace, Rate, Resolution, Taken, content
from services.reports.store.parts import FILED
from services.reports.store.tables import appraisals, clocks, reports, transitions

GroupBy = Literal["grid", "office", "category", "month"]
_GRID_DEPTH = 4
_step, _second = transitions.alias("step"), transitions.alias("second")
_earlier, _next, _changed = transitions.alias("earlier"), transitions.alias("next"), transitions.alias("changed")
_AT = bindparam("at", type_=DateTime(timezone=True))
_SINCE, _BEFORE = bindparam("since", type_=DateTime(timezone=True)), bindparam("before", type_=DateTime(timezone=True))
# the step that comes after; that it was about something else, graver or divided follows neither dispatch nor resolution
_first: Any = select(_next.c.seq, _next.c.at, _next.c.action, _next.c.reason_code).where(
    _next.c.report_id == _step.c.report_id, _next.c.seq > _step.c.seq, sql("next.action not in ('reclassify', 'divide', 'grade')")
).order_by(_next.c.seq).limit(1).correlate(_step).lateral("first")
# what it was about at an instant: what the first change after it says it was until then, else what it is
FORMERLY = select(func.split_part(func.split_part(_changed.c.reason_code, TO, 1), BELOW, 1)).where(
    _changed.c.report_id == reports.c.id, sql("changed.action = 'reclassify'"), _changed.c.at > _AT
).order_by(_changed.c.seq).limit(1).correlate(reports).scalar_subquery()
_CONTACT = sql("clocks.kind = 'contact'")  # as the index spells it
_COUNTED = sql("step.action in ('assign', 'reassign', 'resolve')")  # as the index spells it
_GROUPS: dict[str, Any] = {
    "grid": cast(func.subpath(reports.c.area, 0, func.least(func.nlevel(reports.c.area), _GRID_DEPTH)), Text),
    "office": cast(_step.c.level, Text),
    "category": func.coalesce(FORMERLY, reports.c.category),
    "month": func.to_char(func.timezone("Asia/Shanghai", _step.c.at), "YYYY-MM"),
}

_DISPATCHED, _MENDED = _step.c.action != "resolve", _step.c.action == "resolve"
_BEGAN = and_(_DISPATCHED, _first.c.action == "process")
_REOPENED = and_(_MENDED, or_(_first.c.action == "reopen", _second.c.action == "reopen"))


@dataclass(frozen=True)
class Asked:
    """Which figures: of these months, in groups, as it was known at an instant, below an area if one is named."""

    months: Months
    by: GroupBy
    at: datetime
    area: str | None = None


async def counted(work: Work, asked: Asked, scope: Scope | None) -> list[tuple[str, Figures]]:
    """Parts of the figures, to be summed by group; `scope` is None where everybody may know."""
    values: dict[str, Any] = {"since": asked.months.since, "before": asked.months.before, "at": asked.at, "area": asked.area}
    values |= vars(scope) if scope is not None else {}
    dispatches, resolutions, voices = questions(asked.by, narrowed=asked.area is not None, scoped=scope is not None)
    return [
        *[(row.grouped, _responded(row)) for row in await work.rows(dispatches, **values)],
        *[(row.grouped, _answered(row)) for row in await work.rows(resolutions, **values)],
        *[(row.grouped, Figures(satisfied=content(row.stars, row.many))) for row in await work.rows(voices, **values)],
    ]


async def paced(work: Work, asked: Asked, scope: Scope) -> list[tuple[str, Pace]]:
    """Of each group how often it came back and how long it took."""
    bounds = {"since": asked.months.since, "before": asked.months.before, "at": asked.at, "area": asked.area}
    rows = await work.rows(_paces(asked.by, narrowed=asked.area is not None), **bounds, **vars(scope))
    return [
        (row.grouped, Pace(
            Rate(row.returned, row.followed, row.dispatched - row.followed), Rate(row.reopened, row.mended),
            Taken(row.began, row.contact50, row.contact90), Taken(row.mended, row.mended50, row.mended90),
        ))
        for row in rows
    ]


async def people(work: Work, asked: Asked) -> dict[str, int]:
    """How many people said of a resolution whether it is mended, by group: reporters, each counted once."""
    values = {"since": asked.months.since, "before": asked.months.before, "at": asked.at, "area": asked.area}
    return {row.grouped: row.many for row in await work.rows(_speakers(asked.by), **values)}


def _responded(row: Row) -> Figures:
    return Figures(response=Dispatch(row.began, row.taken_away, row.over).response(row.many))


def _answered(row: Row) -> Figures:
    known = Resolution(row.answer, int(row.stars) if row.stars is not None else None)
    return Figures(resolved=known.resolved(row.many), satisfied=known.satisfied(row.many))


@cache
def questions(by: GroupBy, *, narrowed: bool, scoped: bool) -> tuple[Prepared, Prepared, Prepared]:
    """Dispatches, resolutions, and what voices said, each counted by group and by how it stood."""
    bounds = [_COUNTED, _within(_step.c.at), _step.c.at <= _AT, FILED]
    bounds += [below(reports.c.area, "area")] if narrowed else []
    bounds += [reached(reports.c.area)] if scoped else []
    return tuple(
        Prepared(_grouped(rows.where(*bounds)))  # type: ignore[return-value]
        for rows in (_dispatches(_GROUPS[by]), _resolutions(_GROUPS[by]), _voices(_GROUPS[by]))
    )


@cache
def _speakers(by: GroupBy) -> Prepared:
    bounds = _COUNTED, _within(_step.c.at), _step.c.at <= _AT, below(reports.c.area, "area")  # of a part nobody says anything
    inner = _resolutions(_GROUPS[by]).add_columns(reports.c.reporter_id).where(*bounds).subquery()
    many = func.count(inner.c.reporter_id.distinct()).label("many")
    spoke = or_(*(inner.c.answer == said for said in ANSWERS))
    return Prepared(select(inner.c.grouped, many).where(spoke).group_by(inner.c.grouped))


def _grouped(rows: Select[Any]) -> Select[Any]:
    inner = rows.subquery()
    return select(*inner.c, func.count().label("many")).group_by(*inner.c)


def _dispatches(group: Any) -> Select[Any]:
    """Whoever was made responsible began, or the next step took it away, or neither by then."""
    ended = _first.c.at.is_not(None)
    over = case((ended, clocks.c.due_at < _first.c.at), else_=clocks.c.due_at <= _AT)
    began = and_(ended, _first.c.action == "process")
    taken = and_(ended, _first.c.action != "process")
    begun = clocks.c.started_at
    same = and_(clocks.c.report_id == _step.c.report_id, begun == _step.c.at, _CONTACT, _within(begun))
    told = select(
        group.label("grouped"), began.label("began"), taken.label("taken_away"), over.label("over")
    ).select_from(_followed().join(clocks, same).join(reports, reports.c.id == _step.c.report_id))
    return told.where(sql("step.action <> 'resolve'"))


def _resolutions(group: Any) -> Select[Any]:
    """What was said of it last: by rating, by reopening, by nobody. Stars from before the chain knew them are the report's."""
    reopened = _second.c.action == "reopen"
    answer = case((reopened, _second.c.action), else_=_first.c.action)
    of_report = case((reports.c.last_seq == _first.c.seq, cast(reports.c.satisfaction, Text)), else_=None)
    said = func.coalesce(_first.c.reason_code, of_report)
    stars = case((and_(_first.c.action == "rate", func.coalesce(reopened, literal_column("false")).is_(False)), said), else_=None)
    told = select(group.label("grouped"), answer.label("answer"), stars.label("stars")).select_from(
        _followed().outerjoin(_second, _follows(_second, _step, 2))
        .join(reports, reports.c.id == _step.c.report_id)
    )
    return told.where(_step.c.action == "resolve")


def _voices(group: Any) -> Select[Any]:
    """What those said who met the same, of the round that this resolution ended."""
    again = and_(_earlier.c.report_id == _step.c.report_id, _earlier.c.seq < _step.c.seq)
    turn = select(func.count()).where(again, sql("earlier.action in ('reopen', 'appeal')")).scalar_subquery()
    of_it = and_(appraisals.c.report_id == _step.c.report_id, appraisals.c.said_at <= _AT, appraisals.c.round == turn)
    told = select(group.label("grouped"), appraisals.c.satisfaction.label("stars")).select_from(
        _step.join(appraisals, of_it).join(reports, reports.c.id == _step.c.report_id)
    )
    return told.where(_step.c.action == "resolve")


def _within(moment: Any) -> Any:
    return and_(moment >= _SINCE, moment < _BEFORE)


def _followed() -> Any:
    """Each step with the one that follows it, if that was taken by then."""
    return _step.outerjoin(_first, _first.c.at <= _AT)


def _follows(then: Any, step: Any, after: int) -> Any:
    """The step that comes so many after it, if that was taken by then."""
    return and_(then.c.report_id == step.c.report_id, then.c.seq == step.c.seq + after, then.c.at <= _AT)


@cache
def _paces(by: GroupBy, *, narrowed: bool) -> Prepared:
    seconds = cast(func.extract("epoch", _first.c.at - _step.c.at), Float)
    lasted = cast(func.extract("epoch", _step.c.at - reports.c.submitted_at), Float)
    group = _GROUPS[by].label("grouped")
    asked: Select[Any] = select(
        group,
        _many(_DISPATCHED).label("dispatched"), _many(and_(_DISPATCHED, _first.c.at.is_not(None))).label("followed"),
        _many(and_(_DISPATCHED, _first.c.action == "return")).label("returned"), _many(_BEGAN).label("began"),
        _many(_MENDED).label("mended"), _many(_REOPENED).label("reopened"),
        *(_within_group(seconds, part, _BEGAN).label(f"contact{part}") for part in (50, 90)),
        *(_within_group(lasted, part, _MENDED).label(f"mended{part}") for part in (50, 90)),
    ).select_from(
        _followed().outerjoin(_second, _follows(_second, _step, 2))
        .join(reports, reports.c.id == _step.c.report_id)
    ).where(_COUNTED, FILED, _within(_step.c.at), _step.c.at <= _AT, reached(reports.c.area))
    return Prepared((asked.where(below(reports.c.area, "area")) if narrowed else asked).group_by(literal_column("grouped")))


def _many(which: Any) -> Any:
    return func.count().filter(which)


def _within_group(seconds: Any, part: int, which: Any) -> Any:
    return func.percentile_cont(part / 100).within_group(seconds).filter(which)
