"""Lists by keyset: every row once, newest first, at whatever size of page, while others write."""

from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.world import FAR_OFFICER, GRID, OFFICER, OTHER_GRID, RESIDENT, UNIT
from sqlalchemy import select

from chassis.pages import Listing, Paging
from services.reports.store.tables import reports


async def file(doors: Doors, count: int) -> list[str]:
    async with doors.client(RESIDENT) as resident:
        return [
            (await resident.post("/api/v1/reports", headers=keyed(), json={
                "text": f"第{n}件", "category": ("water", "road")[n % 2], "place": {"area": UNIT}, "client_token": str(uuid4()),
            })).json()["id"] for n in range(count)
        ]


async def walked(doors: Doors, limit: int, **filters: object) -> list[str]:
    seen, cursor = [], None
    async with doors.client(GRID) as worker:
        while True:
            asked = {"limit": limit, **filters, **({"cursor": cursor} if cursor else {})}
            found = (await worker.get("/api/v1/reports", params=asked)).json()  # type: ignore[arg-type]
            assert len(found["items"]) <= limit
            seen += [one["id"] for one in found["items"]]
            cursor = found["next"]
            if cursor is None:
                return seen


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 100])
async def test_every_row_comes_once_and_newest_first(reports_doors: Doors, limit: int) -> None:
    filed = await file(reports_doors, 7)
    assert await walked(reports_doors, limit) == sorted(filed, key=lambda one: UUID(one).int, reverse=True)


@pytest.mark.parametrize("limit", [1, 3, 7, 8])
async def test_a_list_may_begin_with_the_soonest(reports_doors: Doors, limit: int) -> None:
    filed, cursor, seen = await file(reports_doors, 7), None, []
    listing = Listing(select(reports.c.id), reports.c.id, rising=True)
    while cursor is not None or not seen:
        async with reports_doors.running.database.reading() as work:
            page = await listing.page(work, Paging(limit=limit, cursor=cursor))
        assert page.total == len(filed)
        seen, cursor = [*seen, *(str(row["id"]) for row in page.items)], page.next
    assert seen == sorted(filed, key=lambda one: UUID(one).int)


async def test_a_row_that_comes_between_does_not_shift_the_pages(reports_doors: Doors) -> None:
    first = await file(reports_doors, 4)
    async with reports_doors.client(GRID) as worker:
        page = (await worker.get("/api/v1/reports", params={"limit": 2})).json()
        await file(reports_doors, 3)
        rest = (await worker.get("/api/v1/reports", params={"limit": 10, "cursor": page["next"]})).json()
    assert sorted(one["id"] for one in [*page["items"], *rest["items"]]) == sorted(first)


@pytest.mark.parametrize("asked", ["sort=phone", "fields=text", "limit=1&include=person", "reporter_id.eq=1"])
async def test_what_a_list_does_not_know_is_refused(reports_doors: Doors, asked: str) -> None:
    async with reports_doors.client(GRID) as client:
        refused = await client.get(f"/api/v1/reports?{asked}")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "invalid-request")
        assert (await client.get("/api/v1/reports?limit=1")).status_code == 200


async def test_filters_and_counts_agree(reports_doors: Doors) -> None:
    await file(reports_doors, 5)
    async with reports_doors.client(OFFICER) as officer:
        found = (await officer.get("/api/v1/reports", params={"category": "water", "limit": 1})).json()
        assert (found["total"], found["total_is"], len(found["items"])) == (3, "exact", 1)
        mine = (await officer.get("/api/v1/reports", params={"mine": "true"})).json()
        assert (mine["total"], mine["items"], mine["next"]) == (0, [], None)
    for person in (OTHER_GRID, FAR_OFFICER):
        async with reports_doors.client(person) as other:
            assert (await other.get("/api/v1/reports")).json()["total"] == 0
