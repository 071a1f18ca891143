"""The way in of the edge: who may not listen, or cannot be told apart now, meets the framework and its words."""

import asyncio
from typing import Any

import httpx
import pytest
from builders.doors import Doors
from builders.world import GRID

from gateway.front import Front


async def test_while_it_cannot_be_said_who_listens_they_are_told_to_come_back(
    edge_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(edge_doors.running.directory, "actor", away)
    async with edge_doors.client(GRID) as client:
        front = httpx.ASGITransport(Front(edge_doors.app, edge_doors.running))
        async with httpx.AsyncClient(transport=front, base_url=client.base_url, headers=client.headers) as listening:
            answer = await listening.get("/api/v1/live")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert int(answer.headers["retry-after"]) > 0


async def test_through_a_program_that_was_not_given_it_nothing_is_heard(edge_doors: Doors) -> None:
    async with edge_doors.client(GRID, client_id="desk", scope="openid") as client:
        front = httpx.ASGITransport(Front(edge_doors.app, edge_doors.running))
        async with httpx.AsyncClient(transport=front, base_url=client.base_url, headers=client.headers) as listening:
            answer = await asyncio.wait_for(listening.get("/api/v1/live"), 10)
    assert (answer.status_code, answer.json()["scope"]) == (403, "live.listen")
    assert answer.headers["www-authenticate"].endswith('error="insufficient_scope"')
