"""What an actor is given to act: a token that says both, for minutes, for what the proxy allows, and ends with it."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.browser import code, redeemed
from builders.doors import Doors
from builders.factors import employed, lately, problem
from builders.family import DOOR, Family, acts, confirmed, day, given, posts, settle, signed_in, wish
from builders.programs import admit, asked, claims_of, desk, error, hospital, internal, proof
from builders.world import GRID

from chassis.rights import Actor
from services.identity.actions import people, proxies, sessions, tokens
from services.identity.domain.clients import EXCHANGE
from services.identity.domain.exchange import ACCESS_TOKEN
from services.identity.domain.proxies import Scope
from services.identity.domain.rights import RIGHTS


@pytest.fixture
async def family(identity_doors: Doors) -> Family:
    return await settle(identity_doors)


async def test_it_says_both_and_what_is_allowed(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    answer = await acts(identity_doors, key, token)
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert set(told) == {"access_token", "token_type", "expires_in", "scope", "issued_token_type"}
    claims, own = await claims_of(identity_doors, told["access_token"]), await claims_of(identity_doors, token)
    assert (claims["sub"], claims["act"]) == (str(family.mother.id), {"sub": str(family.daughter.id)})
    assert (claims["scope"], claims["client_id"], claims["sid"]) == ("reports.file reports.read", "guohuai.proxy", own["sid"])
    assert claims["exp"] - claims["iat"] <= 300
    assert "roles" not in claims
    assert (told["issued_token_type"], claims["aud"]) == (ACCESS_TOKEN, "guohuai")
    [row] = await identity_doors.rows("select actor_id, subject from audit where action = 'proxies.exchange'")
    assert (row.actor_id, row.subject) == (family.daughter.id, f"proxy/{key}")


async def test_no_more_than_is_asked_for_and_never_more_than_was_given(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    for scope, cut in (("reports.read", "reports.read"), ("reports.read health.book api", "reports.read")):
        assert (await acts(identity_doors, key, token, scope=scope)).json()["scope"] == cut
    for scope in ("health.book", "api", "people.secure proxies.give", "reports"):
        assert error(await acts(identity_doors, key, token, scope=scope)) == (400, "invalid_scope")
    assert error(await acts(identity_doors, key, token, audience="guohuai.gate")) == (400, "invalid_target")
    health = await confirmed(identity_doors, replace(family, daughter=family.other), ["health.book"])
    other = await acts(identity_doors, health, await signed_in(identity_doors, family.other))
    assert other.json()["scope"] == "health.book"


async def test_depth_is_one(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    acting = (await acts(identity_doors, key, token)).json()["access_token"]
    onward = await posts(identity_doors, family.daughter, "", {
        "actor_id": str(family.mother.id), "scopes": ["reports.file"], "last_day": day(9),
    })
    assert error(await acts(identity_doors, onward.json()["id"], acting)) == (400, "invalid_request")
    assert error(await acts(identity_doors, key, acting)) == (400, "invalid_request")
    family_id = UUID((await claims_of(identity_doors, token))["sid"])
    said_otherwise = tokens.Access(family.daughter.id, family=family_id, acting={"sub": str(family.other.id)})
    as_own = await identity_doors.running.database.do(lambda work: tokens.access(work, said_otherwise))
    assert error(await acts(identity_doors, key, as_own)) == (400, "invalid_request"), "whatever program it names"
    await admit(identity_doors, internal())
    said = {"grant_type": EXCHANGE, "subject_token": acting, "subject_token_type": ACCESS_TOKEN}
    answer = await asked(identity_doors, "token", **proof(identity_doors, "desk-service"), **said)
    assert error(answer) == (400, "invalid_request")


async def test_nobody_else_and_nothing_else_is_exchanged(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    made = await identity_doors.running.database.do(lambda work: sessions.begin(work, family.daughter.id))
    strangers = [await signed_in(identity_doors, who) for who in (family.mother, family.other)]
    for shown in (*strangers, "", "x", "a.b.c", made.refresh_token, token[:-2] + "AA"):
        assert error(await acts(identity_doors, key, shown)) == (400, "invalid_request")
    for other in (
        {"subject_token": str(uuid4())}, {"subject_token": "x"}, {"subject_token": ""}, {"actor_token_type": ""},
        {"actor_token_type": "urn:ietf:params:oauth:token-type:id_token"}, {"subject_token_type": ACCESS_TOKEN},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
    ):
        assert (await acts(identity_doors, key, token, **other)).status_code in {400, 401}, other
    await asked(identity_doors, "revoke", token=made.refresh_token)
    assert error(await acts(identity_doors, key, made.access_token)) == (400, "invalid_request"), "the session is over"
    assert (await acts(identity_doors, key, token)).status_code == 200


async def test_it_is_given_to_no_program(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    await admit(identity_doors, desk(scopes=["openid", "api"]), hospital(), internal())
    for name in ("ward", "desk-service"):
        assert error(await acts(identity_doors, key, token, **proof(identity_doors, name))) == (400, "invalid_request")
    assert error(await acts(identity_doors, key, token, client_id="desk")) == (400, "invalid_request")
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    through = (await redeemed(identity_doors, await code(identity_doors, scope="openid api"))).json()["access_token"]
    person = UUID((await claims_of(identity_doors, through))["sub"])
    body = {"actor_id": str(person), "scopes": ["reports.file"], "last_day": day(9)}
    theirs = (await posts(identity_doors, family.mother, "", body)).json()["id"]
    assert error(await acts(identity_doors, theirs, through)) == (400, "invalid_request"), "the person may, the program not"


async def test_f03_it_lives_no_longer_than_the_proxy(identity_doors: Doors, family: Family, later: Callable[..., None]) -> None:
    key = await given(identity_doors, family, last_day=day(1))
    [row] = await identity_doors.rows("select ends_at from proxies")
    left = row.ends_at - datetime.now(UTC)
    later(seconds=left.total_seconds() - 90)
    told = (await acts(identity_doors, key, await signed_in(identity_doors, family.daughter))).json()
    assert 60 <= told["expires_in"] <= 90
    assert (await claims_of(identity_doors, told["access_token"]))["exp"] <= row.ends_at.timestamp()
    later(seconds=left.total_seconds() + 1)
    assert error(await acts(identity_doors, key, await signed_in(identity_doors, family.daughter))) == (400, "invalid_request")


async def test_nor_than_the_actors_own_token(identity_doors: Doors, family: Family, later: Callable[..., None]) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    later(minutes=8)
    told = (await acts(identity_doors, key, token)).json()
    assert 60 <= told["expires_in"] <= 120
    assert (await claims_of(identity_doors, told["access_token"]))["exp"] <= (await claims_of(identity_doors, token))["exp"]


async def voided(doors: Doors) -> list[datetime]:
    """The moments before which the actor's tokens are void."""
    rows = await doors.rows("select body from outbox where topic = 'identity.access_revoked.v1' order by pos")
    return [datetime.fromisoformat(json.loads(bytes(row.body))["not_before"]) for row in rows]


