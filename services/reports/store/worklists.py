"""Questions of worklists: one statement for each way of asking, built once; each goes on from where the last page ended."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Float,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from chassis.crypto import person_keys
from chassis.db import Work
from chassis.directory import areas, assignments, below, reached
from chassis.pages import COUNTED
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from chassis.uploads import uploads
from contracts.area import contains
from services.reports.domain.worklist import MOST_PLACES, SOON, List, Order, PlacesTooMany
from services.reports.store.catalogues import at_or_below
from services.reports.store.dues import MOVED, SNAPSHOT, STOOD_STILL, dues
from services.reports.store.parts import MANY, OPEN, PARENT_NUMBER
from services.reports.store.tables import IN_HAND, anchors, reports, summonses

_MOMENT = DateTime(timezone=True)
_NOW = bindparam("now", type_=_MOMENT)
_RADIUS = 6371008.8  # as `domain/coordinates.py`

def _stands(of: Table, *statuses: str) -> Any:
    return text(f"{of.name}.status in ({', '.join(repr(one) for one in statuses)})")


def _summons_of(report: Any, unit: Any) -> Any:
    return select(summonses.c.id).where(summonses.c.report_id == report, summonses.c.closed_at.is_(None), unit).exists()


_held_now = and_(assignments.c.starts_at <= _NOW, or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > _NOW))
_UNIT = bindparam("unit_id", type_=Uuid)
_part = reports.alias("a_part")
_itself = reports.alias("itself")
_KEY: dict[Table, Any] = {reports: reports.c.id, dues: dues.c.report_id}


def _lists(of: Table) -> dict[List, Any]:
    """What each list asks of reports, or of what is in hand, which says the same of them."""
    ours: Any = text("true") if of is dues else text(f"reports.{IN_HAND}")
    unit = summonses.c.unit_id == func.any(bindparam("units", type_=ARRAY(Uuid)))
    return {
        List.MINE: and_(ours, _is_mine(of)),
        List.TO_ANSWER: _stands(of, "submitted", "reopened"),
        List.TO_ASSIGN: _stands(of, "accepted", "returned", "escalated"),
        List.SOON: and_(ours, dues.c.due_at > _NOW, dues.c.due_at <= bindparam("soon", type_=_MOMENT)),
        List.OVERDUE: and_(ours, dues.c.due_at <= _NOW),
        List.WAITING: _stands(of, "awaiting_reporter", "on_hold"),
        List.WHISTLED: and_(ours, _summons_of(_KEY[of], unit)),
        List.TO_CLOSE: _stands(of, "resolved"),
        List.OPEN: ours,
        List.EVERY: text("true"),
    }


def _is_mine(of: Table) -> Any:
    return of.c.assignee_id == bindparam("person", type_=Uuid)


def _photos(of: Table) -> Any:
    return (uploads.c.claimed_by == func.concat("before/", cast(_KEY[of], Text))) & (uploads.c.state != "taken_back")


def _filters(of: Table) -> dict[str, Any]:
    serving = select(assignments.c.person_id).where(assignments.c.unit_id == _UNIT, _held_now)
    return {
        "category": of.c.category == func.any(bindparam("category", type_=ARRAY(Text))),
        "status": cast(of.c.status, Text) == func.any(bindparam("status", type_=ARRAY(Text))),
        "area": below(of.c.area, "area"),
        "level": of.c.level == bindparam("level", type_=Integer),
        "unit_id": or_(_summons_of(_KEY[of], summonses.c.unit_id == _UNIT), of.c.assignee_id.in_(serving)),
        "overdue": and_(text("true") if of is dues else text(f"reports.{IN_HAND}"), dues.c.due_at <= _NOW),
        "mine": _is_mine(of),
        "has_photo": select(uploads.c.id).where(_photos(of)).exists(),
        "reopened": of.c.reopen_count > 0,
        "severity": cast(of.c.severity, Text) == func.any(bindparam("severity", type_=ARRAY(Text))),
        "subcategory": select(_itself.c.id).where(_itself.c.id == _KEY[of], at_or_below(_itself.c.subcategory)).exists(),
        "filed": ~select(_part.c.id).where(_part.c.id == _KEY[of], _part.c.parent_id.is_not(None)).exists(),
    }


LISTS, FILTERS = _lists(reports), _filters(reports)
_ASKED = {reports: (LISTS, FILTERS), dues: (_lists(dues), _filters(dues))}
_WANTED = (
    reports.c.id, reports.c.number, reports.c.area, reports.c.category, cast(reports.c.status, Text).label("status"),
    reports.c.reporter_id, reports.c.assignee_id, reports.c.level, reports.c.appealed_at, reports.c.lat, reports.c.lng,
    reports.c.supporters, reports.c.reopen_count, reports.c.submitted_at, reports.c.updated_at, reports.c.sealed_text,
    reports.c.parent_id, reports.c.divided_by, PARENT_NUMBER, MANY, OPEN,
    cast(reports.c.severity, Text).label("severity"),
    reports.c.subcategory, reports.c.category_version,
    dues.c.due_at, dues.c.kind, dues.c.moved_in, person_keys.c.wrapped, SNAPSHOT.label("snapshot"),
    select(func.count()).select_from(uploads).where(_photos(reports)).scalar_subquery().label("photos"),
)
_OF = dues.c.report_id == reports.c.id
_LAT, _LNG = (bindparam(name, type_=Float) for name in ("lat", "lng"))
_HALF = func.power(func.sin(func.radians(reports.c.lat - _LAT) / 2), 2) + func.cos(func.radians(_LAT)) * func.cos(
    func.radians(reports.c.lat)
) * func.power(func.sin(func.radians(reports.c.lng - _LNG) / 2), 2)
METRES = 2 * _RADIUS * func.asin(func.sqrt(func.least(1.0, _HALF)))
_CORNER = func.point(bindparam("reach_lng", type_=Float), bindparam("reach_lat", type_=Float))
_HERE = func.point(_LNG, _LAT)
IN_BOX = func.point(reports.c.lng, reports.c.lat).op("<@", is_comparison=True)(
    func.box(_HERE.op("-")(_CORNER), _HERE.op("+")(_CORNER))
)
_NEAR = and_(IN_BOX, bindparam("within", type_=Float) >= METRES)
_ID = bindparam("after_id", type_=Uuid)
_FLOOR = bindparam("after_floor", type_=BigInteger)


def _word(n: int) -> Any:
    """One word that is looked for, in what names the report and says nothing of a person.

    Its category and what that is also called, the places it lies in, what its poster hangs on, from three characters its number.
    """
    asset = select(anchors.c.id).where(func.lower(anchors.c.asset).like(bindparam(f"like{n}"), escape="\\"))
    return or_(
        reports.c.category == func.any(bindparam(f"categories{n}", type_=ARRAY(Text))),
        reports.c.area.op("<@", is_comparison=True)(func.any(cast(bindparam(f"places{n}", type_=ARRAY(Text)), ARRAY(AreaPath)))),
        reports.c.anchor_id == func.any(func.array(asset.scalar_subquery())),
        and_(bindparam(f"is_long{n}"), reports.c.number.ilike(bindparam(f"like{n}"), escape="\\")),
    )


def _ordered(order: Order, of: Table, *, moved: bool, further: bool) -> tuple[Any, list[Any], list[Any]]:
    """By what, after what, and what else is asked in this phase."""
    if order is Order.NEW:
        return (_KEY[of].desc(),), [_KEY[of] < _ID] if further else [], []
    if order is Order.NEAR:
        after = tuple_(METRES, reports.c.id) > tuple_(bindparam("after_key", type_=Float), _ID)
        return (METRES, reports.c.id), [after] if further else [], [_NEAR]
    if moved:
        key = (dues.c.moved_in, dues.c.report_id)
        after = tuple_(*key) > tuple_(bindparam("after_key", type_=BigInteger), _ID)
        return key, [after], [dues.c.moved_in >= _FLOOR, MOVED]
    key = (dues.c.due_at, dues.c.report_id)
    after = tuple_(*key) > tuple_(bindparam("after_key", type_=_MOMENT), _ID)
    return key, [after, STOOD_STILL] if further else [], []


@cache
def question(
    name: List, order: Order, asked: frozenset[str], words: int, *, moved: bool = False, further: bool = False
) -> tuple[Prepared, Prepared]:
    """How many there are, 1,001 at most; and a page."""
    of = dues if name.is_in_hand and order is not Order.NEAR else reports  # points are reports' alone, and so is their index
    key, after, within = _ordered(order, of, moved=moved, further=further)
    asks = (*within, *_asks(of, name, asked, words))
    columns = (*_WANTED, METRES.label("metres")) if order is Order.NEAR else _WANTED
    source = reports.join(dues, _OF) if name.is_in_hand else reports.outerjoin(dues, _OF)
    page = select(*columns).select_from(source.outerjoin(person_keys, person_keys.c.person_id == reports.c.reporter_id))
    page = page.where(*asks, *after).order_by(*key).limit(bindparam("limit", type_=Integer))
    return Prepared(select(func.count()).select_from(_within(of, name, asked, asks, words=words))), Prepared(page)


def _asks(of: Table, name: List, asked: frozenset[str], words: int = 0) -> tuple[Any, ...]:
    lists, filters = _ASKED[of]
    return (reached(of.c.area), lists[name], *(filters[one] for one in sorted(asked)), *map(_word, range(words)))


@cache
def counting(name: List, asked: frozenset[str], words: int, most: int) -> Prepared:
    """How many there are, up to so many."""
    of = dues if name.is_in_hand else reports
    found = _within(of, name, asked, _asks(of, name, asked, words), words=words, most=most)
    return Prepared(select(func.count()).select_from(found))


def _within(
    of: Table, name: List, asked: frozenset[str], asks: tuple[Any, ...], *, words: int = 0, most: int = COUNTED
) -> Any:
    """So many of them at most; of all reports in order, lest their table be read through."""
    found: Any = select(literal_column("1"))
    if of is dues:
        return found.select_from(dues.join(reports, _OF) if words else dues).where(*asks).limit(most).subquery()
    by_time = name in {List.SOON, List.OVERDUE} or "overdue" in asked
    source: Any = reports.join(dues, _OF) if by_time else reports
    return found.select_from(source).where(*asks).order_by(reports.c.id.desc()).limit(most).subquery()


@cache
def counts(asked: frozenset[str]) -> Prepared:
    """How many each list has under these filters, 1,001 at most, in one question."""
    of = {one: dues if one.is_in_hand else reports for one in List}
    within = {one: _within(of[one], one, asked, _asks(of[one], one, asked)) for one in List}
    told = (select(func.count()).select_from(found).scalar_subquery().label(one) for one, found in within.items())
    return Prepared(select(*told))


_PLACES = Prepared(
    select(areas.c.path).where(
        func.lower(areas.c.name).like(bindparam("like"), escape="\\"), reached(areas.c.path), areas.c.kind != "room",
    ).order_by(areas.c.path).limit(bindparam("most", type_=Integer))
)


def like(word: str) -> str:
    """A word as LIKE looks for it anywhere: its own wildcards stand for themselves (PostgreSQL, section 9.7.1)."""
    spelled = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{spelled}%"


async def places(work: Work, word: str, within: tuple[str, ...]) -> list[str]:
    """The areas below these that are called so, the widest of each branch; no dwellings. PlacesTooMany."""
    found = await work.rows(_PLACES, like=like(word), areas=within, most=MOST_PLACES + 1)
    if len(found) > MOST_PLACES:
        raise PlacesTooMany
    widest: list[str] = []
    for row in found:  # in order of their paths: whatever lies below another comes after it
        if not (widest and contains(widest[-1], row.path)):
            widest.append(row.path)
    return widest


def moments(work: Work) -> dict[str, Any]:
    """The times a question compares with."""
    return {"now": work.now, "soon": work.now + SOON}
