"""The wire of a provider that compares a name with the number of papers (二要素核验).

One signed POST: HMAC-SHA256 over method, path, time, nonce, request id and the body's hash. Its answer is signed as well, over
our nonce and request id, so that neither a forged nor an earlier answer is believed (case E22). Nothing of what was asked or
said is logged or quoted: it is somebody's name and number.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import secrets
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Literal
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.identity.domain.documents import Numbered
from services.identity.domain.real_name import Told
from services.identity.settings import IdentitySettings

PATH = "/real-name/v1/comparisons"
_WAIT = 5.0  # seconds for one answer
_MOST = 16 * 1024  # bytes of an answer that are looked at
_FAILURES, _PAUSE = 5, timedelta(seconds=15)  # after so many in a row it is left alone for so long

log = logging.getLogger(__name__)


class ProviderAway(Exception):
    """It did not answer, was busy, or said what is not to be believed; asking again later is safe."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    request_id: str
    result: Literal["match", "differ", "unknown"]
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]


@dataclass
class RealName:
    """The provider as this process knows it: where it is, and whether it has answered lately."""

    endpoint: str
    key: str
    secret: str = field(repr=False)
    name: str
    _failures: int = field(default=0, init=False)
    _left_alone_until: datetime | None = field(default=None, init=False)

    async def compare(self, request: UUID, name: str, papers: Numbered, *, at: datetime) -> Told:
        """Whether they belong together; ProviderAway. The same request asked again is answered alike and billed once."""
        if self._left_alone_until is not None and at < self._left_alone_until:
            raise ProviderAway
        body = json.dumps({"name": name, "document": papers.document, "number": papers.number}, ensure_ascii=False).encode()
        ours = stamp, nonce, key = str(int(at.timestamp())), secrets.token_hex(16), str(request)
        asked = {
            "content-type": "application/json", "x-access-key": self.key, "x-timestamp": stamp, "x-nonce": nonce,
            "x-request-id": key, "x-signature": signed(self.secret, (f"POST {PATH}", *ours), body),
        }
        try:
            status, signature, answer = await self._answer(asked, body)
        except (httpx.HTTPError, TimeoutError, ValueError) as failed:
            raise self._failed(at, type(failed).__name__) from None
        if status != httpx.codes.OK:
            raise self._failed(at, f"status {status}")
        if not hmac.compare_digest(signature, signed(self.secret, ("200", *ours), answer)):
            raise self._failed(at, "not signed for this question")
        return self._understood(answer, request, at)

    async def _answer(self, asked: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Status, signature and body; ValueError of one that is too long or signed with other letters."""
        read = b""
        async with (
            asyncio.timeout(_WAIT), httpx.AsyncClient(timeout=_WAIT, verify=_trusted()) as client,
            client.stream("POST", f"{self.endpoint}{PATH}", headers=asked, content=body) as answer,
        ):
            async for part in answer.aiter_bytes():
                read += part
                if len(read) > _MOST:
                    raise ValueError
        signature = answer.headers.get("x-signature", "")
        if not signature.isascii():
            raise ValueError
        return answer.status_code, signature, read

    def _understood(self, answer: bytes, request: UUID, at: datetime) -> Told:
        try:
            said = _Said.model_validate_json(answer)
        except ValidationError:
            raise self._failed(at, "no answer of its form") from None
        if said.request_id != str(request):
            raise self._failed(at, "an answer to another question")
        self._failures = 0
        return Told(said.result, said.reference)

    def _failed(self, at: datetime, why: str) -> ProviderAway:
        self._failures += 1
        if self._failures >= _FAILURES:
            self._left_alone_until = at + _PAUSE
        log.warning("the provider of real names did not answer", extra={"facts": {"why": why, "in_a_row": self._failures}})
        return ProviderAway()


def signed(secret: str, lines: tuple[str, ...], body: bytes) -> str:
    """HMAC-SHA256, in hex: over method and path, or the status; seconds since 1970, nonce, request id; SHA-256 of the body."""
    whole = "\n".join((*lines, hashlib.sha256(body).hexdigest()))
    return hmac.digest(secret.encode(), whole.encode(), hashlib.sha256).hex()


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading the authorities takes longer than a call


@cache
def _one(endpoint: str, key: str, secret: str, name: str) -> RealName:
    return RealName(endpoint, key, secret, name)


def of(settings: IdentitySettings) -> RealName | None:
    """The one of this process; None, where names and numbers are compared by nobody."""
    if not settings.real_name_endpoint:
        return None
    return _one(settings.real_name_endpoint, settings.real_name_key, settings.real_name_secret, settings.real_name_provider)
