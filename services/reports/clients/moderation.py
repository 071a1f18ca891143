"""The wire of who looks at texts and photos: Tencent Cloud 天御, TMS TextModeration and IMS ImageModeration (2020-12-29).

POST of JSON, signed by TC3-HMAC-SHA256. Nothing of what was asked is logged or quoted: it is what a resident wrote.
What is not of its form, contradicts itself or answers another question is not believed: it is as if nothing had been said.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field

from services.reports.domain.check import Suggestion, Verdict
from services.reports.settings import ReportsSettings

VERSION, CONTENT_TYPE = "2020-12-29", "application/json; charset=utf-8"
TEXT, PHOTO = ("tms", "TextModeration"), ("ims", "ImageModeration")
_WAIT = 8.0  # seconds for one answer
_MOST = 256 * 1024  # bytes of an answer that are looked at; of a photo it tells all words that stand in it
_HARMLESS = "Normal"

log = logging.getLogger(__name__)


class ProviderAway(Exception):
    """It did not answer, was busy, or said what is not to be believed; asking again later is safe."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    suggestion: Annotated[Literal["Pass", "Review", "Block"], Field(alias="Suggestion")]
    label: Annotated[str, Field(alias="Label", pattern=r"^[A-Za-z]{1,32}$")]
    request: Annotated[str, Field(alias="RequestId", pattern=r"^[A-Za-z0-9-]{1,64}$")]
    about: Annotated[str, Field(alias="DataId")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    said: Annotated[_Said, Field(alias="Response")]


@dataclass(frozen=True)
class Moderation:
    """The provider: where it is asked of texts and of photos, either of which may be nowhere, and how it knows us."""

    texts: str
    photos: str
    secret_id: str
    secret_key: str = field(repr=False)
    region: str
    policy: str

    async def text(self, about: str, text: str, *, at: datetime) -> Verdict:
        """What it says of a text of up to 10,000 characters; ProviderAway."""
        return await self._asked(self.texts, TEXT, {"Content": base64.b64encode(text.encode()).decode()}, about, at)

    async def photo(self, about: str, content: bytes, *, at: datetime) -> Verdict:
        """The same of a photo, JPEG; ProviderAway."""
        return await self._asked(self.photos, PHOTO, {"FileContent": base64.b64encode(content).decode()}, about, at)

    async def _asked(
        self, endpoint: str, what: tuple[str, str], said: dict[str, str], about: str, at: datetime
    ) -> Verdict:
        if not endpoint:
            raise ProviderAway
        asked = said | {"DataId": about} | ({"BizType": self.policy} if self.policy else {})
        body = json.dumps(asked).encode()
        try:
            answer = await self._answer(endpoint, self._headers(endpoint, what, body, at), body)
            return _understood(answer, about)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as failed:
            # by its kind alone: its words may quote what was said
            log.warning("no verdict on contents", extra={"facts": {"action": what[1], "why": type(failed).__name__}})
            raise ProviderAway from None

    def _headers(self, endpoint: str, what: tuple[str, str], body: bytes, at: datetime) -> dict[str, str]:
        service, action = what
        stamp = int(at.timestamp())
        signed = {"content-type": CONTENT_TYPE, "host": urlsplit(endpoint).netloc, "x-tc-action": action.lower()}
        scope = f"{_day(stamp)}/{service}/tc3_request"
        told = signature(self.secret_key, service, stamp, signed, body)
        return {
            "content-type": CONTENT_TYPE, "host": signed["host"], "x-tc-action": action, "x-tc-version": VERSION,
            "x-tc-timestamp": str(stamp), "x-tc-region": self.region,
            "authorization": f"TC3-HMAC-SHA256 Credential={self.secret_id}/{scope}, SignedHeaders={';'.join(signed)}, "
                             f"Signature={told}",
        }

    async def _answer(self, endpoint: str, headers: dict[str, str], body: bytes) -> bytes:
        """What it says; ValueError of what is too long, or of another status than 200, which all its answers have."""
        read = b""
        async with (
            asyncio.timeout(_WAIT), httpx.AsyncClient(timeout=_WAIT, verify=_trusted(), trust_env=False) as client,
            client.stream("POST", endpoint, headers=headers, content=body) as answer,
        ):
            async for part in answer.aiter_bytes():
                read += part
                if len(read) > _MOST:
                    raise ValueError
        if answer.status_code != httpx.codes.OK:
            raise ValueError
        return read


def _understood(answer: bytes, about: str) -> Verdict:
    """ValueError of what is no verdict, is one on something else, or says in two words two things."""
    found = _Answer.model_validate_json(answer).said
    if found.about != about or (found.suggestion == "Pass" and found.label != _HARMLESS):
        raise ValueError
    return Verdict(Suggestion(found.suggestion), found.label, found.request)


def signature(secret: str, service: str, stamp: int, signed: dict[str, str], body: bytes) -> str:
    """TC3-HMAC-SHA256 in hex, of a POST to `/`; `signed` are the headers that it covers, in alphabetical order.

    Tencent Cloud API 3.0, 签名方法 v3, steps 1 to 3.
    """
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    whole = f"POST\n/\n\n{lines}\n{';'.join(signed)}\n{hashlib.sha256(body).hexdigest()}"
    day = _day(stamp)
    said = f"TC3-HMAC-SHA256\n{stamp}\n{day}/{service}/tc3_request\n{hashlib.sha256(whole.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return hmac.digest(key, said.encode(), hashlib.sha256).hex()


def _day(stamp: int) -> str:
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d")


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading the authorities takes longer than a call


def of(settings: ReportsSettings) -> Moderation | None:
    """The one of this process; None, where nobody looks."""
    if not settings.text_check_endpoint and not settings.photo_check_endpoint:
        return None
    return Moderation(
        settings.text_check_endpoint, settings.photo_check_endpoint, settings.check_secret_id, settings.check_secret_key,
        settings.check_region, settings.check_policy,
    )
