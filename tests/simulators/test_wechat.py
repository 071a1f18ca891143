"""WeChat's simulator: as strict as the original, in its words, with status 200 whatever happened."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from chassis.clock import Clock
from simulators import wechat

APP, SECRET = "wx0123456789abcdef", "the-secret"
PAGE = ("wx00000000000page0", "another-secret")
LOGIN = {"appid": APP, "secret": SECRET, "grant_type": "authorization_code"}
TOKEN = {"appid": APP, "secret": SECRET, "grant_type": "client_credential"}


@pytest.fixture
def clock() -> Clock:
    """One of its own, to be moved."""
    return Clock(None)


@pytest.fixture
async def http(clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """A server's way to WeChat."""
    transport = httpx.ASGITransport(Starlette(routes=list(wechat.routes(APP, SECRET, clock, PAGE))))
    async with httpx.AsyncClient(transport=transport, base_url="http://wechat") as client:
        yield client


async def code(http: httpx.AsyncClient, kind: str = "login", **other: str) -> str:
    made = await http.post("/wechat/codes", json={"kind": kind, "openid": "o1", "phone": "13900000001", **other})
    return str(made.json()["code"])


async def session(http: httpx.AsyncClient, **other: str | None) -> dict[str, Any]:
    said = {name: value for name, value in {**LOGIN, **other}.items() if value is not None}
    answer = await http.get("/sns/jscode2session", params=said)
    assert answer.status_code == 200
    return dict(answer.json())


async def token(http: httpx.AsyncClient, **other: Any) -> dict[str, Any]:
    return dict((await http.post("/cgi-bin/stable_token", json={**TOKEN, **other})).json())


async def phone(http: httpx.AsyncClient, given: str, access: str | None, **other: str) -> dict[str, Any]:
    query = {} if access is None else {"access_token": access}
    answer = await http.post("/wxa/business/getuserphonenumber", params=query, json={"code": given, **other})
    assert answer.status_code == 200
    return dict(answer.json())


async def test_a_login_code_tells_the_account_once(http: httpx.AsyncClient) -> None:
    given = await code(http)
    said = await session(http, js_code=given)
    assert (set(said), said["openid"]) == ({"openid", "session_key"}, "o1")
    bound = await session(http, js_code=await code(http, unionid="u1"))
    assert (bound["openid"], bound["unionid"]) == ("o1", "u1")
    again = await session(http, js_code=given)
    assert (again["errcode"], again["errmsg"].partition(",")[0]) == (40163, "code been used")


@pytest.mark.parametrize(("other", "errcode"), [
    ({"appid": "wxffffffffffffffff"}, 40013), ({"appid": None}, 41002), ({"secret": "another"}, 40125), ({"secret": None}, 41004),
    ({"grant_type": None}, 40002), ({"grant_type": "client_credential"}, 40002), ({"js_code": None}, 41008),
    ({"js_code": "unknown"}, 40029),
], ids=str)
async def test_a_server_that_is_not_ours_learns_nothing(
    http: httpx.AsyncClient, other: dict[str, str | None], errcode: int
) -> None:
    given = await code(http)
    assert (await session(http, **{"js_code": given, **other}))["errcode"] == errcode
    assert (await session(http, js_code=given))["openid"] == "o1"


async def test_a_code_is_over_after_five_minutes(
    http: httpx.AsyncClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = await code(http)
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    assert (await session(http, js_code=given))["errcode"] == 40029


async def test_a_phone_code_tells_the_phone_once_to_who_holds_the_token(http: httpx.AsyncClient) -> None:
    given, access = await code(http, "phone"), (await token(http))["access_token"]
    assert (await phone(http, given, None))["errcode"] == 41001
    assert (await phone(http, given, "forged"))["errcode"] == 40001
    assert (await phone(http, given, access, openid="o2"))["errcode"] == 40029
    info = (await phone(http, given, access, openid="o1"))["phone_info"]
    assert (info["purePhoneNumber"], info["countryCode"], info["watermark"]["appid"]) == ("13900000001", "86", APP)
    assert (await phone(http, given, access))["errcode"] == 40029


async def test_the_two_codes_are_different_things(http: httpx.AsyncClient) -> None:
    access = (await token(http))["access_token"]
    assert (await session(http, js_code=await code(http, "phone")))["errcode"] == 40029
    assert (await phone(http, await code(http), access))["errcode"] == 40029


async def test_the_token_is_the_same_until_its_end_is_near_or_a_new_one_is_forced(
    http: httpx.AsyncClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await token(http), await token(http)
    assert first["access_token"] == second["access_token"]
    assert first["expires_in"] in {7199, 7200}
    forced = await token(http, force_refresh=True)
    assert (await phone(http, "x", str(first["access_token"])))["errcode"] == 40001
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=116))
    later = await token(http)
    assert later["access_token"] != forced["access_token"]
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=121))
    assert (await phone(http, "x", str(forced["access_token"])))["errcode"] == 42001
    await http.post("/wechat/tokens/ending")
    assert (await phone(http, "x", str(later["access_token"])))["errcode"] == 40001


