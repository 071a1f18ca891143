"""Where the grids of a community lie: a polygon each, on WGS-84, as GeoJSON says it (RFC 7946 section 3.1.6)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from chassis.errors import Invalid
from services.reports.domain.coordinates import Point

Ring = tuple[tuple[float, float], ...]  # lng, lat; the last corner is the first again
FEWEST_CORNERS, MOST_CORNERS, MOST_GRIDS = 4, 200, 40
_SHARED = 1e-9  # square degrees, some ten square metres: neighbours that were drawn along the same street
_BESIDE = 0.012  # degrees, 1.1 to 1.3 km
_WIDEST = 0.3  # degrees: no grid of a community is thirty kilometres wide


class GridUnfit(Invalid):
    """A grid is one ring, closed, simple, inside China, at most thirty kilometres wide; `grid` names it, `why` what is amiss."""

    zh = "网格边界不合要求，请检查是否闭合、自相交或超出范围"


class GridsOverlap(Invalid):
    """A place lies in one grid: two grids of a community share a border and nothing more; `grids` says which."""

    zh = "两个网格的边界重叠，请调整"


@dataclass(frozen=True)
class Grid:
    """A grid and its ring; GridUnfit unless it is one."""

    area: str
    ring: Ring

    def __post_init__(self) -> None:
        why = next((why for why, holds in _LAWS.items() if not holds(self.ring)), None)
        if why is not None:
            raise GridUnfit(grid=self.area, why=why)

    def covers(self, point: Point) -> bool:
        """Whether a point on WGS-84 lies in it, or on its border."""
        return bool(self._drawn.covers(_shapes().Point(point.lng, point.lat)))

    def is_near(self, point: Point) -> bool:
        """Whether a point on WGS-84 lies in it or a short way outside: a phone indoors is out by hundreds of metres."""
        return bool(self._drawn.distance(_shapes().Point(point.lng, point.lat)) <= _BESIDE)

    @cached_property
    def _drawn(self) -> Any:
        drawn = _shapes().Polygon(self.ring)
        _shapes().prepare(drawn)  # asked of every report that is filed, so its edges are sorted once
        return drawn


def _shapes() -> Any:
    import shapely  # noqa: PLC0415 - with numpy, 25 MB: where there are polygons, and a worker asks of none

    return shapely


def must_lie_apart(grids: Sequence[Grid]) -> None:
    """GridsOverlap where two have more in common than a border."""
    drawn = [(grid.area, _shapes().Polygon(grid.ring)) for grid in grids]
    for (one, ring), (other, beside) in combinations(drawn, 2):
        if ring.intersection(beside).area > _SHARED:
            raise GridsOverlap(grids=[one, other])


def _is_narrow(ring: Ring) -> bool:
    spans = (max(side) - min(side) for side in zip(*ring, strict=True))
    return all(span <= _WIDEST for span in spans)


_LAWS: dict[str, Callable[[Ring], bool]] = {
    "corners": lambda ring: FEWEST_CORNERS <= len(ring) <= MOST_CORNERS,
    "not closed": lambda ring: ring[0] == ring[-1],
    "outside": lambda ring: all(Point(lat, lng).is_in_china for lng, lat in ring),
    "too wide": _is_narrow,
    "crosses itself": lambda ring: bool(_shapes().Polygon(ring).is_valid) and _shapes().Polygon(ring).area > 0,
}
