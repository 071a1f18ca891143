"""Programs that ask for tokens: registered as an operator does, with keys of their own, and what they sign."""

import time
from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from services.identity.actions import clients
from services.identity.domain.assertions import JWT_BEARER
from services.identity.domain.clients import CODE, CREDENTIALS, EXCHANGE, REFRESH, Client

KEY = ECKey.generate_key("P-256", {"kid": "program"}, private=True)
BACK = "https://desk.example/back"
GONE = "https://desk.example/gone"


def desk(**other: Any) -> Client:
    """A public program in an office."""
    said = {"client_id": "desk", "kind": "public", "life": "screen", "grants": [CODE, REFRESH], "scopes": ["openid", "profile"]}
    return _client(**{**said, "redirect_uris": [BACK], "signed_out_uris": [GONE], **other})


def hospital(**other: Any) -> Client:
    """A partner that signs who it is."""
    said = {"client_id": "ward", "scopes": ["system/Appointment.crus", "system/Slot.rs"], "grants": [CREDENTIALS]}
    return _client(**{**said, **_confidential(), **other})


def internal(**other: Any) -> Client:
    """A service of ours that acts for people."""
    said = {"client_id": "desk-service", "grants": [CREDENTIALS, EXCHANGE], "scopes": ["reports.file", "health.book"]}
    return _client(**{**said, "is_internal": True, **_confidential(), **other})


def _confidential() -> dict[str, Any]:
    return {"kind": "confidential", "life": "program", "jwks": {"keys": [KEY.as_dict(private=False)]}}


def _client(**said: Any) -> Client:
    return Client(**{"id": uuid4(), "name": "某应用", "owner": "某人", **said})


async def admit(doors: Doors, *made: Client) -> None:
    """Register them."""
    for client in made:
        await doors.running.database.do(lambda work, client=client: clients.register(work, client))


def assertion(doors: Doors, client: str, *, key: ECKey = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """What a program signs; a claim given as None is left out."""
    now = int(time.time())
    said = {"iss": client, "sub": client, "aud": doors.issuer, "iat": now, "exp": now + 60, "jti": str(uuid4()), **claims}
    head = {"alg": "ES256", "kid": "program", **(header or {})}
    return jwt.encode(head, {name: value for name, value in said.items() if value is not None}, key, algorithms=[head["alg"]])


def proof(doors: Doors, client: str, **other: Any) -> dict[str, str]:
    """The fields by which a program says who it is."""
    return {"client_assertion_type": JWT_BEARER, "client_assertion": assertion(doors, client, **other)}


async def asked(doors: Doors, path: str, **form: str) -> httpx.Response:
    """A request as programs make it."""
    async with doors.client() as client:
        return await client.post(f"/oauth/{path}", data=form)


def error(answer: httpx.Response) -> tuple[int, str]:
    """Status and OAuth error (RFC 6749 section 5.2)."""
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, str(answer.json()["error"])


async def claims_of(doors: Doors, token: str) -> dict[str, Any]:
    """What a token says, checked with the published keys as others check it."""
    async with doors.client() as client:
        published = KeySet.import_key_set((await client.get("/.well-known/jwks.json")).json())
    return dict(jwt.decode(token, published, algorithms=["ES256"]).claims)
