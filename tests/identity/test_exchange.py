"""A service acts for a person: its token says both, lives no longer than theirs, and may no more."""

from typing import Any

import httpx
import pytest
from builders.browser import code, redeemed
from builders.doors import Doors
from builders.programs import admit, asked, claims_of, desk, error, hospital, internal, proof

from services.identity.actions import people
from services.identity.domain.clients import EXCHANGE
from services.identity.domain.exchange import ACCESS_TOKEN


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """A service that may, a hospital that may not, and somebody."""
    await admit(identity_doors, desk(scopes=["openid", "profile", "reports.file"]), internal(), hospital())
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    return identity_doors


async def persons(doors: Doors, scope: str | None = None) -> dict[str, Any]:
    """What a person has: by our own sign-in, or through a program with a scope."""
    if scope is not None:
        return dict((await redeemed(doors, await code(doors, scope=scope))).json())
    async with doors.client() as client:
        return dict((await client.post("/sign-in/password", json={"login": "wang", "password": "right"})).json())


async def exchanged(doors: Doors, token: str, client: str = "desk-service", **other: str) -> httpx.Response:
    said = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN, **other}
    return await asked(doors, "token", **proof(doors, client), **said)


async def test_a_service_gets_a_persons_token_that_names_both(doors: Doors) -> None:
    given = await persons(doors)
    answer = (await exchanged(doors, given["access_token"], scope="reports.file")).json()
    assert set(answer) == {"access_token", "token_type", "expires_in", "scope", "issued_token_type"}
    claims, theirs = await claims_of(doors, answer["access_token"]), await claims_of(doors, given["access_token"])
    assert (claims["sub"], claims["sid"], claims["client_id"]) == (theirs["sub"], theirs["sid"], "desk-service")
    assert claims["act"]["client_id"] == "desk-service"
    assert (claims["scope"], answer["issued_token_type"]) == ("reports.file", ACCESS_TOKEN)
    assert claims["exp"] <= theirs["exp"]
    [audited] = await doors.rows("select subject, reason from audit where action = 'tokens.exchange'")
    assert (audited.subject, audited.reason) == (f"person/{theirs['sub']}", "desk-service")


async def test_d25_no_wider_scope_no_other_audience_no_second_level(doors: Doors) -> None:
    whole, part = (await persons(doors))["access_token"], (await persons(doors, "openid reports.file"))["access_token"]
    assert error(await exchanged(doors, whole, scope="people.reveal")) == (400, "invalid_scope")
    assert error(await exchanged(doors, part, scope="health.book")) == (400, "invalid_scope")
    assert (await exchanged(doors, part)).json()["scope"] == "reports.file"
    for name in ("audience", "resource"):
        assert error(await exchanged(doors, whole, **{name: "guohuai.gate"})) == (400, "invalid_target")
    acting = (await exchanged(doors, whole)).json()["access_token"]
    assert error(await exchanged(doors, acting)) == (400, "invalid_request")
    assert error(await exchanged(doors, whole, actor_token=acting)) == (400, "invalid_request")


async def test_only_a_living_access_token_of_a_person_is_exchanged(doors: Doors) -> None:
    given = await persons(doors, "openid")
    own = await asked(doors, "token", grant_type="client_credentials", **proof(doors, "ward"))
    for token in ("", "x", given["id_token"], given["refresh_token"], own.json()["access_token"], "a.b.c"):
        assert error(await exchanged(doors, token)) == (400, "invalid_request")
    assert error(await exchanged(doors, given["access_token"], subject_token_type="x")) == (400, "invalid_request")
    id_token = "urn:ietf:params:oauth:token-type:id_token"
    assert error(await exchanged(doors, given["access_token"], requested_token_type=id_token)) == (400, "invalid_request")
    assert (await exchanged(doors, given["access_token"])).status_code == 200
    await asked(doors, "revoke", token=given["refresh_token"], client_id="desk")
    assert error(await exchanged(doors, given["access_token"])) == (400, "invalid_request")


async def test_who_was_not_registered_for_it_acts_for_nobody(doors: Doors) -> None:
    given = (await persons(doors))["access_token"]
    assert error(await exchanged(doors, given, client="ward")) == (400, "unauthorized_client")
    form = {"grant_type": EXCHANGE, "subject_token": given, "subject_token_type": ACCESS_TOKEN, "client_id": "desk"}
    assert error(await asked(doors, "token", **form)) == (400, "unauthorized_client")
