"""A refresh that is plainly good is answered in one question; whatever is not goes the long way, and comes to the same."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.programs import error
from joserfc.util import urlsafe_b64decode
from sqlalchemy import select, text

from contracts.area import Role
from services.identity.actions import people, sessions
from services.identity.store.tables import refresh_tokens

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def session(identity_doors: Doors) -> dict[str, Any]:
    """Somebody who has just signed in."""
    await identity_doors.running.database.do(lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    async with identity_doors.client() as client:
        return dict((await client.post("/sign-in/password", json={"login": "wang", "password": "right"})).json())


async def refreshed(doors: Doors, token: str, app: Any = None) -> httpx.Response:
    transport = httpx.ASGITransport(app or doors.entrance, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=doors.issuer) as client:
        return await client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token})


def claims(answer: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(urlsafe_b64decode(answer["access_token"].split(".")[1].encode()))
    return said


async def plainly(doors: Doors, token: str, bound: frozenset[str] = frozenset()) -> sessions.Session | None:
    async with doors.running.database.work() as work:
        found = await sessions.refresh_plainly(work, token, bound)
        await doors.running.database.commit(work)
        return found


async def test_it_says_what_the_long_way_says(identity_doors: Doors, session: dict[str, Any]) -> None:
    """In the answer, its headers, the token's claims and the rows that are kept."""
    plain = await refreshed(identity_doors, session["refresh_token"])
    long = await refreshed(identity_doors, plain.json()["refresh_token"], identity_doors.app)
    assert plain.status_code == long.status_code == 200
    assert plain.json().keys() == long.json().keys()
    assert dict(plain.headers).keys() == dict(long.headers).keys()
    for name in ("person_id", "expires_in", "token_type"):
        assert plain.json()[name] == long.json()[name]
    one, other = claims(plain.json()), claims(long.json())
    times = {"iat", "iat_ms", "exp", "jti"}
    assert {name: one[name] for name in one.keys() - times} == {name: other[name] for name in other.keys() - times}
    assert one["exp"] - one["iat"] == other["exp"] - other["iat"] == 600
    rows = await identity_doors.rows(
        "select family_id, person_id, client_id, scope, methods, proved_at, family_ends_at, used_at is null as unused,"
        " expires_at - created_at as lasts from refresh_tokens order by created_at"
    )
    assert [row.unused for row in rows] == [False, False, True]
    assert len({(*row[:7], row.lasts) for row in rows}) == 1


