"""GCJ-02, the shifted datum of Chinese maps, to WGS-84 and back; within a metre inside China."""

import math
from dataclasses import dataclass
from typing import Literal

_A = 6378245.0  # Krasovsky 1940, semi-major axis in metres
_RADIUS = 6371008.8  # of the sphere, in metres (IUGG, mean)
_EE = 0.00669342162296594323  # and its eccentricity squared


@dataclass(frozen=True)
class Point:
    """Degrees; `crs` says on which datum."""

    lat: float
    lng: float
    crs: Literal["wgs84", "gcj02"] = "wgs84"

    def wgs84(self) -> "Point":
        """The same place on WGS-84, found by three rounds of correction."""
        if self.crs == "wgs84" or not self.is_in_china:
            return Point(self.lat, self.lng)
        lat, lng = self.lat, self.lng
        for _ in range(3):
            shifted = Point(lat, lng).gcj02()
            lat, lng = lat + self.lat - shifted.lat, lng + self.lng - shifted.lng
        return Point(lat, lng)

    def metres_to(self, other: "Point") -> float:
        """The way to another point, both on WGS-84, over a sphere: within half a per cent."""
        north, east = math.radians(other.lat - self.lat), math.radians(other.lng - self.lng)
        cosines = math.cos(math.radians(self.lat)) * math.cos(math.radians(other.lat))
        half = math.sin(north / 2) ** 2 + cosines * math.sin(east / 2) ** 2
        return 2 * _RADIUS * math.asin(math.sqrt(min(1.0, half)))

    @property
    def is_in_china(self) -> bool:
        """Outside this frame nothing is shifted, and the formula runs away."""
        return 0.8293 < self.lat < 55.8271 and 72.004 < self.lng < 137.8347  # noqa: PLR2004 - the frame everybody uses

    def gcj02(self) -> "Point":
        """The same place as Chinese maps draw it."""
        if self.crs == "gcj02":
            return self
        x, y = self.lng - 105.0, self.lat - 35.0
        radians = math.radians(self.lat)
        magic = 1 - _EE * math.sin(radians) ** 2
        north = _north(x, y) * 180 / (_A * (1 - _EE) / (magic * math.sqrt(magic)) * math.pi)
        east = _east(x, y) * 180 / (_A / math.sqrt(magic) * math.cos(radians) * math.pi)
        return Point(self.lat + north, self.lng + east, "gcj02")


def _waves(value: float, *terms: tuple[float, float]) -> float:
    return sum(size * math.sin(value * math.pi * rate) for size, rate in terms) * 2 / 3


def _north(x: float, y: float) -> float:
    plane = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    return plane + _waves(x, (20, 6), (20, 2)) + _waves(y, (20, 1), (40, 1 / 3)) + _waves(y, (160, 1 / 12), (320, 1 / 30))


def _east(x: float, y: float) -> float:
    plane = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    return plane + _waves(x, (20, 6), (20, 2)) + _waves(x, (20, 1), (40, 1 / 3)) + _waves(x, (150, 1 / 12), (300, 1 / 30))
