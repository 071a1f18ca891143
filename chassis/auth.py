"""Who is calling: every service checks the access token itself (RFC 9068, ES256), whatever the gateway said before."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from joserfc.util import urlsafe_b64decode

from chassis.clock import Clock
from chassis.errors import Unauthenticated, Unavailable
from chassis.rights import OWN

MAX_TOKEN_BYTES = 8192
MAX_LIFE_SECONDS = 24 * 3600
SKEW_SECONDS = 30
AUDIENCE = "guohuai"
_REFETCH_SECONDS, _UNKNOWN_KEY_SECONDS, _AGAIN_SECONDS = 600, 30, 5
_GOOD_SECONDS, _REMEMBERED = 30.0, 4000
HALF_ORDER = 0x7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8  # of P-256, SEC 2

log = logging.getLogger(__name__)


class TokenRefused(Unauthenticated):
    """The access token is missing a claim, forged, over, or not for this service."""

    zh = "登录凭证无效或已过期，请重新登录"


class KeysUnavailable(Unavailable):
    """Identity's public keys could not be fetched yet; the token can be neither trusted nor refused."""

    zh = "暂时无法核验登录凭证，请稍后再试"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says: who, issued when, good until when; and of a program's token, what the program was given."""

    sub: UUID
    issued_at: datetime
    expires_at: datetime
    jti: str
    scopes: frozenset[str] | None
    acting: UUID | None = None  # the person who acts for that one, by proxy


class Verifier:
    """Checks tokens against identity's published keys, kept for ten minutes."""

    def __init__(self, issuer: str, jwks_url: str, clock: Clock) -> None:
        self._issuer = issuer
        self._url = jwks_url
        self._clock = clock
        self._keys: KeySet | None = None
        self._good: dict[str, tuple[float, Claims]] = {}
        self._fetched = self._asked = float("-inf")
        self._lock = asyncio.Lock()

    async def verify(self, token: str) -> Claims:
        """The claims of a good token; TokenRefused for every other, saying no more than that.

        A token found good is known again for half a minute: its signature costs more than all else that is done with it.
        Refused ones are not remembered, so strangers cannot fill the memory.
        """
        known = self._good.get(token)
        if known is not None and time.monotonic() < known[0]:
            if self._clock.now().timestamp() >= known[1].expires_at.timestamp() + SKEW_SECONDS:
                raise TokenRefused
            return known[1]
        claims = await self._verified(token)
        if len(self._good) >= _REMEMBERED:
            self._good.clear()
        self._good[token] = (time.monotonic() + _GOOD_SECONDS, claims)
        return claims

    async def _verified(self, token: str) -> Claims:
        if len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise TokenRefused
        keys = await self._known_keys(token)
        try:
            decoded = jwt.decode(token, keys, algorithms=["ES256"])
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as bad:
            raise TokenRefused from bad
        if decoded.header.get("typ") != "at+jwt" or _is_mirrored(token):
            raise TokenRefused
        return _claims(decoded.claims, self._issuer, self._clock.now().timestamp())

    async def _known_keys(self, token: str) -> KeySet:
        now, kid = time.monotonic(), _key_id(token)
        known = self._keys is not None and any(key.kid == kid for key in self._keys.keys)
        is_old = now - self._fetched > (_REFETCH_SECONDS if known else _UNKNOWN_KEY_SECONDS)
        if self._keys is None or (is_old and now - self._asked > _AGAIN_SECONDS):
            await self._fetch()
        if self._keys is None:
            raise KeysUnavailable
        return self._keys

    async def _fetch(self) -> None:
        asked = self._asked
        async with self._lock:
            if self._asked != asked:
                return  # somebody asked while we waited; where identity hangs, all would wait for each other in turn
            try:
                async with httpx.AsyncClient(timeout=2) as client:
                    answer = await client.get(self._url)
                    answer.raise_for_status()
                    self._keys = KeySet.import_key_set(answer.json())
                self._fetched = time.monotonic()
            except (httpx.HTTPError, ValueError, JoseError) as failed:
                log.warning("keys not fetched", extra={"facts": {"why": type(failed).__name__}})
            finally:
                self._asked = time.monotonic()


def _key_id(token: str) -> Any:
    try:
        return extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError, AttributeError):
        raise TokenRefused from None


def _is_mirrored(token: str) -> bool:
    """ECDSA takes s and n-s alike; only the lower half is ours, so a token has one spelling."""
    signature = urlsafe_b64decode(token.rsplit(".", 1)[1].encode())
    return int.from_bytes(signature[32:], "big") > HALF_ORDER


def _claims(said: dict[str, Any], issuer: str, now: float) -> Claims:
    audience = said.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    times = [said.get("iat"), said.get("exp"), said.get("nbf", 0)]
    if not isinstance(audiences, list) or AUDIENCE not in audiences or said.get("iss") != issuer:
        raise TokenRefused
    if not all(isinstance(moment, int) and not isinstance(moment, bool) for moment in times):
        raise TokenRefused
    issued, expires, begins = said["iat"], said["exp"], said.get("nbf", said["iat"])
    if not (max(issued, begins) - SKEW_SECONDS <= now < expires + SKEW_SECONDS and 0 < expires - issued <= MAX_LIFE_SECONDS):
        raise TokenRefused
    milliseconds = said.get("iat_ms", issued * 1000)  # ours: who signs out everywhere and in again within a second is in
    if not isinstance(milliseconds, int) or milliseconds // 1000 != issued or not isinstance(said.get("jti"), str):
        raise TokenRefused
    acts = said.get("act")
    return Claims(
        sub=_id(said.get("sub")), issued_at=datetime.fromtimestamp(milliseconds / 1000, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC), jti=said["jti"],
        scopes=None if said.get("client_id") == OWN and acts is None else frozenset(str(said.get("scope", "")).split()),
        acting=_acting(acts),
    )


def _acting(acts: Any) -> UUID | None:
    """The person who acts (RFC 8693 section 4.1), for nobody who acts already; none where it is a program, which is named."""
    if acts is None or (isinstance(acts, dict) and "client_id" in acts):
        return None
    if not isinstance(acts, dict) or "act" in acts:
        raise TokenRefused
    return _id(acts.get("sub"))


def _id(said: Any) -> UUID:
    try:
        return UUID(said)
    except (ValueError, TypeError, AttributeError):
        raise TokenRefused from None
