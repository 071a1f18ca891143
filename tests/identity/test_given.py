"""Tokens that were given: asked about, taken back, told of at userinfo, left behind."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.browser import code, hidden, redeemed
from builders.doors import Doors
from builders.programs import GONE, admit, asked, claims_of, desk, error, hospital, internal, proof
from builders.world import STRANGER, Person
from joserfc.jwk import ECKey

from services.identity.actions import people
from services.identity.domain.clients import EXCHANGE
from services.identity.domain.exchange import ACCESS_TOKEN


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Programs of each kind, and somebody."""
    await admit(identity_doors, desk(), internal(), hospital(), desk(client_id="counter"))
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    return identity_doors


async def theirs(doors: Doors) -> dict[str, str]:
    return dict((await redeemed(doors, await code(doors))).json())


async def own(doors: Doors, client: str = "ward") -> str:
    return str((await asked(doors, "token", grant_type="client_credentials", **proof(doors, client))).json()["access_token"])


async def about(doors: Doors, token: str, client: str = "desk-service") -> dict[str, Any]:
    return dict((await asked(doors, "introspect", token=token, **proof(doors, client))).json())


async def refreshes(doors: Doors, token: str) -> bool:
    answer = await asked(doors, "token", grant_type="refresh_token", refresh_token=token, client_id="desk")
    return answer.status_code == 200


async def test_a_service_of_ours_is_told_of_a_living_token(doors: Doors) -> None:
    given = await theirs(doors)
    said, claims = await about(doors, given["access_token"]), await claims_of(doors, given["access_token"])
    assert said == {"active": True, "token_type": "Bearer", **{name: claims[name] for name in said if name in claims}}
    assert {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid"} <= set(said)
    assert (await about(doors, await own(doors)))["client_id"] == "ward"


async def test_d27_who_acts_for_somebody_is_told(doors: Doors) -> None:
    form = {"grant_type": EXCHANGE, "subject_token": (await theirs(doors))["access_token"], "subject_token_type": ACCESS_TOKEN}
    await admit(doors, internal(client_id="ward-service", scopes=["openid"]))
    acting = (await asked(doors, "token", **form, **proof(doors, "ward-service"))).json()["access_token"]
    assert (await about(doors, acting))["act"]["client_id"] == "ward-service"


async def test_d26_nobody_else_is_told_anything(doors: Doors) -> None:
    given = (await theirs(doors))["access_token"]
    assert await about(doors, given, "ward") == {"active": False}
    assert error(await asked(doors, "introspect", token=given)) == (401, "invalid_client")
    assert (await asked(doors, "introspect", token=given, client_id="desk")).json() == {"active": False}


async def test_a_token_that_is_none_of_a_session_that_ended_or_over_is_not_active(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, ours = await theirs(doors), await own(doors)
    stranger = ECKey.generate_key("P-256", {"kid": "x"}, private=True)
    forged = doors.client(STRANGER, key=stranger).headers["authorization"].removeprefix("Bearer ")
    for token in ("x", given["id_token"], given["refresh_token"], forged, given["access_token"][:-9]):
        assert await about(doors, token) == {"active": False}
    await asked(doors, "revoke", token=given["refresh_token"], client_id="desk")
    assert await about(doors, given["access_token"]) == {"active": False}
    assert (await about(doors, ours))["active"] is True
    proven = proof(doors, "desk-service", exp=int(datetime.now(UTC).timestamp()) + 320)
    monkeypatch.setattr(doors.running.settings.clock, "now", lambda: datetime.now(UTC) + timedelta(seconds=301))
    assert (await asked(doors, "introspect", token=ours, **proven)).json() == {"active": False}


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_either_token_taken_back_ends_the_session_and_what_it_gave(doors: Doors, kind: str) -> None:
    given = await theirs(doors)
    for _ in range(2):
        assert (await asked(doors, "revoke", token=given[kind], client_id="desk")).status_code == 200
    assert not await refreshes(doors, given["refresh_token"])
    assert [topic for topic in await doors.said() if "revoked" in topic] == ["identity.access_revoked.v1"]
    assert (await about(doors, given["access_token"])) == {"active": False}


async def test_a_program_takes_back_what_it_has_in_its_own_name(doors: Doors) -> None:
    token = await own(doors)
    assert (await asked(doors, "revoke", token=token, **proof(doors, "ward"))).status_code == 200
    assert (await doors.said())[-1] == "identity.access_revoked.v1"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_nobody_takes_back_anothers_token(doors: Doors, kind: str) -> None:
    given = await theirs(doors)
    assert error(await asked(doors, "revoke", token=given[kind], client_id="counter")) == (400, "unauthorized_client")
    assert error(await asked(doors, "revoke", token=given[kind])) == (400, "unauthorized_client")
    assert error(await asked(doors, "revoke", token=given[kind], client_id="nobody")) == (401, "invalid_client")
    assert await refreshes(doors, given["refresh_token"])


async def test_a_program_is_told_who_signed_in_and_by_profile_the_name(doors: Doors) -> None:
    claims = await claims_of(doors, (await theirs(doors))["access_token"])
    person = Person(id=UUID(claims["sub"]))
    for scope, said in (("openid", {"sub": claims["sub"]}), ("openid profile", {"sub": claims["sub"], "name": "王芳"})):
        async with doors.client(person, client_id="desk", scope=scope) as client:
            answer = await client.get("/oauth/userinfo")
            assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, said, "no-store")
    async with doors.client(person) as client:
        assert (await client.get("/oauth/userinfo")).status_code == 403
    async with doors.client() as client:
        assert (await client.get("/oauth/userinfo")).status_code == 401


def leaving(given: dict[str, str], **other: str) -> dict[str, str]:
    return {"id_token_hint": given["id_token"], "post_logout_redirect_uri": GONE, "state": "a b", **other}


async def test_an_address_asks_and_the_answer_signs_out(doors: Doors) -> None:
    given = await theirs(doors)
    async with doors.client() as client:
        page: httpx.Response = await client.get("/oauth/end_session", params=leaving(given))
        assert "退出登录" in page.text
        assert await refreshes(doors, given["refresh_token"])
        answer = await client.post("/oauth/end_session", data=hidden(page))
        assert (answer.status_code, answer.headers["location"]) == (303, f"{GONE}?state=a+b")
    assert (await about(doors, given["access_token"])) == {"active": False}


async def test_signing_out_leads_nowhere_that_is_not_registered_and_ends_nothing_of_others(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, other = await theirs(doors), await theirs(doors)
    monkeypatch.setattr(doors.running.settings.clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=6))
    async with doors.client() as client:
        for hint in ("x", given["access_token"], given["id_token"][:-7]):
            answer = await client.post("/oauth/end_session", data=leaving(given, id_token_hint=hint))
            assert (answer.status_code, "location" in answer.headers) == (200, False)
        form = leaving(given, post_logout_redirect_uri="https://elsewhere.example/")
        answer = await client.post("/oauth/end_session", data=form)  # the identity token is over, and still says whose it was
        assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert await refreshes(doors, other["refresh_token"])
    assert len(await doors.rows("select 1 from refresh_tokens where revoked_at is not null")) == 1
