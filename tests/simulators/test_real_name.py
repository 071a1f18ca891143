"""The simulator of who compares names with numbers: strict about who asks, when, and that nothing is asked twice."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from chassis.clock import Clock
from services.identity.clients.real_name import signed
from simulators.real_name import PATH, routes

KEY, SECRET = "guohuai", "the-secret"
PAPERS = {"name": "韦小宝", "document": "id-card", "number": "11010519491231002X"}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A server's way to it."""
    transport = httpx.ASGITransport(Starlette(routes=list(routes(KEY, SECRET, Clock(None)))))
    async with httpx.AsyncClient(transport=transport, base_url="http://register") as client:
        yield client


async def asks(http: httpx.AsyncClient, said: Any, *, ago: int = 0, secret: str = SECRET, **headers: str) -> httpx.Response:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    stamp = str(int((datetime.now(UTC) - timedelta(seconds=ago)).timestamp()))
    stamp, nonce = headers.pop("stamp", stamp), headers.pop("nonce", secrets.token_hex(16))
    key = headers.pop("request", str(uuid4()))
    given = {
        "x-access-key": KEY, "x-timestamp": stamp, "x-nonce": nonce, "x-request-id": key,
        "x-signature": signed(secret, (f"POST {PATH}", stamp, nonce, key), body), **headers,
    }
    answer = await http.post(PATH, content=body, headers=given)
    if answer.status_code == 200:
        assert answer.headers["x-signature"] == signed(SECRET, ("200", stamp, nonce, key), answer.content)
        assert answer.json()["request_id"] == key
    return answer


async def test_it_tells_whether_they_belong_together(http: httpx.AsyncClient) -> None:
    others: list[dict[str, str]] = [{}, {"name": "陈小春"}, {"number": "11010519491231003X"}]
    told = [(await asks(http, PAPERS | other)).json()["result"] for other in others]
    assert told == ["match", "differ", "unknown"]
    assert (await http.get("/real-name/bill")).json() == {"billed": 2}


@pytest.mark.parametrize(("given", "code"), [
    ({"x-access-key": "other"}, "InvalidAccessKey"), ({"secret": "other"}, "SignatureDoesNotMatch"),
    ({"x-signature": "0" * 64}, "SignatureDoesNotMatch"),
    ({"ago": 301}, "InvalidTimestamp"), ({"ago": -301}, "InvalidTimestamp"), ({"stamp": "soon"}, "InvalidHeader"),
    ({"nonce": "1"}, "InvalidHeader"), ({"request": "x"}, "InvalidHeader"),
], ids=str)
async def test_who_is_not_ours_learns_nothing(http: httpx.AsyncClient, given: dict[str, Any], code: str) -> None:
    answer = await asks(http, PAPERS, **given)
    assert (answer.status_code in {400, 403}, answer.json()) == (True, {"code": code})


async def test_a_nonce_is_good_once_and_a_request_is_answered_alike_and_billed_once(http: httpx.AsyncClient) -> None:
    nonce, request = secrets.token_hex(16), str(uuid4())
    first = await asks(http, PAPERS, nonce=nonce, request=request)
    assert (await asks(http, PAPERS, nonce=nonce, request=request)).json() == {"code": "NonceUsed"}
    assert (await asks(http, PAPERS, request=request)).json() == first.json()
    assert (await asks(http, PAPERS | {"name": "x"}, request=request)).json() == {"code": "RequestIdReused"}
    assert (await http.get("/real-name/bill")).json() == {"billed": 1}


@pytest.mark.parametrize("body", [
    b"{", b"[]", {}, PAPERS | {"more": "x"}, PAPERS | {"name": ""}, PAPERS | {"name": 1}, PAPERS | {"document": "library-card"},
    PAPERS | {"name": "x" * 65},
], ids=str)
async def test_what_has_not_its_form_is_refused(http: httpx.AsyncClient, body: Any) -> None:
    assert (await asks(http, body)).json() == {"code": "InvalidBody"}


async def test_it_fails_at_whom_it_was_told_to(http: httpx.AsyncClient) -> None:
    said = {"document": "passport", "number": "E1", "name": "x"}
    for fault, status in (("busy", 429), ("away", 503)):
        assert (await http.post("/real-name/citizens", json=said | {"fault": fault})).status_code == 204
        assert (await asks(http, said)).status_code == status
    for wrong in ({"fault": "odd"}, {"document": "x"}, {"number": ""}):
        assert (await http.post("/real-name/citizens", json=said | wrong)).status_code == 422
