"""Tencent Cloud 天御 (2020-12-29): who looks at texts (TMS TextModeration) and photos (IMS ImageModeration), as strict as it is.

POST of JSON to `/tms` and `/ims` (each is `/` of a host of its own), signed by TC3-HMAC-SHA256; every answer is 200 with
`{"Response": …}`. What it finds is said through `POST /moderation/rules {word|sha256, suggestion, label, fault}`, which nobody
but a test does: a word that stands in a text, or the hash of a photo. `GET /moderation/asked` is how often it was asked.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.clock import Clock

_SKEW = timedelta(minutes=5)
_SILENCE = 12  # seconds; longer than anybody waits
_VERSION, _TYPE, _REGIONS = "2020-12-29", "application/json; charset=utf-8", {"ap-beijing", "ap-guangzhou", "ap-shanghai"}
_LONGEST, _LARGEST = 10_000, 10 * 1024 * 1024  # characters of a text; bytes of a photo as base64
_ABOUT, _POLICY = re.compile(r"[A-Za-z0-9_-]{1,64}"), re.compile(r"[A-Za-z0-9_]{3,32}")
_SIGNED = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/, ]+)/(\d{4}-\d\d-\d\d)/([a-z]+)/tc3_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
_ACTIONS = {"tms": ("TextModeration", "Content"), "ims": ("ImageModeration", "FileContent")}
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM")
_WEIGHT = ("Pass", "Review", "Block")
_CODES = {"busy": "RequestLimitExceeded", "broken": "InternalError"}
_LIES: dict[str, dict[str, Any]] = {  # what it says instead
    "foreign": {"DataId": "another-question"}, "two-faced": {"Suggestion": "Pass", "Label": "Porn"},
    "wordless": {"Suggestion": None}, "endless": {"Extra": " " * 400_000}, "unheard": {"Suggestion": "Ok"},
}
FAULTS = frozenset({*_CODES, *_LIES, "silent", "nonsense", "unavailable"})
WORDS = {"加微信": ("Review", "Ad"), "代开发票": ("Block", "Illegal")}  # of the demo


class Refused(Exception):
    """The provider's error code and its sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Rule:
    """What it says of one thing, or how it fails at it."""

    suggestion: str
    label: str
    fault: str = ""


class Moderation:
    """The provider's state: one account, what it finds harmful, how often it was asked."""

    def __init__(self, secret_id: str, secret_key: str, clock: Clock) -> None:
        self._id, self._key, self._clock = secret_id, secret_key, clock
        self._words = {word: Rule(*said) for word, said in WORDS.items()}
        self._photos: dict[str, Rule] = {}
        self._asked: dict[str, int] = {}

    def door(self, service: str) -> Callable[[Request], Awaitable[Response]]:
        """The one operation of a service."""

        async def answer(request: Request) -> Response:
            body = await request.body()
            try:
                self._must_be_signed(service, request, body)
                about, content = _read(service, body)
            except Refused as refused:
                return _failed(refused.code, str(refused))
            self._asked[service] = self._asked.get(service, 0) + 1
            return await _told(self._judged(service, content), about)

        return answer

    def _judged(self, service: str, content: bytes) -> Rule:
        harmless = Rule("Pass", "Normal")
        if service == "ims":
            return self._photos.get(hashlib.sha256(content).hexdigest(), harmless)
        text = content.decode()
        found = [rule for word, rule in self._words.items() if word in text]
        return max(found, key=lambda one: (bool(one.fault), _WEIGHT.index(one.suggestion)), default=harmless)

    def _must_be_signed(self, service: str, request: Request, body: bytes) -> None:
        headers = request.headers
        said = _SIGNED.fullmatch(headers.get("authorization", ""))
        if said is None:
            raise Refused("AuthFailure.InvalidAuthorization", "The Authorization header is not of its form.")
        account, day, scope, names, given = said.groups()
        self._must_be_now(headers.get("x-tc-timestamp", ""), day)
        if account != self._id:
            raise Refused("AuthFailure.SecretIdNotFound", "The SecretId is not found.")
        signed = names.split(";")
        if scope != service or not {"content-type", "host"} <= set(signed) or signed != sorted(signed):
            raise Refused("AuthFailure.SignatureFailure", "The scope or the signed headers are wrong.")
        if not hmac.compare_digest(given, self._signature(service, request, signed, body)):
            raise Refused("AuthFailure.SignatureFailure", "The provided credentials could not be validated.")
        _must_be_for(service, request)

    def _must_be_now(self, stamp: str, day: str) -> None:
        if not stamp.isdecimal() or abs(self._clock.now().timestamp() - int(stamp)) > _SKEW.total_seconds():
            raise Refused("AuthFailure.SignatureExpire", "Signature expired.")
        if datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d") != day:
            raise Refused("AuthFailure.SignatureFailure", "The date is not that of the timestamp.")

    def _signature(self, service: str, request: Request, names: list[str], body: bytes) -> str:
        headers, stamp = request.headers, request.headers["x-tc-timestamp"]
        lines = "".join(f"{name}:{headers.get(name, '').strip().lower()}\n" for name in names)
        whole = "\n".join(("POST", "/", "", lines, ";".join(names), hashlib.sha256(body).hexdigest()))
        day = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
        scope = f"{day}/{service}/tc3_request"
        text = "\n".join(("TC3-HMAC-SHA256", stamp, scope, hashlib.sha256(whole.encode()).hexdigest()))
        key = ("TC3" + self._key).encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), hashlib.sha256)
        return hmac.digest(key, text.encode(), hashlib.sha256).hex()

    async def rule(self, request: Request) -> Response:
        """`POST /moderation/rules`: what it says from now on of a text with a word in it, or of one photo."""
        said = await request.json()
        suggestion, fault = said.get("suggestion", "Block"), said.get("fault", "")
        if suggestion not in _WEIGHT or fault not in {"", *FAULTS} or ("word" in said) == ("sha256" in said):
            return JSONResponse({"detail": f"word or sha256; suggestion one of {_WEIGHT}; fault one of {sorted(FAULTS)}"}, 422)
        made = Rule(suggestion, str(said.get("label", "Normal" if suggestion == "Pass" else "Porn")), fault)
        if "word" in said:
            self._words[str(said["word"])] = made
        else:
            self._photos[str(said["sha256"])] = made
        return Response(status_code=204)

    async def asked(self, _: Request) -> Response:
        """`GET /moderation/asked`: how many questions were good, by service."""
        return JSONResponse(self._asked)


