"""GCJ-02 and WGS-84: known points, and back again within a metre all over China."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.reports.domain.coordinates import Point

METRE = 1e-5  # of latitude, about 1.1 m


@given(some.floats(20, 50), some.floats(75, 130))
def test_there_and_back_is_within_a_metre(lat: float, lng: float) -> None:
    back = Point(lat, lng).gcj02().wgs84()
    assert abs(back.lat - lat) < METRE
    assert abs(back.lng - lng) < METRE


@pytest.mark.parametrize(("wgs", "gcj"), [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
])
def test_the_pairs_of_the_eviltransform_projects_own_tests(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    shifted = Point(*wgs).gcj02()
    assert abs(shifted.lat - gcj[0]) < METRE
    assert abs(shifted.lng - gcj[1]) < METRE


def test_the_same_datum_is_left_alone() -> None:
    assert Point(30.0, 104.0).wgs84() == Point(30.0, 104.0)
    assert Point(30.0, 104.0, "gcj02").gcj02() == Point(30.0, 104.0, "gcj02")


@given(some.floats(-90, 90), some.floats(-180, 180))
def test_wherever_it_is_it_stays_on_the_globe(lat: float, lng: float) -> None:
    found = Point(lat, lng, "gcj02").wgs84()
    assert abs(found.lat - lat) < 0.05
    assert abs(found.lng - lng) < 0.05


@given(some.floats(20, 50), some.floats(75, 130))
def test_there_and_back_is_within_half_a_metre(lat: float, lng: float) -> None:
    assert Point(lat, lng).gcj02().wgs84().metres_to(Point(lat, lng)) < 0.5


@pytest.mark.parametrize(("one", "other", "metres"), [
    ((0.0, 0.0), (1.0, 0.0), 111_195), ((30.0, 104.0), (30.0, 104.001), 96.3), ((30.0, 104.0), (30.0, 104.0), 0.0),
])
def test_the_way_between_two_points(one: tuple[float, float], other: tuple[float, float], metres: float) -> None:
    assert Point(*one).metres_to(Point(*other)) == pytest.approx(metres, rel=0.001, abs=0.01)
