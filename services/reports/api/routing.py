"""分派规则: how a community routes what is filed, read and changed by version; and how one report was routed."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import routing as acts
from services.reports.api.reports import Category, Path, Subcategory
from services.reports.api.settings import CONDITIONAL, Community, ReliesOn
from services.reports.domain.coordinates import Point
from services.reports.domain.grid import FEWEST_CORNERS, MOST_CORNERS, MOST_GRIDS, Grid
from services.reports.domain.routing import LONGEST_NAME, LONGEST_SENTENCE, MOST_NAMED, MOST_RULES, Routing, RoutingRule
from services.reports.domain.severity import Severity

router = new_router("/api/v1", tags=["routing"])

Corner = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
Ring = Annotated[list[Corner], Field(min_length=FEWEST_CORNERS, max_length=MOST_CORNERS)]
Said = r"^[^\x00]*[^\x00\s][^\x00]*$"


class NewRule(Body):
    """If a report is of one of these categories and areas (none named: any), it is the unit's or the office's: one of the two."""

    name: Annotated[str, Field(max_length=LONGEST_NAME, pattern=Said)]
    says: Annotated[str, Field(max_length=LONGEST_SENTENCE, pattern=Said, description="why, for staff to read on the report")]
    categories: Annotated[list[Category], Field(max_length=MOST_NAMED)] = Field(default_factory=list)
    areas: Annotated[list[Path], Field(max_length=MOST_NAMED)] = Field(default_factory=list)
    unit_id: UUID | None = None
    office: Literal["community_officer", "subdistrict_officer"] | None = None
    severity_at_least: Annotated[Severity | None, Field(description="as it is filed")] = None
    subcategory: Annotated[Subcategory | None, Field(description="of the one category named, and what lies below")] = None

    def rule(self) -> RoutingRule:
        """The same in the words of the rule."""
        named, whose = (tuple(self.categories), tuple(self.areas)), (self.unit_id, self.office)
        return RoutingRule(self.name, self.says, *named, *whose, self.severity_at_least, self.subcategory)


class Polygon(Body):
    """A GeoJSON polygon of one ring (RFC 7946): longitude before latitude, the last corner the first again."""

    type: Literal["Polygon"]
    coordinates: Annotated[list[Ring], Field(min_length=1, max_length=1)]


class NewGrid(Body):
    """Where a grid lies; `crs` is that of its corners, which are kept on WGS-84."""

    area: Path
    polygon: Polygon
    crs: Literal["gcj02", "wgs84"] = "wgs84"

    def grid(self) -> Grid:
        """The same in the words of the rule, on WGS-84."""
        corners = [Point(lat, lng, self.crs).wgs84() for lng, lat in self.polygon.coordinates[0]]
        return Grid(self.area, tuple((one.lng, one.lat) for one in corners))


class NewRouting(Body):
    """Rules, the first that fits decides; and the grids of the community."""

    rules: Annotated[list[NewRule], Field(max_length=MOST_RULES)]
    grids: Annotated[list[NewGrid], Field(max_length=MOST_GRIDS)]

    def routing(self, area: str) -> Routing:
        """The same in the words of the rule; its version is given when it is decided."""
        return Routing(area, 0, tuple(one.rule() for one in self.rules), tuple(one.grid() for one in self.grids))


class RuleView(BaseModel):
    """A rule."""

    name: str
    says: str
    categories: list[str]
    areas: list[str]
    unit_id: UUID | None
    office: str | None
    severity_at_least: Severity | None = None
    subcategory: str | None = None


class GridView(BaseModel):
    """A grid and its ring on WGS-84, longitude before latitude."""

    area: str
    ring: list[tuple[float, float]]


class RoutingView(BaseModel):
    """What is in force; decided by nobody while there is none. The version is the ETag."""

    area: str
    rules: list[RuleView]
    grids: list[GridView]
    decided_by: UUID | None
    decided_at: datetime | None


class RoutingVersion(BaseModel):
    """A version that was decided."""

    version: int
    rules: list[RuleView]
    grids: list[GridView]
    decided_by: UUID
    decided_at: datetime


class RouteView(BaseModel):
    """What decided whose a report is, and why none of the rules before it did."""

    by: Literal["anchor", "rule", "grid", "triage"]
    rule: str | None
    unit_id: UUID | None
    office: str | None
    grid: str | None
    says: str
    passed: list[str]
    version: int
    decided_at: datetime


@router.get("/settings/{area}/routing", response_model=RoutingView)
async def get_routing(area: Community, actor: Actor, work: Working, response: Response) -> Routing:
    """How a community routes, and the version of it."""
    return _tagged(response, await acts.shown(work, area, by=actor))


@router.put("/settings/{area}/routing", response_model=RoutingView, responses=CONDITIONAL)
async def put_routing(
    area: Community, new: NewRouting, actor: Actor, work: Working, *, response: Response, relies_on: ReliesOn = None
) -> Routing:
    """Another way to route, if the one that was read is still in force; what was filed stays as it was routed."""
    return _tagged(response, await acts.decide(work, area, new.routing, by=actor, relies_on=relies_on))


@router.get("/settings/{area}/routing/versions", response_model=Page[RoutingVersion])
async def list_routings(
    area: Community, actor: Actor, work: Working, asked: Annotated[Paging, Query()]
) -> Page[dict[str, Any]]:
    """Every version that was decided, newest first."""
    return await acts.history(work, area, by=actor, paging=asked)


@router.get("/reports/{report_id}/routing", response_model=RouteView)
async def get_route(report_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """What decided whose this report is, in sentences for staff."""
    return await acts.why(work, report_id, by=actor)


def _tagged(response: Response, found: Routing) -> Routing:
    response.headers.update({"etag": found.tag, "cache-control": "private, no-cache, no-transform"})
    return found
