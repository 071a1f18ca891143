"""Forged, stale, foreign and oversized tokens: refused at the gateway and at each service's own port, with one meaning."""

import hmac
import json
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.strangers import real_key, signed
from cryptography.hazmat.primitives import serialization
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from deploy.local.layout import Layout
from deploy.processes import OWNERS, Process
from services.identity.domain import demo

LOOKING = {
    "identity": "/api/v1/people/me", "reports": "/api/v1/reports", "gate": "/api/v1/gates", "health": "/api/v1/slots",
    "notify": "/api/v1/inbox", "edge": "/api/v1/live",
}
PERSON = str(demo.stable("staff officer"))
OTHER = ECKey.generate_key("P-256", {"kid": "other"}, private=True)


def spelled(head: dict[str, Any], payload: str, signature: bytes) -> str:
    return f"{urlsafe_b64encode(json.dumps(head).encode()).decode()}.{payload}.{urlsafe_b64encode(signature).decode()}"


def mirrored(token: str) -> str:
    """ECDSA takes s and n-s alike; the other of the two."""
    head, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature.encode())
    other = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 - int.from_bytes(raw[32:], "big")
    return f"{head}.{urlsafe_b64encode(raw[:32] + other.to_bytes(32, 'big')).decode()}"


def deep(levels: int) -> Any:
    """A list in a list in a list."""
    made: Any = []
    for _ in range(levels):
        made = [made]
    return made


def bad(key: ECKey, issuer: str) -> dict[str, str]:
    """Each is wrong in one thing."""
    good = signed(key, issuer, PERSON)
    head, payload, signature = good.split(".")
    public = key.raw_value.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    shared = {"alg": "HS256", "typ": "at+jwt", "kid": key.kid}
    unsigned = f"{urlsafe_b64encode(json.dumps(shared).encode()).decode()}.{payload}".encode()
    claims = json.loads(urlsafe_b64decode(payload.encode())) | {"sub": str(uuid4())}
    somebody = urlsafe_b64encode(json.dumps(claims).encode()).decode()
    thief = {"jwk": OTHER.as_dict(private=False)}
    now = int(time.time())
    return {
        "no algorithm": spelled({"alg": "none", "typ": "at+jwt", "kid": key.kid}, payload, b""),
        "the public key as a shared secret": spelled(shared, payload, hmac.digest(public, unsigned, "sha256")),
        "somebody else's key under our id": signed(OTHER, issuer, PERSON, header={"kid": key.kid}),
        "a key of its own in the header": signed(OTHER, issuer, PERSON, header=thief),
        "a key at an address of its own": signed(OTHER, issuer, PERSON, header={"jku": "http://127.0.0.1:1/jwks.json"}),
        "a key id that is a path": signed(OTHER, issuer, PERSON, header={"kid": "../../dev/null"}),
        "another person in the payload": f"{head}.{somebody}.{signature}",
        "no algorithm, oddly spelled": spelled({"alg": "NonE", "typ": "at+jwt", "kid": key.kid}, payload, b""),
        "a certificate at an address of its own": signed(OTHER, issuer, PERSON, header={"x5u": "http://127.0.0.1:1/x.pem"}),
        "a signature in its other spelling": mirrored(good),
        "a proof of possession": signed(key, issuer, PERSON, header={"typ": "dpop+jwt"}),
        "a word of sign-out": signed(key, issuer, PERSON, header={"typ": "logout+jwt"}),
        "an event": signed(key, issuer, PERSON, header={"typ": "secevent+jwt"}),
        "a deep header": spelled({"alg": "ES256", "typ": "at+jwt", "kid": key.kid, "x": deep(700)}, payload, b"x" * 64),
        "an extension that must be understood": signed(key, issuer, PERSON, header={"crit": ["exp"], "b64": False}),
        "an identity token": signed(key, issuer, PERSON, header={"typ": "JWT"}),
        "stale": signed(key, issuer, PERSON, iat=now - 7200, exp=now - 3600),
        "not yet": signed(key, issuer, PERSON, iat=now + 3600, exp=now + 7200),
        "good from tomorrow on": signed(key, issuer, PERSON, nbf=now + 3600, iat=now, exp=now + 7200),
        "good from a word on": signed(key, issuer, PERSON, nbf="now"),
        "good for years": signed(key, issuer, PERSON, exp=now + 10**9),
        "of no end": signed(key, issuer, PERSON, exp=None),
        "for one service alone": signed(key, issuer, PERSON, aud="guohuai.reports"),
        "for somebody else's service": signed(key, issuer, PERSON, aud="https://elsewhere.example"),
        "of another issuer": signed(key, "https://elsewhere.example", PERSON),
        "of nobody": signed(key, issuer, "", sub=None),
        "of no person's id": signed(key, issuer, "officer"),
        "nine kilobytes": signed(key, issuer, PERSON, scope="x" * 9000),
        "cut off": good[:-8],
        "with a tail": f"{good}.{signature}",
        "in another alphabet": good.replace(".", "．"),
    }


NAMES = tuple(bad(ECKey.generate_key("P-256", {"kid": "x"}, private=True), "http://nowhere"))


async def refused(answer: httpx.Response) -> bool:
    said = json.loads(await answer.aread())
    about = (answer.headers["content-type"].partition(";")[0], said["type"].rpartition("/")[2], said["status"])
    return about == ("application/problem+json", "token-refused", answer.status_code) and "error" not in said


@pytest.mark.parametrize("name", NAMES)
async def test_it_is_refused_everywhere(stack: Layout, name: str) -> None:
    given = bad(await real_key(stack), stack.origin)[name].encode()
    doors = {owner: f"http://127.0.0.1:{stack.base + Process(owner, 'api').offset}" for owner in OWNERS}
    async with httpx.AsyncClient(timeout=20) as client:
        for owner, path in LOOKING.items():
            for origin in (stack.origin, doors[owner]):
                headers = [(b"authorization", b"Bearer " + given)]
                async with client.stream("GET", f"{origin}{path}", headers=headers) as answer:
                    assert answer.status_code == 401 or (origin == stack.origin and answer.status_code == 403), (owner, origin)
                    assert await refused(answer), (owner, origin)
                    assert answer.status_code == 403 or answer.headers["www-authenticate"].startswith("Bearer"), (owner, origin)


async def test_the_same_token_with_nothing_wrong_is_taken_everywhere(stack: Layout) -> None:
    given = signed(await real_key(stack), stack.origin, PERSON)
    async with httpx.AsyncClient(timeout=20, headers={"authorization": f"Bearer {given}"}) as client:
        for owner, path in LOOKING.items():
            for origin in (stack.origin, f"http://127.0.0.1:{stack.base + Process(owner, 'api').offset}"):
                async with client.stream("GET", f"{origin}{path}") as answer:
                    assert answer.status_code == 200, (owner, origin)
    assert UUID(PERSON).version == 4


async def test_a_token_in_the_address_is_no_token(stack: Layout) -> None:
    given = signed(await real_key(stack), stack.origin, PERSON)
    async with httpx.AsyncClient(timeout=20) as client:
        for owner, path in LOOKING.items():
            for origin in (stack.origin, f"http://127.0.0.1:{stack.base + Process(owner, 'api').offset}"):
                answer = await client.get(f"{origin}{path}?access_token={given}&token={given}")
                assert answer.status_code in {401, 422}, (owner, origin)
