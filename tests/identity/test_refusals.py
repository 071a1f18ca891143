"""Refused accesses are counted, whoever tries how often, and looked at by the auditor of the area."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed, token
from builders.factors import problem
from builders.offices import hears
from builders.world import ADMIN, FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, THERE, Person

from contracts.area import Role
from services.identity.actions import refusals
from services.identity.actions.refusals import Counted, keep, tally_of

AUDITOR, FAR_AUDITOR = Person(role=Role.AUDITOR, area=HERE), Person(role=Role.AUDITOR, area=THERE)
GRANT = {"person_id": str(uuid4()), "role": "guard", "area": HERE, "display_name": "某某"}


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with an auditor of each community."""
    for one in (AUDITOR, FAR_AUDITOR):
        await hears(identity_doors, one)
    tally_of(identity_doors.running).clear()
    return identity_doors


def client(doors: Doors, who: Person | None = None) -> httpx.AsyncClient:
    """Somebody at the process as it runs."""
    headers = {"authorization": f"Bearer {token(who.id, doors.issuer)}"} if who else {}
    transport = httpx.ASGITransport(Counted(doors.app, doors.running), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=doors.issuer, headers=headers)


async def tries(doors: Doors, who: Person | None, times: int = 1) -> None:
    async with client(doors, who) as door:
        for _ in range(times):
            await door.post("/api/v1/assignments", json=GRANT, headers=keyed())


async def counted(doors: Doors) -> list[tuple[str, int, int]]:
    await keep(doors.running)
    rows = await doors.rows("select operation, status, times from refusals order by status, operation")
    return [(row.operation, row.status, row.times) for row in rows]


async def test_who_is_refused_is_counted_by_hour_operation_and_status(doors: Doors, later: Callable[..., None]) -> None:
    await tries(doors, OFFICER, 3)
    await tries(doors, None, 2)
    await tries(doors, FAR_OFFICER)
    async with client(doors, OFFICER) as door:
        assert (await door.get("/api/v1/people/me")).status_code == 200
        assert (await door.get("/api/v1/nothing")).status_code == 404
    assert await counted(doors) == [
        ("grant_assignment", 401, 2), ("grant_assignment", 403, 3), ("grant_assignment", 404, 1), ("no-such-address", 404, 1),
    ]
    await tries(doors, OFFICER, 2)
    assert ("grant_assignment", 403, 5) in await counted(doors)
    assert not tally_of(doors.running)


async def test_no_number_of_tries_or_of_people_fills_a_disk(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(refusals, "MOST_AN_HOUR", 8)
    await asyncio.gather(*(tries(doors, Person(), 2) for _ in range(30)))
    assert len(tally_of(doors.running)) <= 6
    assert sum(times for *_, times in await counted(doors)) == 60
    await asyncio.gather(*(tries(doors, Person(), 1) for _ in range(30)))
    rows = await counted(doors)
    assert sum(times for *_, times in rows) == 90
    assert len(rows) <= 9


async def test_it_is_for_the_auditor_and_the_admin_of_the_area_and_for_nobody_else(doors: Doors) -> None:
    await tries(doors, OFFICER)
    await tries(doors, None)
    await keep(doors.running)
    for who, many in ((AUDITOR, 1), (ADMIN, 1), (FAR_AUDITOR, 0), (OFFICER, 0), (GRID, 0), (RESIDENT, 0)):
        async with doors.client(who) as door:
            items = (await door.get("/api/v1/refusals")).json()["items"]
        assert len(items) == many, who
    async with doors.client(AUDITOR) as door:
        (told,) = (await door.get("/api/v1/refusals")).json()["items"]
    assert (told["person_id"], told["area"], told["operation"], told["times"]) == (str(OFFICER.id), HERE, "grant_assignment", 1)
    async with doors.client(AUDITOR, client_id="desk", scope="openid") as door:
        assert problem(await door.get("/api/v1/refusals")) == (403, "scope-missing")


async def test_what_cannot_be_kept_now_is_kept_later(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    await tries(doors, OFFICER)

    async def broken(*_: object) -> None:
        raise OSError("no database")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(refusals, "_written", broken)
        with pytest.raises(OSError, match="no database"):
            await keep(doors.running)
    assert await counted(doors) == [("grant_assignment", 403, 1)]


async def test_it_is_forgotten_after_half_a_year(doors: Doors, later: Callable[..., None]) -> None:
    await tries(doors, OFFICER)
    await keep(doors.running)
    await doors.running.database.do(refusals.forget)
    assert len(await counted(doors)) == 1
    later(days=201)
    await doors.running.database.do(refusals.forget)
    assert await counted(doors) == []
