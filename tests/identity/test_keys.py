"""Signing keys: the next is known long before it signs, the last as long as its tokens live, a stolen one is dropped."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.auth import TokenRefused, Verifier
from services.identity.__main__ import operate
from services.identity.actions import keys, people
from services.identity.domain import signing

Clock = Callable[[timedelta], None]


@pytest.fixture
def later(identity_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Move this service's clock forward."""

    def shift(by: timedelta) -> None:
        monkeypatch.setattr(identity_doors.running.settings.clock, "now", lambda: datetime.now(UTC) + by)

    return shift


async def states(doors: Doors) -> dict[str, str]:
    """Key id by state; of several retired ones the last."""
    return {row.state: row.kid for row in await doors.rows("select state, kid from signing_keys order by retired_at nulls first")}


async def do(doors: Doors, act: Callable[[Any], Any]) -> Any:
    return await doors.running.database.do(act)


async def published(doors: Doors) -> dict[str, Any]:
    async with doors.client() as client:
        return dict((await client.get("/.well-known/jwks.json")).json())


async def token(doors: Doors) -> str:
    await do(doors, lambda work: people.employ(work, login="wang", password="right", name="王芳"))
    return await again(doors)


async def again(doors: Doors) -> str:
    async with doors.client() as client:
        return str((await client.post("/sign-in/password", json={"login": "wang", "password": "right"})).json()["access_token"])


async def test_a_next_key_is_published_from_the_first_start_and_no_private_part_ever(identity_doors: Doors) -> None:
    found = (await published(identity_doors))["keys"]
    held = await states(identity_doors)
    assert [key["kid"] for key in found] == [held["active"], held["next"]]
    assert all({"kty", "crv", "x", "y", "kid", "use", "alg"} == set(key) for key in found)


async def test_a_key_signs_only_after_it_was_published_for_a_day(identity_doors: Doors, later: Clock) -> None:
    before = await states(identity_doors)
    assert await do(identity_doors, keys.rotate) is False
    later(signing.PUBLISHED_AHEAD - timedelta(seconds=30))
    assert await do(identity_doors, keys.rotate) is False
    assert await states(identity_doors) == before
    later(signing.PUBLISHED_AHEAD + timedelta(seconds=30))
    assert await do(identity_doors, keys.rotate) is True
    after = await states(identity_doors)
    assert (after["active"], after["retired"]) == (before["next"], before["active"])
    assert after["next"] not in before.values()


async def test_rotation_asked_for_twenty_times_at_once_is_done_once(identity_doors: Doors, later: Clock) -> None:
    later(signing.PUBLISHED_AHEAD + timedelta(minutes=1))
    done = await asyncio.gather(*(do(identity_doors, keys.rotate) for _ in range(20)))
    assert sorted(done) == [False] * 19 + [True]
    assert await do(identity_doors, keys.rotate) is False
    assert len(await identity_doors.rows("select 1 from signing_keys")) == 3


async def test_a_token_of_the_retired_key_is_good_until_it_is_over_and_then_the_key_is_forgotten(
    identity_doors: Doors, later: Clock
) -> None:
    given = await token(identity_doors)
    later(signing.PUBLISHED_AHEAD + timedelta(minutes=1))
    await do(identity_doors, keys.rotate)
    await do(identity_doors, keys.tend)
    assert jwt.decode(given, KeySet.import_key_set(await published(identity_doors)), algorithms=["ES256"]).claims
    assert (await identity_doors.rows("select wrapped_private from signing_keys where state = 'retired'"))[0][0] == b""
    later(signing.PUBLISHED_AHEAD + timedelta(minutes=2) + signing.PUBLISHED_AFTER)
    await do(identity_doors, keys.tend)
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(given, KeySet.import_key_set(await published(identity_doors)), algorithms=["ES256"])


@pytest.mark.parametrize("state", ["active", "next", "retired"])
async def test_a_withdrawn_key_is_gone_at_once_and_one_that_nobody_knows_yet_soon_signs(
    identity_doors: Doors, later: Clock, state: str
) -> None:
    later(signing.PUBLISHED_AHEAD + timedelta(minutes=1))
    await do(identity_doors, keys.rotate)
    held = await states(identity_doors)
    await do(identity_doors, lambda work: keys.withdraw(work, held[state]))
    after = await states(identity_doors)
    assert held[state] not in [key["kid"] for key in (await published(identity_doors))["keys"]]
    assert after["active"] == held["next" if state == "active" else "active"]  # known to everybody already
    await do(identity_doors, keys.tend)
    assert (await states(identity_doors))["active"] == after["active"]
    later(signing.PUBLISHED_AHEAD + timedelta(minutes=1) + signing.AFTER_WITHDRAWAL)
    await do(identity_doors, keys.tend)
    assert (await states(identity_doors))["active"] == after["next"]
    assert after["next"] not in held.values()
    assert [row.action for row in await identity_doors.rows("select action from audit where action = 'keys.withdraw'")]


@asynccontextmanager
async def served(doors: Doors) -> AsyncIterator[str]:
    """Where a service fetches our keys, as they are at each moment."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(await published(doors)).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_a_service_that_meets_the_new_key_forgets_the_stolen_one_and_shuts_nobody_out(
    identity_doors: Doors, later: Clock
) -> None:
    stolen, given = (await states(identity_doors))["active"], await token(identity_doors)
    async with served(identity_doors) as address:
        service = Verifier(identity_doors.issuer, address, identity_doors.running.settings.clock)
        await service.verify(given)
        await do(identity_doors, lambda work: keys.withdraw(work, stolen))
        between = await again(identity_doors)
        assert await service.verify(between), "the next key was known already"
        later(signing.AFTER_WITHDRAWAL + timedelta(seconds=1))
        await do(identity_doors, keys.tend)
        service._fetched -= signing.AFTER_WITHDRAWAL.total_seconds()
        service._asked -= signing.AFTER_WITHDRAWAL.total_seconds()
        assert await service.verify(await again(identity_doors)), "a key it did not know made it ask"
        service._good.clear()  # kept for half a minute
        assert await service.verify(between)
        with pytest.raises(TokenRefused):
            await service.verify(given)


async def test_the_command_shows_rotates_and_withdraws(identity_doors: Doors, later: Clock) -> None:
    running, first = identity_doors.running, await states(identity_doors)
    assert [line.split()[:2] for line in await operate(running, ["keys", "list"])] == [
        ["active", first["active"]], ["next", first["next"]]
    ]
    assert (await operate(running, ["keys", "rotate"]))[0].startswith("nothing was changed")
    later(signing.PUBLISHED_AHEAD + timedelta(minutes=1))
    assert (await operate(running, ["keys", "rotate"]))[0] == "the next key signs now"
    assert (await operate(running, ["keys", "withdraw", first["next"]]))[0] == f"{first['next']} is withdrawn"
    for begins in (first["next"][:2], "-A", "--", "-h"):  # ids are base64url: one in 64 begins with a hyphen
        with pytest.raises(keys.NoSuchKey):
            await operate(running, ["keys", "withdraw", begins + first["next"][2:]])
