"""What is kept of how a community routes, version by version, and of how a report was; and questions about it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from chassis.db import Work
from chassis.directory import units
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from contracts.area import contains
from services.reports.domain.grid import Grid
from services.reports.domain.routing import Route, Routing, RoutingRule
from services.reports.domain.severity import Severity
from services.reports.store.tables import metadata

_MOMENT = DateTime(timezone=True)
routings = Table(
    "routings", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("version", Integer, CheckConstraint("version >= 1", name="version"), nullable=False),
    Column("said", JSONB, nullable=False, comment="rules and grids whole; a version is written once and stays"),
    Column("decided_by", Uuid, nullable=False),
    Column("decided_at", _MOMENT, nullable=False),
    Index("uq_routings_version", "area", "version", unique=True),
)

routes = Table(
    "routes", metadata,
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("version", Integer, nullable=False, comment="of the routing that decided; 0 before there was any"),
    Column("by", Text, CheckConstraint("by in ('anchor', 'rule', 'grid', 'triage')", name="by"), nullable=False),
    Column("rule", Text),
    Column("unit_id", Uuid),
    Column("office", Text),
    Column("grid", AreaPath),
    Column("says", Text, nullable=False),
    Column("passed", JSONB, nullable=False, comment="why each rule before it did not decide"),
    Column("decided_at", _MOMENT, nullable=False),
)
_HERE = routings.c.area == bindparam("place", type_=AreaPath)
VERSIONS = Listing(select(routings).where(_HERE), routings.c.id)
NEWEST = select(routings.c.id).where(_HERE).order_by(routings.c.version.desc()).limit(1)
_NEWEST = Prepared(NEWEST)
_WHOLE = Prepared(select(routings).where(routings.c.id == bindparam("key")))
_DECIDE = Prepared(insert(routings).on_conflict_do_nothing().returning(routings.c.id), *routings.c.keys())
_KEEP = Prepared(insert(routes).inline(), *routes.c.keys())
_ROUTE = Prepared(select(routes).where(routes.c.report_id == bindparam("report")))
_known: dict[UUID, Routing] = {}  # by the id of a version, which is written once: so it is read and drawn once a process
_MOST_KNOWN = 200
_SERVING = Prepared(select(units.c.id, units.c.serves).where(units.c.id == func.any(bindparam("wanted", type_=ARRAY(Uuid)))))


async def routing_of(work: Work, community: str) -> Routing:
    """The newest version that was decided here; without any, nothing is routed."""
    return await version_of(work, community, await work.value(_NEWEST, place=community))


async def version_of(work: Work, community: str, newest: UUID | None) -> Routing:
    """The same, for who asked for its id beside other things."""
    if newest is None:
        return Routing(community)
    if newest not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        [row] = await work.rows(_WHOLE, key=newest)
        _known[newest] = Routing(community, row.version, *_said(row.said), row.decided_by, row.decided_at)
    return _known[newest]


def _said(kept: dict[str, Any]) -> tuple[tuple[RoutingRule, ...], tuple[Grid, ...]]:
    """Rules and grids as they were kept."""
    rules = tuple(
        RoutingRule(
            one["name"], one["says"], tuple(one["categories"]), tuple(one["areas"]),
            UUID(one["unit_id"]) if one["unit_id"] else None, one["office"],
            Severity(one["severity_at_least"]) if one.get("severity_at_least") else None, one.get("subcategory"),
        )
        for one in kept["rules"]
    )
    return rules, tuple(Grid(one["area"], tuple((lng, lat) for lng, lat in one["ring"])) for one in kept["grids"])


async def keep_routing(work: Work, made: Routing) -> bool:
    """Keep a new version; False if somebody was faster."""
    rules = [asdict(rule) | {"unit_id": str(rule.unit_id) if rule.unit_id else None} for rule in made.rules]
    row = {"area": made.area, "version": made.version, "decided_by": made.decided_by, "decided_at": made.decided_at}
    kept = {"rules": rules, "grids": [asdict(grid) for grid in made.grids]}
    return await work.row(_DECIDE, id=work.new_id(), said=kept, **row) is not None


async def keep_route(work: Work, report: UUID, version: int, made: Route) -> None:
    """What decided of a report."""
    row = asdict(made) | {"passed": list(made.passed)}
    await work.rows(_KEEP, report_id=report, version=version, decided_at=work.now, **row)


async def route_of(work: Work, report: UUID) -> Row | None:
    """What decided of a report; None of those filed before anything was routed."""
    return await work.row(_ROUTE, report=report)


async def units_here(work: Work, community: str, wanted: list[UUID]) -> set[UUID]:
    """Those of these units that serve some place of the community."""
    found = await work.rows(_SERVING, wanted=wanted) if wanted else []
    return {row.id for row in found if any(contains(community, one) or contains(one, community) for one in row.serves)}
