"""What is open near a place: three ways to look, each a bounded walk along an index, however much is open."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Float, Text, Uuid, and_, bindparam, cast, column, func, literal_column, or_, select, text
from sqlalchemy import update as updating
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import person_keys
from chassis.db import Work
from chassis.directory import reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from services.reports.domain.coordinates import Point
from services.reports.domain.double import REACH, Double
from services.reports.store.parts import FILED
from services.reports.store.tables import OPEN_TO_ALL, doubles, reports

_BY_ANCHOR_MOST, _BY_AREA_MOST, _BY_POINT_MOST = 20, 10, 30  # of an area each of those around the place
_DEGREE = 111_320.0  # metres of latitude; of longitude it is less, so the box is wider than REACH there, never narrower
_OPEN = and_(text(OPEN_TO_ALL), FILED)
_HERE = cast(bindparam("communities", type_=ARRAY(Text)), ARRAY(AreaPath))
_WANTED = (
    reports.c.id, reports.c.number, reports.c.category, reports.c.status, reports.c.submitted_at, reports.c.supporters,
    reports.c.area, reports.c.anchor_id, reports.c.lat, reports.c.lng, reports.c.sealed_text, reports.c.reporter_id,
)
_SPOT = func.point(reports.c.lng, reports.c.lat)
_ASKED = func.point(bindparam("lng", type_=Float), bindparam("lat", type_=Float))
_CORNER = func.point(bindparam("reach_lng", type_=Float), bindparam("reach_lat", type_=Float))
_BOX = func.box(_ASKED.op("-")(_CORNER), _ASKED.op("+")(_CORNER))


def _whole(found: Any) -> Prepared:
    """The columns of what was found, in the communities asked about, with the key its text opens by."""
    inner = found.subquery()
    asked = select(inner, person_keys.c.wrapped).outerjoin(person_keys, person_keys.c.person_id == inner.c.reporter_id)
    return Prepared(asked.where(cast(inner.c.area, AreaPath).op("<@", is_comparison=True)(func.any(_HERE))))


_around = func.unnest(bindparam("around", type_=ARRAY(Text))).table_valued(column("path", Text)).render_derived(name="around")
_newest = (
    select(*_WANTED).where(reports.c.area == cast(_around.c.path, AreaPath), _OPEN).order_by(reports.c.id.desc())
    .limit(literal_column(str(_BY_AREA_MOST))).lateral()
)
BY_ANCHOR = _whole(
    select(*_WANTED).where(reports.c.anchor_id == bindparam("anchor", type_=Uuid), _OPEN).order_by(reports.c.id.desc())
    .limit(literal_column(str(_BY_ANCHOR_MOST)))
)
BY_AREA = _whole(select(_newest).select_from(_around.join(_newest, text("true"))))
BY_POINT = _whole(
    select(*_WANTED).where(_SPOT.op("<@", is_comparison=True)(_BOX), _OPEN).order_by(_SPOT.op("<->")(_ASKED))
    .limit(literal_column(str(_BY_POINT_MOST)))
)
_MORE = text(  # the reasons that are not there yet, behind those that are
    "doubles.why || (select coalesce(jsonb_agg(one), '[]') from jsonb_array_elements(excluded.why) one"
    " where not doubles.why @> jsonb_build_array(one))"
)
_new = insert(doubles)
_KEEP = Prepared(
    _new.on_conflict_do_update(
        index_elements=["report_id", "other_id"], where=doubles.c.settled_at.is_(None),
        set_={"why": _MORE, "score": func.greatest(doubles.c.score, _new.excluded.score)},
    ),
    *doubles.c.keys(),
)
_other = reports.alias("other")
_MERGEABLE = text("reports.status in ('submitted', 'accepted')")
_STILL_OPEN = text("other.status not in ('resolved', 'closed', 'declined', 'withdrawn', 'merged')")
WAITING = Listing(
    select(
        doubles.c.id, doubles.c.area, doubles.c.score, doubles.c.why, doubles.c.found_at,
        reports.c.id.label("report_id"), reports.c.number, reports.c.category, reports.c.status,
        _other.c.id.label("other_id"), _other.c.number.label("other_number"), _other.c.category.label("other_category"),
        _other.c.status.label("other_status"), _other.c.supporters.label("other_supporters"),
    ).join(reports, reports.c.id == doubles.c.report_id).join(_other, _other.c.id == doubles.c.other_id).where(
        doubles.c.settled_at.is_(None), reached(doubles.c.area), reached(_other.c.area), _MERGEABLE, _STILL_OPEN
    ),
    doubles.c.id,
)


def box(point: Point) -> dict[str, float]:
    """The parameters of BY_POINT: where, and how far in degrees of each kind."""
    reach = REACH / _DEGREE
    return {"lat": point.lat, "lng": point.lng, "reach_lat": reach, "reach_lng": 2 * reach}


async def near(
    work: Work, *, communities: list[str], anchor: UUID | None, around: list[str], point: Point | None
) -> list[Row]:
    """What is open there in these communities, each once; at most 20 of the anchor, 10 of an area, 30 of the point."""
    found: list[Row] = []
    if anchor is not None:
        found += await work.rows(BY_ANCHOR, anchor=anchor, communities=communities)
    if around:
        found += await work.rows(BY_AREA, around=around, communities=communities)
    if point is not None:
        found += await work.rows(BY_POINT, **box(point), communities=communities)
    return list({row.id: row for row in found}.values())


async def keep_double(work: Work, made: Double) -> None:
    """Keep a suggestion; to one of the same pair that nobody settled only its reasons are added, and the higher score counts."""
    await work.rows(_KEEP, **asdict(made))


async def settle(work: Work, report: UUID, other: UUID, by: UUID) -> None:
    """The two were merged: nobody need be asked about them any longer."""
    pair = or_(
        (doubles.c.report_id == report) & (doubles.c.other_id == other),
        (doubles.c.report_id == other) & (doubles.c.other_id == report),
    )
    settled = updating(doubles).where(pair, doubles.c.settled_at.is_(None)).values(settled_at=work.now, settled_by=by)
    await work.session.execute(settled)
