"""How a community routes is read and decided by version; what is filed is routed by what is in force."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.directory import area_exists, must_be_fresh
from chassis.errors import NotFound
from chassis.pages import Page, Paging
from chassis.rights import Actor, Permission
from contracts.area import contains
from services.reports.domain.report import Report
from services.reports.domain.routing import Case, NoSuchArea, Route, Routing, RoutingUnfit
from services.reports.domain.terms import Settings, TermsStale
from services.reports.domain.whistle import UnitNotServing
from services.reports.store import catalogues, places, routing


async def narrowed(work: Work, area: str, route: Route) -> str:
    """The place of a report: its grid, where it was filed for something larger and the grid is open still."""
    if route.grid is None or area == route.grid or not contains(area, route.grid):
        return area
    return route.grid if await area_exists(work, route.grid) else area


async def why(work: Work, report_id: UUID, *, by: Actor) -> dict[str, Any]:
    """What decided of a report, in sentences for staff."""
    report = await work.seen(Report, report_id, by.may("reports.explain"))
    row = await routing.route_of(work, report.id)
    if row is None:  # it was filed while nothing was decided here
        undecided = Routing(report.area)
        said = vars(undecided.route(Case(report.category, report.area)))
        return said | {"version": undecided.version, "decided_at": report.submitted_at}
    return dict(row)


async def shown(work: Work, area: str, *, by: Actor) -> Routing:
    """How a community routes, for who may see its settings."""
    return await _reached(work, area, by.may("settings.read"))


async def history(work: Work, area: str, *, by: Actor, paging: Paging) -> Page[dict[str, Any]]:
    """Every version that was decided, newest first."""
    await _reached(work, area, by.may("settings.read"))
    found = await routing.VERSIONS.page(work, paging, place=area)
    return found.model_copy(update={"items": [row | row.pop("said") for row in found.items]})


async def decide(work: Work, area: str, made: Callable[[str], Routing], *, by: Actor, relies_on: str | None) -> Routing:
    """From now on it is routed so; of two who read the same version one is too late. Who may not is told before it is read."""
    read = await _reached(work, area, by.may("settings.write"))
    await must_be_fresh(work, by)
    decided = read.decide(made(area), relies_on=relies_on, by=by.id, at=work.now)
    decided.check()
    await _must_be_there(work, decided)
    if not await routing.keep_routing(work, decided):
        raise TermsStale
    await work.audit("settings.write", f"routing/{decided.area}", actor=by.id, reason=f"version {decided.version}")
    return decided


async def _must_be_there(work: Work, made: Routing) -> None:
    named = {grid.area for grid in made.grids} | {area for rule in made.rules for area in rule.areas}
    if await places.open_among(work, named) != named:
        raise NoSuchArea
    wanted = {rule.unit_id for rule in made.rules if rule.unit_id is not None}
    if await routing.units_here(work, made.area, sorted(wanted)) != wanted:
        raise UnitNotServing
    catalogue = await catalogues.in_force(work, made.area)
    for rule in made.rules:
        if rule.subcategory is not None and not catalogue.knows(rule.categories[0], rule.subcategory):
            raise RoutingUnfit(rule=rule.name)


async def _reached(work: Work, area: str, permission: Permission) -> Routing:
    place = Settings(area)
    permission.check(place)
    if not place.is_a_communitys or not await area_exists(work, area):
        raise NotFound
    return await routing.routing_of(work, area)
