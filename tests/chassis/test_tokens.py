"""Every service checks the token itself, strictly, whatever the gateway said before."""

import asyncio
import base64
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from builders.doors import KEY, Doors, token
from builders.world import RESIDENT
from cryptography.hazmat.primitives import serialization
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from chassis.auth import MAX_TOKEN_BYTES, Verifier
from chassis.clock import Clock
from contracts.identity import AccessRevoked
from services.identity.actions.tokens import _ORDER


async def _status(doors: Doors, given: str, scheme: str = "Bearer") -> int:
    async with doors.client() as client:
        answer = await client.get("/api/v1/reports", headers={"authorization": f"{scheme} {given}"})
    if answer.status_code == 401:
        assert answer.json()["type"].endswith("/problems/token-refused")
        assert "www-authenticate" in answer.headers
    return answer.status_code


async def test_a_good_token_is_taken(reports_doors: Doors) -> None:
    assert await _status(reports_doors, token(RESIDENT.id, reports_doors.issuer)) == 200


@pytest.mark.parametrize("claims", [
    {"iss": "https://elsewhere"}, {"iss": None}, {"aud": "guohuai.reports"}, {"aud": None}, {"aud": 5}, {"sub": None},
    {"sub": "grid"}, {"sub": 7}, {"jti": None}, {"iat": None}, {"exp": None}, {"exp": int(time.time()) - 60},
    {"iat": int(time.time()) + 3600}, {"nbf": int(time.time()) + 3600}, {"nbf": "now"},
    {"exp": int(time.time()) + 10**9}, {"exp": "tomorrow"}, {"exp": True}, {"iat": 1.5}, {"exp": 10**30},
], ids=str)
async def test_a_token_with_a_wrong_claim_is_refused(reports_doors: Doors, claims: dict[str, Any]) -> None:
    assert await _status(reports_doors, token(RESIDENT.id, reports_doors.issuer, **claims)) == 401


@pytest.mark.parametrize(("claims", "status"), [
    ({}, 200), ({"scope": "openid"}, 200),  # our own sign-in: nothing stands in between, whatever it says
    ({"client_id": "desk", "scope": "openid reports.read"}, 200), ({"client_id": "desk", "scope": "api"}, 200),
    ({"client_id": "desk", "scope": "openid"}, 403), ({"client_id": "desk", "scope": "reports.file"}, 403),
    ({"client_id": "desk", "scope": ""}, 403), ({"client_id": "desk"}, 403), ({"client_id": None}, 403),
    ({"client_id": "desk", "scope": ["reports.read"]}, 403), ({"client_id": "desk", "scope": "Reports.Read reports.read2"}, 403),
], ids=str)
async def test_through_a_program_one_does_what_it_was_given(reports_doors: Doors, claims: dict[str, Any], status: int) -> None:
    assert await _status(reports_doors, token(RESIDENT.id, reports_doors.issuer, **claims)) == status


@pytest.mark.parametrize("typ", ["JWT", "at+JWT2", "", "id+jwt"])
async def test_only_access_tokens_are_taken(reports_doors: Doors, typ: str) -> None:
    assert await _status(reports_doors, token(RESIDENT.id, reports_doors.issuer, header={"typ": typ})) == 401


async def test_abuse_case_no_algorithm(reports_doors: Doors) -> None:
    _, payload, _ = token(RESIDENT.id, reports_doors.issuer).split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt", "kid": "test"}).encode()).rstrip(b"=").decode()
    assert await _status(reports_doors, f"{head}.{payload}.") == 401


async def test_abuse_case_the_public_key_as_a_shared_secret(reports_doors: Doors) -> None:
    public = KEY.raw_value.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _, payload, _ = token(RESIDENT.id, reports_doors.issuer).split(".")
    head = urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": "test"}).encode()).decode()
    signature = hmac.digest(public, f"{head}.{payload}".encode(), "sha256")
    assert await _status(reports_doors, f"{head}.{payload}.{urlsafe_b64encode(signature).decode()}") == 401


async def test_abuse_case_signed_by_somebody_else_under_our_key_id(reports_doors: Doors) -> None:
    other = ECKey.generate_key("P-256", {"kid": "test"}, private=True)
    assert await _status(reports_doors, token(RESIDENT.id, reports_doors.issuer, key=other)) == 401


async def test_a_changed_payload_is_refused(reports_doors: Doors) -> None:
    head, payload, signature = token(RESIDENT.id, reports_doors.issuer).split(".")
    said = json.loads(urlsafe_b64decode(payload.encode())) | {"sub": str(uuid4())}
    forged = urlsafe_b64encode(json.dumps(said).encode()).decode()
    assert await _status(reports_doors, f"{head}.{forged}.{signature}") == 401