@pytest.mark.parametrize(("other", "errcode"), [
    ({"appid": "wxffffffffffffffff"}, 40013), ({"secret": "another"}, 40125), ({"grant_type": "authorization_code"}, 40002),
], ids=str)
async def test_a_token_is_for_our_mini_program(http: httpx.AsyncClient, other: dict[str, str], errcode: int) -> None:
    assert (await token(http, **other))["errcode"] == errcode
    broken = await http.post("/cgi-bin/stable_token", content=b"{")
    assert broken.json()["errcode"] == 47001


async def test_it_fails_when_a_code_was_made_for_that(http: httpx.AsyncClient) -> None:
    access = (await token(http))["access_token"]
    busy, nonsense = await code(http, fault="busy"), await code(http, fault="nonsense")
    assert [(await session(http, js_code=busy))["errcode"] for _ in range(2)] == [-1, -1]
    assert (await session(http, js_code=await code(http, fault="often")))["errcode"] == 45011
    assert "html" in (await http.get("/sns/jscode2session", params={**LOGIN, "js_code": nonsense})).text
    foreign = await phone(http, await code(http, "phone", fault="foreign"), access)
    assert foreign["phone_info"]["watermark"]["appid"] != APP
    stale = await phone(http, await code(http, "phone", fault="stale"), access)
    age = datetime.now(UTC).timestamp() - stale["phone_info"]["watermark"]["timestamp"]
    assert age > 5 * 60
    assert (await http.post("/wechat/codes", json={"openid": "o1", "fault": "unknown"})).status_code == 422


async def page(http: httpx.AsyncClient, **other: str | None) -> dict[str, Any]:
    asked = {"appid": PAGE[0], "secret": PAGE[1], "grant_type": "authorization_code", **other}
    said = {name: value for name, value in asked.items() if value is not None}
    answer = await http.get("/sns/oauth2/access_token", params=said)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_a_page_is_told_its_own_account_and_the_unionid_to_who_was_asked(http: httpx.AsyncClient) -> None:
    given = await code(http, "page", unionid="u1")
    said = await page(http, code=given)
    assert set(said) == {"access_token", "expires_in", "refresh_token", "openid", "scope", "unionid"}
    assert (said["openid"], said["unionid"], said["scope"], said["expires_in"]) == ("o1", "u1", "snsapi_userinfo", 7200)
    assert (await page(http, code=given))["errcode"] == 40163
    assert "unionid" not in await page(http, code=await code(http, "page", unionid="u1", scope="snsapi_base"))
    assert (await page(http, code=await code(http, "page", fault="snapshot")))["is_snapshotuser"] == 1


@pytest.mark.parametrize(("other", "errcode"), [
    ({"appid": APP}, 40013), ({"appid": None}, 41002), ({"secret": SECRET}, 40125), ({"secret": None}, 41004),
    ({"grant_type": None}, 40002), ({"code": None}, 41008), ({"code": "unknown"}, 40029),
], ids=str)
async def test_a_page_of_another_program_is_told_nothing(
    http: httpx.AsyncClient, other: dict[str, str | None], errcode: int
) -> None:
    assert (await page(http, **{"code": await code(http, "page"), **other}))["errcode"] == errcode
    assert (await page(http, code=await code(http)))["errcode"] == 40029  # a code of the other kind is none