def _must_be_for(service: str, request: Request) -> None:
    headers = request.headers
    if headers.get("content-type") != _TYPE or headers.get("x-tc-action") != _ACTIONS[service][0]:
        raise Refused("InvalidAction", "The request action or its content type is invalid.")
    if headers.get("x-tc-version") != _VERSION:
        raise Refused("NoSuchVersion", "The version does not exist.")
    if headers.get("x-tc-region") not in _REGIONS:
        raise Refused("UnsupportedRegion", "The region is not supported.")


def _read(service: str, body: bytes) -> tuple[str, bytes]:
    """What it is about, and what is to be looked at; nothing else is taken."""
    name = _ACTIONS[service][1]
    try:
        said: Any = json.loads(body)
        if not isinstance(said, dict) or not set(said) <= {name, "DataId", "BizType"} or name not in said:
            raise Refused("InvalidParameter", "A parameter is missing or unknown.")
        content = base64.b64decode(said[name], validate=True)
    except (ValueError, TypeError, binascii.Error):
        raise Refused("InvalidParameterValue", "The parameter value is wrong.") from None
    about, policy = str(said.get("DataId", "")), str(said.get("BizType", "default"))
    if not _ABOUT.fullmatch(about) or not _POLICY.fullmatch(policy) or not content:
        raise Refused("InvalidParameterValue", "The parameter value is wrong.")
    (_must_be_text if service == "tms" else _must_be_photo)(said[name], content)
    return about, content


def _must_be_text(_: str, content: bytes) -> None:
    try:
        if len(content.decode()) > _LONGEST:
            raise Refused("InvalidParameterValue.ErrTextContentLen", "The text is too long.")
    except UnicodeDecodeError:
        raise Refused("InvalidParameterValue.ErrTextContentType", "The text is no UTF-8.") from None


def _must_be_photo(said: str, content: bytes) -> None:
    if len(said) > _LARGEST:
        raise Refused("InvalidParameter.ImageSizeTooLarge", "The image is too large.")
    if not content.startswith(_PICTURES):
        raise Refused("InvalidParameter.InvalidImageContent", "The image is none.")


async def _told(rule: Rule, about: str) -> Response:
    if rule.fault in _CODES:
        return _failed(_CODES[rule.fault], "Please try again later.")
    if rule.fault == "unavailable":
        return Response("upstream connect error", 503)
    if rule.fault == "nonsense":
        return Response("<html>502</html>", media_type="text/html")
    if rule.fault == "silent":
        await asyncio.sleep(_SILENCE)
    said = {
        "Suggestion": rule.suggestion, "Label": rule.label, "SubLabel": "", "Score": 99, "DetailResults": [], "Extra": "",
        "DataId": about, "BizType": "default", "RequestId": str(uuid4()),
    }
    return JSONResponse({"Response": said | _LIES.get(rule.fault, {})})


def _failed(code: str, message: str) -> Response:
    return JSONResponse({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": str(uuid4())}})


def routes(secret_id: str, secret_key: str, clock: Clock) -> tuple[Route, ...]:
    """Its doors, for whoever serves them."""
    provider = Moderation(secret_id, secret_key, clock)
    return (
        Route("/tms", provider.door("tms"), methods=["POST"]), Route("/ims", provider.door("ims"), methods=["POST"]),
        Route("/moderation/rules", provider.rule, methods=["POST"]), Route("/moderation/asked", provider.asked),
    )