async def test_the_mirrored_signature_is_refused_so_a_token_has_one_spelling(reports_doors: Doors) -> None:
    good, _, signature = token(RESIDENT.id, reports_doors.issuer).rpartition(".")
    raw = urlsafe_b64decode(signature.encode())
    mirrored = raw[:32] + (_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    assert await _status(reports_doors, f"{good}.{urlsafe_b64encode(mirrored).decode()}") == 401


@pytest.mark.parametrize("given", ["", "x", "a.b", "a.b.c", "a.b.c.d.e", "...", "é.é.é", "A" * (MAX_TOKEN_BYTES + 1)], ids=repr)
async def test_what_is_no_token_is_refused(reports_doors: Doors, given: str) -> None:
    async with reports_doors.client() as client:
        answer = await client.get("/api/v1/reports", headers=[(b"authorization", b"Bearer " + given.encode())])
    assert answer.status_code == 401


async def test_a_token_over_eight_kilobytes_is_refused(reports_doors: Doors) -> None:
    assert await _status(reports_doors, token(RESIDENT.id, reports_doors.issuer, scope="x" * MAX_TOKEN_BYTES)) == 401


async def test_two_authorization_headers_are_refused(reports_doors: Doors) -> None:
    good = f"Bearer {token(RESIDENT.id, reports_doors.issuer)}"
    async with reports_doors.client() as client:
        answer = await client.get("/api/v1/reports", headers=[("authorization", good), ("authorization", good)])
    assert answer.status_code == 401


async def test_without_a_token_nothing_is_shown(reports_doors: Doors) -> None:
    async with reports_doors.client() as client:
        assert (await client.get("/api/v1/reports")).status_code == 401


async def test_identity_headers_say_nothing(reports_doors: Doors) -> None:
    async with reports_doors.client() as client:
        headers = {"x-user-id": str(RESIDENT.id), "x-jwt-payload": "e30", "x-forwarded-user": str(RESIDENT.id)}
        assert (await client.get("/api/v1/reports", headers=headers)).status_code == 401


async def test_tokens_from_before_a_revocation_are_void(reports_doors: Doors) -> None:
    from datetime import UTC, datetime

    from chassis import bus, directory
    from chassis.testing import arrived

    good = token(RESIDENT.id, reports_doors.issuer, iat=int(time.time()) - 20)
    assert await _status(reports_doors, good) == 200
    now = datetime.now(UTC)
    said = arrived(AccessRevoked(person_id=RESIDENT.id, not_before=now), now)
    await bus.handle(reports_doors.running.database, directory.consumers("reports"), said)
    reports_doors.running.directory._known.clear()
    assert await _status(reports_doors, good) == 401


async def test_who_signs_out_everywhere_and_in_again_within_a_second_is_in(identity_doors: Doors) -> None:
    from datetime import UTC, datetime

    from chassis import bus, directory
    from chassis.testing import arrived
    from services.identity.actions import codes, sessions

    database = identity_doors.running.database
    person = await database.do(lambda work: codes.register(work, phone="13900000077"))
    said = []

    async def out(work: Any) -> None:
        await sessions.revoke(work, person, by=person)
        said.extend(work._said)

    await asyncio.sleep(1 - time.time() % 1)  # all three within one second, by the clock that the database goes by as well
    old = await database.do(lambda work: sessions.begin(work, person))
    await asyncio.sleep(0.002)
    await database.do(out)
    await asyncio.sleep(0.002)
    new = await database.do(lambda work: sessions.begin(work, person))
    await bus.handle(database, directory.consumers("identity"), arrived(said[0][0], datetime.now(UTC)))
    identity_doors.running.directory._known.clear()
    not_before = (await identity_doors.running.directory.actor(person))[1]
    assert not_before is not None
    for token_, good in ((old, False), (new, True)):
        claims = json.loads(urlsafe_b64decode(token_.access_token.split(".")[1].encode()))
        assert (datetime.fromtimestamp(claims["iat_ms"] / 1000, UTC) >= not_before) is good


@pytest.mark.parametrize("milliseconds", ["1", 1.5, 0, -1, 10**18])
async def test_a_moment_that_is_not_within_its_second_is_refused(reports_doors: Doors, milliseconds: Any) -> None:
    assert await _status(reports_doors, token(RESIDENT.id, reports_doors.issuer, iat_ms=milliseconds)) == 401


async def test_while_identity_hangs_its_last_keys_serve_and_all_wait_for_one_question_together() -> None:
    asked, hangs = 0, False
    body = json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        if hangs:
            await reader.read()  # until the other side gives up
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        verifier = Verifier("https://here", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", Clock())
        await verifier.verify(token(RESIDENT.id, "https://here"))
        hangs = True
        verifier._fetched = verifier._asked = float("-inf")  # ten minutes later
        async with asyncio.timeout(5):  # each on its own would be twenty times two seconds
            await asyncio.gather(*(verifier.verify(token(RESIDENT.id, "https://here")) for _ in range(20)))
        await verifier.verify(token(RESIDENT.id, "https://here"))
        assert asked == 2
        hangs = False
        verifier._asked = float("-inf")  # five seconds later
        await verifier.verify(token(RESIDENT.id, "https://here"))
        assert asked == 3