async def test_what_was_given_is_void_when_the_proxy_ends(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    acting = (await acts(identity_doors, key, token)).json()["access_token"]
    assert (await posts(identity_doors, family.mother, f"/{key}/ending")).status_code == 200
    [row] = await identity_doors.rows("select body from outbox where topic = 'identity.access_revoked.v1'")
    assert json.loads(bytes(row.body))["person_id"] == str(family.daughter.id)
    made = (await claims_of(identity_doors, acting))["iat_ms"]
    assert (await voided(identity_doors))[0].timestamp() * 1000 > made


async def test_what_nobody_used_lately_voids_nothing(identity_doors: Doors, family: Family) -> None:
    key = await given(identity_doors, family)
    await posts(identity_doors, family.mother, f"/{key}/ending")
    assert await voided(identity_doors) == []


async def test_one_given_after_its_end_began_is_void_too(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    database = identity_doors.running.database
    mother = Actor(family.mother.id, rights=RIGHTS)
    async with database.work() as ending:  # its time stands still from here on
        await asyncio.sleep(0.05)
        acting = (await acts(identity_doors, key, token)).json()["access_token"]
        await proxies.end(ending, UUID(key), by=mother)
        await database.commit(ending)
    [moment] = await voided(identity_doors)
    assert moment.timestamp() * 1000 > (await claims_of(identity_doors, acting))["iat_ms"]


async def test_twenty_who_act_while_it_ends_are_given_nothing_that_stays_good(identity_doors: Doors, family: Family) -> None:
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    tries = [acts(identity_doors, key, token) for _ in range(20)]
    *answers, ended = await asyncio.gather(*tries[:10], *tries[10:], posts(identity_doors, family.daughter, f"/{key}/ending"))
    assert ended.status_code == 200
    good = [(await claims_of(identity_doors, one.json()["access_token"]))["iat_ms"] for one in answers if one.status_code == 200]
    moments = await voided(identity_doors)
    assert not good or moments[0].timestamp() * 1000 > max(good)
    assert error(await acts(identity_doors, key, token)) == (400, "invalid_request")


async def test_nothing_is_given_to_act_by_while_the_session_it_rests_on_is_ended(identity_doors: Doors, family: Family) -> None:
    """Who signs the actor out has asked the clock already, and has not said so yet."""
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    database = identity_doors.running.database
    async with database.work() as ending:
        await sessions.revoke(ending, family.daughter.id, by=None)
        acting = asyncio.create_task(acts(identity_doors, key, token))
        await asyncio.sleep(0.2)
        await database.commit(ending)
    assert error(await acting) == (400, "invalid_request")


async def test_services_are_told_that_it_is_void(identity_doors: Doors, family: Family) -> None:
    await admit(identity_doors, internal())
    key, token = await given(identity_doors, family), await signed_in(identity_doors, family.daughter)
    acting = (await acts(identity_doors, key, token)).json()["access_token"]

    async def about() -> dict[str, Any]:
        return dict((await asked(identity_doors, "introspect", token=acting, **proof(identity_doors, "desk-service"))).json())

    told = await about()
    assert (told["active"], told["act"]) == (True, {"sub": str(family.daughter.id)})
    assert error(await asked(identity_doors, "revoke", token=acting)) == (400, "unauthorized_client")
    await posts(identity_doors, family.daughter, f"/{key}/ending")
    assert await about() == {"active": False}


async def test_nobody_who_serves_lends_their_office(identity_doors: Doors, family: Family) -> None:
    acting = {"client_id": "guohuai.proxy", "scope": "proxies.read api", "act": {"sub": str(family.daughter.id)}}
    await given(identity_doors, family)
    async with identity_doors.client(GRID) as client:
        assert (await client.get("/api/v1/proxies")).json()["total"] == 1
    async with identity_doors.client(GRID, **acting) as client:
        assert (await client.get("/api/v1/proxies")).json()["total"] == 0


async def test_who_has_a_second_factor_shows_it_to_let_somebody_act(identity_doors: Doors, family: Family) -> None:
    staff = await employed(identity_doors)
    await staff.take_over()
    said = wish(family)
    for shown in ({}, lately("otp", ago=700)):
        assert problem(await staff.posts("/api/v1/proxies", said, **shown)) == (401, "insufficient-user-authentication")
    assert (await staff.posts("/api/v1/proxies", said, **lately("otp"))).status_code == 201


async def test_f02_who_acts_by_proxy_reaches_nothing_of_how_the_other_signs_in(identity_doors: Doors, family: Family) -> None:
    await confirmed(identity_doors, family, [str(one) for one in Scope])
    acting = {"client_id": "guohuai.proxy", "scope": " ".join(Scope), "act": {"sub": str(family.daughter.id)}}
    async with identity_doors.client(family.mother, **acting) as client:
        for method, path, body in (
            ("GET", "/api/v1/people/me", None), ("POST", "/api/v1/people/me/revocation", None),
            ("POST", "/api/v1/people/me/unlinking", None), ("GET", DOOR, None), ("POST", DOOR, wish(family)),
            ("GET", "/api/v1/people/me/passkeys", None), ("GET", "/api/v1/bindings", None),
            ("GET", "/api/v1/phone-additions", None), ("POST", "/sign-in/step-up", {"code": "123456"}),
            ("GET", "/oauth/userinfo", None),
        ):
            answer = await client.request(method, path, json=body, headers={"idempotency-key": str(uuid4())})
            assert answer.status_code == 403, (path, answer.text)
            assert problem(answer)[1] == "scope-missing"
    rows = await identity_doors.rows("select actor_id, subject from audit where action = 'proxies.act'")
    assert {(row.actor_id, row.subject) for row in rows} == {(family.daughter.id, f"person/{family.mother.id}")}
    assert len(rows) == 10
