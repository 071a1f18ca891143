"""地图: what lies in a box, point by point, or, where that is too many, by cells; for everybody by cells of five people."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.errors import Invalid
from services.reports.domain.coordinates import Point

MOST_POINTS = 500
WIDEST = 0.5  # degrees of a side: some fifty kilometres
_FINEST = 0.0002  # degrees: some twenty metres
_ACROSS = 24  # cells along the longer side, at most twice that
PUBLIC_CELL = 0.002  # degrees, some two hundred metres; one size alone, so that no two cells overlap each other
FEWEST = 5  # people behind a cell that everybody sees, as on the board (domain/board.py)
MONTHS = 3


class BoxUnfit(Invalid):
    """A box has a west that lies west of its east, a south below its north, and sides of half a degree at most."""

    zh = "地图范围不正确或过大，请放大后重试"


class NotOnTheMap(Invalid):
    """On the map stand the reports that somebody has to do something about."""

    zh = "该清单不能在地图上显示"


@dataclass(frozen=True)
class Box:
    """Its corners on WGS-84. BoxUnfit."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (0 < self.east - self.west <= WIDEST and 0 < self.north - self.south <= WIDEST):
            raise BoxUnfit

    @property
    def cell(self) -> float:
        """The side of its cells: of a fixed ladder, so that the cells stay where they are while one moves the map."""
        longer = max(self.east - self.west, self.north - self.south)
        return float(_FINEST * 2 ** max(0, math.ceil(math.log2(longer / _ACROSS / _FINEST))))


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    """RFC 7946 section 3.3."""
    return {"type": "FeatureCollection", "features": features}


def point(lat: float, lng: float, properties: Mapping[str, Any], *, gcj02: bool) -> dict[str, Any]:
    """A point with what is said of it (RFC 7946 section 3.2)."""
    return _feature({"type": "Point", "coordinates": _drawn(lng, lat, gcj02=gcj02)}, properties)


def cell(x: int, y: int, side: float, properties: Mapping[str, Any], *, gcj02: bool) -> dict[str, Any]:
    """A cell by its number from the equator and the meridian; its ring goes against the clock (section 3.1.6)."""
    ring = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)]
    drawn = [_drawn(round(across * side, 6), round(up * side, 6), gcj02=gcj02) for across, up in ring]
    return _feature({"type": "Polygon", "coordinates": [drawn]}, properties)


def _drawn(lng: float, lat: float, *, gcj02: bool) -> list[float]:
    shown = Point(lat, lng).gcj02() if gcj02 else Point(lat, lng)
    return [shown.lng, shown.lat]


def _feature(geometry: dict[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": dict(properties)}
