"""However many reports there are, a page of a list, its count and a search walk indexes: nothing is read from end to end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.day import many, planned
from builders.doors import Doors
from builders.world import GRID, HERE

from services.reports.domain.worklist import List, Order
from services.reports.store import worklists

pytestmark = pytest.mark.proof
NOW = datetime.now(UTC)
VALUES: dict[str, Any] = {
    "areas": [f"{HERE}.g03"], "person": GRID.id, "units": [], "now": NOW, "soon": NOW + timedelta(hours=4), "limit": 51,
    "category": ["lighting", "water"], "area": f"{HERE}.g03", "level": 1, "status": ["accepted", "processing"],
    "lat": 30.61, "lng": 104.11, "within": 1000, "reach_lat": 0.0091, "reach_lng": 0.0106,
    "after_key": NOW, "after_id": GRID.id, "snapshot": "100:100:", "after_floor": 100,
}
WORD: dict[str, Any] = {"like0": "%灯%", "categories0": ["lighting"], "places0": [], "is_long0": False}
NUMBER: dict[str, Any] = {"like0": "%0101-4711%", "categories0": [], "places0": [], "is_long0": True}
PLACE: dict[str, Any] = {"like0": "%三栋%", "categories0": [], "places0": [f"{HERE}.g03.y3"], "is_long0": False}
BROAD = frozenset({"category", "level", "status"})


async def test_of_forty_thousand_a_page_with_filters_and_count_is_looked_at(reports_doors: Doors) -> None:
    await many(reports_doors, HERE)
    ways: list[tuple[List, Order, frozenset[str], dict[str, Any]]] = [
        *((one, Order.DUE if one.is_in_hand else Order.NEW, frozenset(), {}) for one in List),
        *((one, order, BROAD, {}) for one in (List.OPEN, List.MINE, List.OVERDUE) for order in Order),
        (List.OPEN, Order.DUE, frozenset({"area", "mine"}), {}),
        *((List.EVERY, Order.NEW, asked, word) for word in (WORD, NUMBER, PLACE) for asked in (frozenset(), BROAD)),
        *((List.OPEN, Order.DUE, frozenset(), word) for word in (WORD, NUMBER, PLACE)),
    ]
    for areas in ([f"{HERE}.g03"], [HERE]):
        for name, order, asked, word in ways:
            for question in worklists.question(name, order, asked, 1 if word else 0):
                await must_walk(reports_doors, question, VALUES | word | {"areas": areas})
    for moved, key in ((False, NOW), (True, 0)):
        _, page = worklists.question(List.OPEN, Order.DUE, frozenset(), 0, moved=moved, further=True)
        await must_walk(reports_doors, page, VALUES | {"after_key": key})
    for filters in (frozenset[str](), BROAD):
        await must_walk(reports_doors, worklists.counts(filters), VALUES)


async def must_walk(doors: Doors, question: Any, values: dict[str, Any]) -> None:
    """Reports are never read from end to end; when they are due, of what is in hand alone, and that is a tenth."""
    looked = await planned(doors, question, values, "reports", "dues")
    assert looked
    assert [node for node in looked if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "reports"] == []
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in looked) <= 4000
