"""Sessions: a refresh token is used once, its family ends together, and signing out is heard by everybody."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.world import RESIDENT
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64decode

from chassis.auth import HALF_ORDER
from services.identity.actions import people, sessions, tokens
from services.identity.domain import sign_in


@pytest.fixture
async def session(identity_doors: Doors) -> dict[str, str]:
    """Somebody who has just signed in."""
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    async with identity_doors.client() as client:
        return dict((await client.post("/sign-in/password", json={"login": "wang", "password": "right"})).json())


async def refresh(doors: Doors, token: str, grant: str = "refresh_token") -> httpx.Response:
    async with doors.client() as client:
        return await client.post("/oauth/token", data={"grant_type": grant, "refresh_token": token})


def at(doors: Doors, monkeypatch: pytest.MonkeyPatch, **later: float) -> None:
    monkeypatch.setattr(doors.running.settings.clock, "now", lambda: datetime.now(UTC) + timedelta(**later))


async def test_the_access_token_is_rfc_9068_and_verifies_with_the_published_keys(
    identity_doors: Doors, session: dict[str, str]
) -> None:
    async with identity_doors.client() as client:
        keys = (await client.get("/.well-known/jwks.json")).json()
        metadata = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert "d" not in json.dumps([sorted(key) for key in keys["keys"]]).replace("kid", "")
    token = jwt.decode(session["access_token"], KeySet.import_key_set(keys), algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    assert token.header["kid"] == keys["keys"][0]["kid"]
    assert set(token.claims) == {
        "iss", "sub", "aud", "iat", "iat_ms", "exp", "jti", "client_id", "sid", "roles", "amr", "acr", "auth_time",
    }
    assert (token.claims["iss"], token.claims["sub"]) == (metadata["issuer"], session["person_id"])
    assert token.claims["exp"] - token.claims["iat"] == session["expires_in"] == 600
    signature = urlsafe_b64decode(session["access_token"].rpartition(".")[2].encode())
    assert int.from_bytes(signature[32:], "big") <= HALF_ORDER


async def test_a_refresh_token_is_rotated(identity_doors: Doors, session: dict[str, str]) -> None:
    first = (await refresh(identity_doors, session["refresh_token"])).json()
    assert first["refresh_token"] != session["refresh_token"]
    second = (await refresh(identity_doors, first["refresh_token"])).json()
    assert second["person_id"] == session["person_id"]


async def test_a_lost_answer_signs_nobody_out_and_twins_get_one_successor(
    identity_doors: Doors, session: dict[str, str]
) -> None:
    answers = await asyncio.gather(*(refresh(identity_doors, session["refresh_token"]) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len(await identity_doors.rows("select 1 from refresh_tokens")) == 2


async def test_a_token_used_again_later_ends_its_whole_family(
    identity_doors: Doors, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    successor = (await refresh(identity_doors, session["refresh_token"])).json()["refresh_token"]
    at(identity_doors, monkeypatch, seconds=16)
    stolen = await refresh(identity_doors, session["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await refresh(identity_doors, successor)).status_code == 400


async def test_a_token_used_again_after_its_successor_was_used_ends_its_family_even_within_the_grace(
    identity_doors: Doors, session: dict[str, str]
) -> None:
    successor = (await refresh(identity_doors, session["refresh_token"])).json()["refresh_token"]
    last = (await refresh(identity_doors, successor)).json()["refresh_token"]
    assert (await refresh(identity_doors, session["refresh_token"])).status_code == 400
    assert (await refresh(identity_doors, last)).status_code == 400


async def test_thirty_idle_days_end_a_session(
    identity_doors: Doors, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(identity_doors, monkeypatch, days=30, seconds=1)
    assert (await refresh(identity_doors, session["refresh_token"])).status_code == 400


async def test_a_session_ends_after_half_a_year_however_often_it_is_refreshed(
    identity_doors: Doors, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = session["refresh_token"]
    for days in range(29, 180, 29):
        at(identity_doors, monkeypatch, days=days)
        token = (await refresh(identity_doors, token)).json()["refresh_token"]
    at(identity_doors, monkeypatch, seconds=sign_in.REFRESH_ABSOLUTE.total_seconds() + 1)
    assert (await refresh(identity_doors, token)).status_code == 400


@pytest.mark.parametrize("token", ["", "x", "a" * 43])
async def test_an_unknown_token_is_refused(identity_doors: Doors, token: str) -> None:
    answer = await refresh(identity_doors, token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_other_grants_are_not_offered(identity_doors: Doors) -> None:
    answer = await refresh(identity_doors, "x", grant="password")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


async def test_signing_out_ends_the_family_and_says_nothing_of_unknown_tokens(
    identity_doors: Doors, session: dict[str, str]
) -> None:
    async with identity_doors.client() as client:
        for token in (session["refresh_token"], "unknown", session["refresh_token"]):
            assert (await client.post("/oauth/revoke", data={"token": token})).status_code == 200
    assert (await refresh(identity_doors, session["refresh_token"])).status_code == 400


async def test_signing_out_everywhere_ends_all_and_is_announced(identity_doors: Doors, session: dict[str, str]) -> None:
    from builders.world import Person

    person = Person(id=UUID(session["person_id"]))
    async with identity_doors.client(person) as client:
        assert (await client.post("/api/v1/people/me/revocation")).status_code == 204
    assert (await refresh(identity_doors, session["refresh_token"])).status_code == 400
    assert (await identity_doors.said())[-1] == "identity.access_revoked.v1"


async def test_d15_signing_out_and_reuse_end_what_was_given_too_and_an_old_session_troubles_nobody(
    identity_doors: Doors, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    successor = (await refresh(identity_doors, session["refresh_token"])).json()["refresh_token"]
    at(identity_doors, monkeypatch, seconds=16)
    for _ in range(2):
        assert (await refresh(identity_doors, session["refresh_token"])).status_code == 400
    said = [topic for topic in await identity_doors.said() if "access_revoked" in topic]
    assert len(said) == 1
    assert [row.action for row in await identity_doors.rows("select action from audit where action = 'sessions.reuse'")]
    assert (await refresh(identity_doors, successor)).status_code == 400
    async with identity_doors.client() as client:
        again = (await client.post("/sign-in/password", json={"login": "wang", "password": "right"})).json()
        at(identity_doors, monkeypatch, hours=1)
        assert (await client.post("/oauth/revoke", data={"token": again["refresh_token"]})).status_code == 200
    assert len([topic for topic in await identity_doors.said() if "access_revoked" in topic]) == 1


async def test_d18_a_refresh_token_of_one_program_at_another_ends_its_family(
    identity_doors: Doors, session: dict[str, str]
) -> None:
    from builders.programs import admit, desk

    await admit(identity_doors, desk(), desk(client_id="counter"))

    async def begin(work: object) -> str:
        person, own = UUID(session["person_id"]), desk()
        return str((await sessions.begin(work, person, client=own)).refresh_token)  # type: ignore[arg-type]

    for thief in ("counter", "", "guohuai"):
        token = await identity_doors.running.database.do(begin)
        form = {"grant_type": "refresh_token", "refresh_token": token}
        async with identity_doors.client() as client:
            assert (await client.post("/oauth/token", data={**form, "client_id": thief})).json()["error"] == "invalid_grant"
            assert (await client.post("/oauth/token", data={**form, "client_id": "desk"})).json()["error"] == "invalid_grant"
    async with identity_doors.client() as client:
        form = {"grant_type": "refresh_token", "refresh_token": await identity_doors.running.database.do(begin)}
        assert (await client.post("/oauth/token", data={**form, "client_id": "desk"})).json()["expires_in"] == 300


async def test_d17_nothing_is_given_while_a_family_ends(
    identity_doors: Doors, session: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a program's session: what our own sign-in gave is looked at in test_plain_refresh."""
    from builders.programs import admit, desk

    await admit(identity_doors, own := desk())
    begun = await identity_doors.running.database.do(lambda work: sessions.begin(work, UUID(session["person_id"]), client=own))

    async def refreshed(token: str) -> httpx.Response:
        async with identity_doors.client() as client:
            form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "desk"}
            return await client.post("/oauth/token", data=form)

    newest = (await refreshed(begun.refresh_token)).json()["refresh_token"]
    last = (await refreshed(newest)).json()["refresh_token"]
    signing, signed, waits = tokens.access, asyncio.Event(), asyncio.Event()

    async def slowly(work: object, said: object) -> str:
        waits.set()
        await signed.wait()
        return await signing(work, said)  # type: ignore[arg-type]

    monkeypatch.setattr(tokens, "access", slowly)
    going_on = asyncio.create_task(refreshed(last))
    await waits.wait()
    stolen = asyncio.create_task(refreshed(begun.refresh_token))
    await asyncio.sleep(0.5)
    signed.set()
    assert [answer.status_code for answer in await asyncio.gather(going_on, stolen)] == [200, 400]
    assert await identity_doors.rows("select 1 from refresh_tokens where revoked_at is null and client_id = 'desk'") == []


async def test_oneself_is_shown_with_a_masked_phone(identity_doors: Doors) -> None:
    from services.identity.actions import codes

    person = RESIDENT.id

    async def settle(work: object) -> None:
        await codes.register(work, phone="13912345678", person_id=person)  # type: ignore[arg-type]
        await people.rename(work, person, "张桂兰")  # type: ignore[arg-type]

    await identity_doors.running.database.do(settle)
    async with identity_doors.client(RESIDENT) as client:
        me = (await client.get("/api/v1/people/me")).json()
    assert (me["name"], me["phone"], me["homes"]) == ("张桂兰", "139****5678", [RESIDENT.home])
    held = identity_doors.running.service.personal
    assert held is not None
    async with identity_doors.running.database.reading() as work:
        assert (await held.export(work, person))["name"] == "张桂兰"