async def test_it_is_what_our_own_sign_in_is_answered_by(
    identity_doors: Doors, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the front, and not by what is behind it, which is not there."""
    monkeypatch.setattr(identity_doors.entrance, "_app", None)
    assert (await refreshed(identity_doors, session["refresh_token"])).status_code == 200


@pytest.mark.parametrize("change", [
    {"used_at": datetime.now(UTC)}, {"revoked_at": datetime.now(UTC)}, {"client_id": "desk"},
    {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
], ids=["used", "revoked", "another program's", "over"])
async def test_what_is_not_plainly_good_goes_the_long_way(
    identity_doors: Doors, session: dict[str, Any], change: dict[str, Any]
) -> None:
    change_ = refresh_tokens.update().values(**change)
    async with identity_doors.whole.begin() as connection:
        await connection.execute(change_)
    assert await plainly(identity_doors, session["refresh_token"]) is None
    assert len(await identity_doors.rows("select 1 from refresh_tokens")) == 1


async def test_who_serves_in_a_bound_role_goes_the_long_way(identity_doors: Doors, session: dict[str, Any]) -> None:
    """Also where they are yet to begin: a moment later they have."""
    begins = datetime.now(UTC) + timedelta(hours=1)
    async with identity_doors.whole.begin() as connection:
        await connection.execute(text(
            "insert into assignments (id, person_id, role, area, starts_at, display_name)"
            " values (gen_random_uuid(), :person, 'admin', '510104', :at, '')"
        ), {"person": UUID(session["person_id"]), "at": begins})
    assert await plainly(identity_doors, session["refresh_token"], frozenset({str(Role.ADMIN)})) is None
    found = await plainly(identity_doors, session["refresh_token"], frozenset({str(Role.COMMUNITY_OFFICER)}))
    assert found is not None


@pytest.mark.parametrize(("body", "headers"), [
    ("grant_type=refresh_token&refresh_token={}&client_id=desk", {}),
    ("grant_type=refresh_token&refresh_token={}&refresh_token={}", {}),
    ("grant_type=refresh_token&grant_type=password&refresh_token={}", {}),
    ("grant_type=refresh_token&refresh_token={}&scope=api", {}),
    ("grant_type=refresh_token&refresh_token={}&client_assertion=x", {}),
    ("grant_type=refresh_token&refresh_token={}" + "&scope=" + "x" * 600, {}),
    ("grant_type=refresh_token&refresh_token=%00{}", {}),
    ("grant_type=refresh_token&refresh_token={}&refresh_token=", {}),
    ("grant_type=refresh_token&refresh_token=%E6%A7%90{}", {}),
    ("grant_type=refresh_token&refresh_token", {}),
    ("grant_type=password&refresh_token={}", {}),
    ("{}", {}),
    ("grant_type=refresh_token&refresh_token={}", {"content-type": "application/json"}),
    ("grant_type=refresh_token&refresh_token={}", {"content-type": "application/x-www-form-urlencoded; charset=utf-16"}),
    ("grant_type=refresh_token&refresh_token={}", {"authorization": "Bearer x"}),
])
async def test_any_other_form_is_answered_as_if_there_were_no_plain_way(
    identity_doors: Doors, session: dict[str, Any], body: str, headers: dict[str, str]
) -> None:
    said = []
    async with identity_doors.client() as client:
        other = (await client.post("/sign-in/password", json={"login": "wang", "password": "right"})).json()["refresh_token"]
    for app, token in ((identity_doors.app, other), (identity_doors.entrance, session["refresh_token"])):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=identity_doors.issuer) as client:
            answer = await client.post("/oauth/token", content=body.replace("{}", token), headers={**FORM, **headers})
        said.append((answer.status_code, answer.json().get("type"), answer.json().get("error")))
    assert said[0] == said[1]


async def test_a_body_in_pieces_and_one_with_a_key_are_whole(identity_doors: Doors, session: dict[str, Any]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"grant_type=refresh_token&", b"refresh_token=", session["refresh_token"].encode()):
            yield piece

    async with identity_doors.client() as client:
        answer = await client.post("/oauth/token", content=pieces(), headers=FORM)
        assert answer.status_code == 200
        form = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
        assert (await client.post("/oauth/token", data=form, headers=keyed())).status_code == 200


async def test_a_body_without_end_is_passed_on_and_refused(identity_doors: Doors, session: dict[str, Any]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield f"grant_type=refresh_token&refresh_token={session['refresh_token']}".encode()
        for _ in range(40):
            yield b"&" * 8192

    async with identity_doors.client() as client:
        assert (await client.post("/oauth/token", content=pieces(), headers=FORM)).status_code == 413


async def test_what_would_be_good_as_far_as_it_was_read_is_read_to_its_end(
    identity_doors: Doors, session: dict[str, Any]
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield f"grant_type=refresh_token&refresh_token={session['refresh_token']}".encode()
        for _ in range(20):
            yield b""
        yield b"another"

    async with identity_doors.client() as client:
        assert error(await client.post("/oauth/token", content=pieces(), headers=FORM)) == (400, "invalid_grant")
    assert await identity_doors.rows("select 1 from refresh_tokens where used_at is not null") == []


async def test_of_forty_at_once_one_uses_it_and_all_have_the_same_successor(
    identity_doors: Doors, session: dict[str, Any]
) -> None:
    answers = await asyncio.gather(*(refreshed(identity_doors, session["refresh_token"]) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len(await identity_doors.rows("select 1 from refresh_tokens")) == 2


async def test_d17_nothing_is_given_plainly_while_a_session_ends(identity_doors: Doors, session: dict[str, Any]) -> None:
    """Whoever ends it holds the person's turn and has not looked at the tokens yet: the refresh waits, and comes too late."""
    person = UUID(session["person_id"])
    async with identity_doors.running.database.work() as work:
        await work.taking_turns(person.bytes)
        coming = asyncio.create_task(refreshed(identity_doors, session["refresh_token"]))
        await asyncio.sleep(0.5)
        assert not coming.done()
        await sessions.revoke(work, person, by=None)
        await identity_doors.running.database.commit(work)
    assert (await coming).status_code == 400
    assert await identity_doors.rows("select 1 from refresh_tokens where revoked_at is null") == []


@pytest.mark.parametrize("how", ["everywhere", "one session"])
@pytest.mark.parametrize("shown", ["for the first time", "once more"])
async def test_what_was_given_after_the_end_began_is_void_too(
    identity_doors: Doors, session: dict[str, Any], how: str, shown: str
) -> None:
    """The end's own time is that of its beginning: what was given meanwhile is younger, and must not outlive it."""
    person, database = UUID(session["person_id"]), identity_doors.running.database
    if shown == "once more":  # the successor is older than what is given for it then
        await refreshed(identity_doors, session["refresh_token"])
    async with database.work() as work:
        assert work.now
        await asyncio.sleep(0.05)
        given = claims((await refreshed(identity_doors, session["refresh_token"])).json())["iat_ms"]
        family = await work.session.scalar(select(refresh_tokens.c.family_id).limit(1))
        await (sessions.revoke(work, person, by=None) if how == "everywhere" else sessions.close(work, person, family))
        await database.commit(work)
    (said,) = await identity_doors.rows("select body from outbox where topic = 'identity.access_revoked.v1'")
    until = datetime.fromisoformat(json.loads(said.body)["not_before"])
    assert given < until.timestamp() * 1000


async def test_who_stepped_up_is_signed_out_though_the_session_was_not_refreshed_since(
    identity_doors: Doors, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they were given then is good for ten minutes, and no row was made of it."""
    person, do = UUID(session["person_id"]), identity_doors.running.database.do
    (row,) = await identity_doors.rows("select family_id from refresh_tokens")
    clock = identity_doors.running.settings.clock
    for seconds, act in (
        (590, lambda work: sessions.step_up(work, person, row.family_id, None, by=("otp",))),
        (640, lambda work: sessions.close(work, person, row.family_id)),
    ):
        monkeypatch.setattr(clock, "now", lambda seconds=seconds: datetime.now(UTC) + timedelta(seconds=seconds))
        await do(act)
    assert [topic for topic in await identity_doors.said() if "access_revoked" in topic] == ["identity.access_revoked.v1"]


async def test_an_answer_that_was_lost_is_given_again(identity_doors: Doors, session: dict[str, Any]) -> None:
    """The process died between the one question and the answer: the phone asks again and has the same successor."""
    lost = await plainly(identity_doors, session["refresh_token"])
    assert lost is not None
    assert (await refreshed(identity_doors, session["refresh_token"])).json()["refresh_token"] == lost.refresh_token
