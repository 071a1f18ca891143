"""地图: the reports of a list as GeoJSON (RFC 7946) by the box one looks at; and, for everybody, where much was filed."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.reports.actions import viewport as acts
from services.reports.api.reports import Path
from services.reports.api.views import KeptFilters
from services.reports.domain.coordinates import Point
from services.reports.domain.viewport import Box
from services.reports.domain.worklist import List, Order, Question

router = new_router("/api/v1/maps", tags=["maps"])
heat = new_router("/api/v1/heat", tags=["maps", PUBLIC])

Lat = Annotated[float, Field(ge=-89, le=89)]
Lng = Annotated[float, Field(ge=-179, le=179)]


class Corners(BaseModel, extra="forbid"):
    """The box one looks at, in which datum; answers are in it too."""

    west: Lng
    south: Lat
    east: Lng
    north: Lat
    crs: Literal["wgs84", "gcj02"] = "wgs84"

    def box(self) -> Box:
        """The same on WGS-84; BoxUnfit."""
        low, high = Point(self.south, self.west, self.crs).wgs84(), Point(self.north, self.east, self.crs).wgs84()
        return Box(low.lng, low.lat, high.lng, high.lat)


class MapAsks(Corners, KeptFilters):
    """Also which list, and what is asked of it."""

    worklist: List = List.OPEN

    def question(self) -> Question:
        """The same in the words of the rule."""
        return Question(self.worklist, Order.NEW, self.filters())


class Geometry(BaseModel):
    """A point, or the ring of a cell."""

    type: Literal["Point", "Polygon"]
    coordinates: list[Any]


class Feature(BaseModel):
    """A report, or a cell with its `count`."""

    type: Literal["Feature"]
    geometry: Geometry
    properties: dict[str, Any]


class Features(BaseModel):
    """What lies in the box."""

    type: Literal["FeatureCollection"]
    by: Literal["points", "cells"]
    features: list[Feature]


class Heat(Features):
    """The cells, of what was filed between two instants."""

    since: datetime
    before: datetime


@router.get("/reports", response_model=Features)
async def draw_reports(actor: Actor, work: Working, asked: Annotated[MapAsks, Query()]) -> dict[str, Any]:
    """At most 500 points; where there are more, cells with how many lie in each. All of it lies where one serves."""
    actor.may("maps.read")
    return await acts.drawn(work, by=actor, question=asked.question(), box=asked.box(), gcj02=asked.crs == "gcj02")


@heat.get("/{community}", response_model=Heat)
async def read_heat(community: Path, work: Working, asked: Annotated[Corners, Query()]) -> dict[str, Any]:
    """Cells of two hundred metres of public places, none that fewer than five people stand behind; told a month late."""
    return await acts.heat(work, community, box=asked.box(), gcj02=asked.crs == "gcj02")
