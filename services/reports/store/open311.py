"""Questions of Open311: what anybody may know of reports, never what their people wrote."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Float, Integer, Text, Uuid, bindparam, case, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.directory import areas, below
from chassis.prepared import Prepared, Row
from services.reports.domain.anchor import NARROWEST, WIDEST
from services.reports.domain.clock import Kind, State
from services.reports.domain.machine import Status
from services.reports.domain.open311 import Window
from services.reports.domain.sender import Sender
from services.reports.store import places
from services.reports.store.parts import FILED
from services.reports.store.tables import clocks, reports, senders, transitions

_M_A_DEGREE = 111_320.0  # of latitude


@dataclass(frozen=True)
class Asked:
    """What GET Service Requests asks for in a community; None is no filter."""

    community: str
    window: Window
    ids: tuple[UUID, ...] | None = None
    categories: tuple[str, ...] | None = None
    statuses: tuple[Status, ...] | None = None
    updated: Window | None = None
    box: tuple[float, float, float, float] | None = None  # west, south, east, north
    around: tuple[float, float, float] | None = None  # latitude, longitude, metres


def _given(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind)


def _if_given(name: str, kind: Any, holds: Any) -> Any:
    return or_(_given(name, kind).is_(None), holds)


def _among(column: Any, name: str, kind: Any) -> Any:
    return _if_given(name, ARRAY(kind), column == func.any(_given(name, ARRAY(kind))))


_moment = DateTime(timezone=True)
_PUBLIC = func.nlevel(reports.c.area) <= NARROWEST  # of what lies in a dwelling no point is told
_DUE = select(clocks.c.due_at).where(
    clocks.c.report_id == reports.c.id, clocks.c.kind == Kind.RESOLVE,
    or_(clocks.c.state == State.RUNNING, clocks.c.state == State.PAUSED),
).limit(1).scalar_subquery()
_EAST = func.cos(func.radians(_given("lat", Float))) * (reports.c.lng - _given("lng", Float))
_METRES = func.sqrt(func.power(reports.c.lat - _given("lat", Float), 2) + func.power(_EAST, 2)) * _M_A_DEGREE
_IN_BOX = reports.c.lng.between(_given("west", Float), _given("east", Float)) & reports.c.lat.between(
    _given("south", Float), _given("north", Float)
)
_FOUND = Prepared(
    select(
        reports.c.id, reports.c.number, reports.c.category, reports.c.status, reports.c.level, reports.c.supporters,
        func.ltree2text(func.subltree(reports.c.area, 0, func.least(func.nlevel(reports.c.area), NARROWEST))).label("place"),
        case((_PUBLIC, reports.c.lat)).label("lat"), case((_PUBLIC, reports.c.lng)).label("lng"),
        reports.c.submitted_at, reports.c.updated_at, _DUE.label("due_at"),
    ).where(
        below(reports.c.area, "community"),
        _among(reports.c.id, "ids", Uuid), FILED,
        _among(reports.c.category, "categories", Text), _among(reports.c.status, "statuses", Text),
        reports.c.submitted_at >= _given("since", _moment), reports.c.submitted_at < _given("until", _moment),
        _if_given("updated_since", _moment, reports.c.updated_at >= _given("updated_since", _moment)),
        _if_given("updated_until", _moment, reports.c.updated_at < _given("updated_until", _moment)),
        _if_given("west", Float, _PUBLIC & _IN_BOX), _if_given("metres", Float, _PUBLIC & (_given("metres", Float) >= _METRES)),
    ).order_by(reports.c.submitted_at.desc(), reports.c.id.desc())
    .limit(_given("most", Integer)).offset(_given("passed_over", Integer))
)
_STEPS = Prepared(
    select(
        transitions.c.report_id, transitions.c.seq, transitions.c.action, transitions.c.to_status, transitions.c.at,
    ).join(reports, reports.c.id == transitions.c.report_id).where(
        below(reports.c.area, "community"), FILED, transitions.c.action.not_in(("divide", "grade")),
        transitions.c.at >= _given("since", _moment), transitions.c.at < _given("until", _moment),
    ).order_by(transitions.c.at, transitions.c.report_id, transitions.c.seq).limit(_given("most", Integer))
)
_COMMUNITIES = Prepared(select(areas.c.path).where(func.nlevel(areas.c.path) == WIDEST, areas.c.closed.is_(False)))
_ADD = Prepared(insert(senders).on_conflict_do_nothing().returning(senders.c.id), *senders.c.keys())
_BY_KEY = Prepared(select(senders).where(senders.c.key_hash == bindparam("key_hash")))


async def found(work: Work, asked: Asked, *, most: int, passed_over: int = 0) -> list[Row]:
    """The reports that are asked for, the newest first."""
    west, south, east, north = asked.box or (None, None, None, None)
    lat, lng, metres = asked.around or (None, None, None)
    window, updated = asked.window, asked.updated
    return await work.rows(
        _FOUND, community=asked.community, ids=asked.ids, categories=asked.categories, statuses=asked.statuses,
        since=window.since, until=window.until,
        updated_since=updated and updated.since, updated_until=updated and updated.until,
        west=west, south=south, east=east, north=north, lat=lat, lng=lng, metres=metres, most=most, passed_over=passed_over,
    )


async def steps(work: Work, community: str, window: Window, *, most: int) -> list[Row]:
    """The steps that reports of a community took, the oldest first; what was written with them is not told."""
    return await work.rows(_STEPS, community=community, since=window.since, until=window.until, most=most)


async def names(work: Work, of: Collection[str]) -> dict[str, str]:
    """How these areas, and those around them, are called."""
    around = {place.rsplit(".", up)[0] for place in of for up in range(place.count(".") - WIDEST + 2)}
    return await places.names(work, around)


async def communities(work: Work) -> list[str]:
    """The communities that are served."""
    return [row.path for row in await work.rows(_COMMUNITIES)]


async def sender_of(work: Work, key_hash: bytes) -> Sender | None:
    """Whose key this is, live or not."""
    row = await work.row(_BY_KEY, key_hash=key_hash)
    return Sender(**row) if row is not None else None


async def keep_sender(work: Work, made: Sender) -> bool:
    """Keep a new sender; False if one of its name was ever there."""
    return await work.row(_ADD, **vars(made)) is not None
