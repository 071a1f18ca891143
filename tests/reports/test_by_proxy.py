"""What somebody does with a report for its reporter is the reporter's, and its steps say who did it: X for Y (代办)."""

from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors, keyed
from builders.life import BODIES, file, named, step
from builders.world import GRID, OFFICER, RESIDENT, SECOND_RESIDENT, UNIT

ALL = "reports.file reports.read reports.withdraw reports.rate reports.reopen reports.supplement"


def acting(doors: Doors, scope: str = ALL, **claims: Any) -> httpx.AsyncClient:
    """The second resident, for the first."""
    return doors.client(RESIDENT, client_id="guohuai.proxy", scope=scope, act={"sub": str(SECOND_RESIDENT.id)}, **claims)


async def steps(doors: Doors, key: str) -> list[tuple[str, str | None, str | None]]:
    async with doors.client(GRID) as client:
        found = (await client.get(f"/api/v1/reports/{key}/history")).json()
    return [(one["action"], one["actor_id"], one["acting_id"]) for one in found]


async def filed(doors: Doors) -> str:
    draft = {"text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with acting(doors) as client:
        answer = await client.post("/api/v1/reports", json=draft, headers=keyed())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_f04_it_is_the_others_report_and_says_who_filed_and_withdrew_it(reports_doors: Doors) -> None:
    key = await filed(reports_doors)
    async with reports_doors.client(RESIDENT) as client:
        assert (await client.get(f"/api/v1/reports/{key}")).status_code == 200
    async with reports_doors.client(SECOND_RESIDENT) as client:
        assert (await client.get(f"/api/v1/reports/{key}")).status_code == 404, "not theirs, whoever filed it"
    async with acting(reports_doors) as client:
        assert (await client.post(f"/api/v1/reports/{key}/withdrawal", headers=keyed())).status_code == 200
    me, them = str(RESIDENT.id), str(SECOND_RESIDENT.id)
    assert await steps(reports_doors, key) == [("file", me, them), ("withdraw", me, them)]


async def test_what_others_do_beside_it_is_not_said_to_be_theirs(reports_doors: Doors) -> None:
    key = await filed(reports_doors)
    await step(reports_doors, GRID, key, "acceptance")
    assert (await steps(reports_doors, key))[-1][1:] == (str(GRID.id), None)


async def test_the_chain_holds_who_acted(reports_doors: Doors) -> None:
    key, own = await filed(reports_doors), await file(reports_doors)
    async with reports_doors.client(OFFICER) as client:
        for one in (key, own):
            assert (await client.get(f"/api/v1/reports/{one}/chain")).json()["sound"], "and that of before is as it was"
        for value in (f"'{uuid4()}'", "null"):
            async with reports_doors.whole.begin() as connection:
                await connection.exec_driver_sql(f"update transitions set acting_id = {value} where report_id = '{key}'")
            assert not (await client.get(f"/api/v1/reports/{key}/chain")).json()["sound"]


async def test_f01_no_more_than_was_entrusted(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    async with acting(reports_doors, "reports.read") as client:
        assert (await client.get(f"/api/v1/reports/{key}")).status_code == 200
        answer = await client.post(f"/api/v1/reports/{key}/withdrawal", headers=keyed())
        assert (answer.status_code, named(answer)) == (403, "scope-missing")
    async with acting(reports_doors, "reports.file") as client:
        assert (await client.get(f"/api/v1/reports/{key}")).status_code == 403


async def test_the_answer_to_staff_is_said_to_be_theirs_too(reports_doors: Doors) -> None:
    key = await filed(reports_doors)
    for what in ("acceptance", "assignment", "processing", "question"):
        assert (await step(reports_doors, GRID, key, what)).status_code == 200
    async with acting(reports_doors) as client:
        answer = await client.post(f"/api/v1/reports/{key}/supplement", json=BODIES["supplement"], headers=keyed())
    assert answer.status_code == 200, answer.text
    assert (await steps(reports_doors, key))[-1] == ("supplement", str(RESIDENT.id), str(SECOND_RESIDENT.id))
