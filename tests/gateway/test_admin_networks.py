"""The list of networks of admins, through the gateway: what a client says of its own address helps nobody."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.faults import fetch

from deploy.local.layout import Layout
from services.identity.domain import demo

AREA, ELSEWHERE = demo.DISTRICT, "203.0.113.0/24"
FORGED: list[dict[str, str]] = [
    {}, {"x-forwarded-for": "203.0.113.9"}, {"forwarded": "for=203.0.113.9"}, {"x-real-ip": "203.0.113.9"},
    {"x-envoy-external-address": "203.0.113.9"}, {"true-client-ip": "203.0.113.9"},
    {"x-forwarded-for": "203.0.113.9, 203.0.113.9"},
]


@pytest.fixture
async def browser(stack: Layout) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's way in; the list is gone afterwards, whatever came of it."""
    async with httpx.AsyncClient(base_url=stack.origin, timeout=20) as client:
        yield client
    await fetch(stack, "identity", "delete from admin_networks")


async def signs_in(browser: httpx.AsyncClient, login: str = "admin", **headers: str) -> httpx.Response:
    return await browser.post("/sign-in/password", json={"login": login, "password": demo.PASSWORD}, headers=headers)


async def change(browser: httpx.AsyncClient, token: str, networks: list[str], **headers: str) -> httpx.Response:
    body: dict[str, Any] = {"area": AREA, "networks": networks}
    given = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4()), **headers}
    return await browser.post("/api/v1/admin-networks", json=body, headers=given)


async def test_a_forged_address_neither_sets_a_list_nor_signs_in_past_it(stack: Layout, browser: httpx.AsyncClient) -> None:
    session = (await signs_in(browser)).json()
    token = str(session["access_token"])
    seen = await browser.get("/api/v1/admin-networks", params={"area": AREA}, headers={"authorization": f"Bearer {token}"})
    assert (seen.status_code, seen.json()["items"]) == (200, [])
    for headers in FORGED:
        answer = await change(browser, token, [ELSEWHERE], **headers)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "own-address-missing"), headers
    own = seen.json()["address"]
    assert (await change(browser, token, [f"{own}/{128 if ':' in own else 32}"])).status_code == 200
    assert (await signs_in(browser)).status_code == 200
    await fetch(stack, "identity", "update admin_networks set networks = array[$1]", ELSEWHERE)  # the office moved
    for headers in FORGED:
        answer = await signs_in(browser, **headers)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "address-refused"), headers
    form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
    assert (await browser.post("/oauth/token", data=form, headers=FORGED[1])).status_code == 403
    assert (await signs_in(browser, "grid")).status_code == 200
