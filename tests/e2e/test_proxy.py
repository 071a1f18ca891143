"""Across all services: a daughter acts for her mother, it is shown and told, and when the proxy ends her token is refused."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.signing import sign_in
from builders.wire import until

from deploy.local.layout import Layout
from services.identity.domain import demo
from services.identity.domain.clients import EXCHANGE
from services.identity.domain.exchange import ACCESS_TOKEN, PROXY
from simulators.miniprogram import Client

_LAST = f"{(datetime.now(UTC) + timedelta(days=9)).date()}"


@pytest.fixture
async def family(stack: Layout) -> AsyncIterator[tuple[Client, Client]]:
    """Mother and daughter, of the same stairs."""
    ours = [one for one in demo.residents() if one.room.startswith(f"{demo.GUOHUAI}.g03")][-9:]
    first = int(time.time()) % 8
    async with AsyncExitStack() as held:
        mother, daughter = [await held.enter_async_context(Client(stack.origin)) for _ in range(2)]
        await sign_in(mother, ours[first].phone)
        await sign_in(daughter, ours[first + 1].phone)
        yield mother, daughter


async def acting(daughter: Client, proxy: str) -> str:
    """The token the daughter gets to act."""
    said = {"grant_type": EXCHANGE, "subject_token": proxy, "subject_token_type": PROXY,
            "actor_token": daughter.token, "actor_token_type": ACCESS_TOKEN}
    answer = await daughter.http.post("/oauth/token", data=said)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def test_a_daughter_files_for_her_mother_until_the_proxy_ends(stack: Layout, family: tuple[Client, Client]) -> None:
    mother, daughter = family
    her, me = (await daughter.get("/api/v1/people/me"))["id"], (await mother.get("/api/v1/people/me"))["id"]
    for one in (await mother.get("/api/v1/proxies", state="confirmed"))["items"]:
        await mother.post(f"/api/v1/proxies/{one['id']}/ending")
    given = await mother.post("/api/v1/proxies", {
        "actor_id": her, "scopes": ["reports.file", "reports.read"], "last_day": _LAST,
    })
    async with Client(stack.origin) as for_her:
        for_her.http.headers["authorization"] = f"Bearer {await acting(daughter, given['id'])}"
        draft = {"text": "代母亲报：楼道灯不亮", "category": "lighting", "place": {"area": f"{demo.GUOHUAI}.g03.dgy1"},
                 "client_token": str(uuid4())}
        report = await for_her.post("/api/v1/reports", draft)
        [step] = (await mother.get(f"/api/v1/reports/{report['id']}/history"))[:1]
        assert (step["actor_id"], step["acting_id"]) == (me, her)

        async def told() -> list[Any]:
            items = (await mother.get("/api/v1/notices"))["items"]
            return [one for one in items if one["template"] == "done-for-you" and one["subject"].endswith(report["id"])]

        await until(told, seconds=20)
        async with Client(stack.origin) as grid:
            await grid.sign_in_by_password("grid", demo.PASSWORD)
            seen = (await grid.get("/api/v1/notices/by-proxy", person_id=me))["items"]
            assert any(one["subject"].endswith(report["id"]) for one in seen)
        for path in ("/api/v1/people/me", "/api/v1/appointments", "/api/v1/notices", "/api/v1/proxies"):
            assert (await for_her.http.get(path)).status_code == 403
        await mother.post(f"/api/v1/proxies/{given['id']}/ending")
        ended = time.monotonic()
        while (answer := await for_her.http.get("/api/v1/reports")).status_code == 200:
            assert time.monotonic() - ended < 20, "an ended proxy's token is refused within a minute; here within seconds"
            await asyncio.sleep(0.5)
        assert answer.status_code == 401
