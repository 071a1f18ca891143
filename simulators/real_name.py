"""A provider that compares a name with the number of papers: strict about who asks, when, and that nothing is asked twice.

`POST /real-name/v1/comparisons`, signed; its answers are signed over the question's nonce and request id. Its register of
citizens is filled through `POST /real-name/citizens`, also with those at whom it will fail, which nobody but a test does.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.clock import Clock

PATH = "/real-name/v1/comparisons"
_SKEW = timedelta(minutes=5)
_FORMS = tuple(re.compile(form) for form in (r"[0-9]{10}", r"[0-9a-f]{32}", r"[0-9a-f-]{36}"))  # time, nonce, request id
_DOCUMENTS = {"id-card", "residence-permit", "passport", "permanent-residence"}
_SILENCE = 12  # seconds; longer than anybody waits
_LONGEST_NAME, _LONGEST_NUMBER = 64, 32
_KEPT = 10_000
FAULTS = frozenset({"busy", "silent", "nonsense", "forged", "replayed", "foreign", "unsigned", "endless", "away"})
CITIZENS = {  # of the demo; numbers of people who never were
    ("id-card", "11010519491231002X"): "韦小宝", ("residence-permit", "810000199408230021"): "陈小春",
}


class Refused(Exception):
    """The provider's error code, and the HTTP status it comes with."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


@dataclass(frozen=True)
class Asked:
    """A question whose signature was good."""

    stamp: str
    nonce: str
    request: str
    body: bytes


class Register:
    """The provider's state: who has which number, nonces seen, what was answered to which request."""

    def __init__(self, key: str, secret: str, clock: Clock) -> None:
        self._key, self._secret, self._clock = key, secret, clock
        self._citizens: dict[tuple[str, str], str] = dict(CITIZENS)
        self._faults: dict[tuple[str, str], str] = {}
        self._nonces: dict[str, None] = {}
        self._answered: dict[str, tuple[bytes, bytes]] = {}  # request id → hash of what was asked, answer
        self.billed = 0

    async def compare(self, request: Request) -> Response:
        """One comparison; the same request id with the same question is answered alike, and billed once."""
        asked = await self._signed(request)
        papers, name = _read(asked.body)
        fault = self._faults.get(papers, "")
        if fault in {"busy", "away"}:
            raise Refused("Throttling", 429) if fault == "busy" else Refused("ServiceUnavailable", 503)
        if fault == "silent":
            await asyncio.sleep(_SILENCE)
        return self._told(asked, self._answer(asked, papers, name), fault)

    def _answer(self, asked: Asked, papers: tuple[str, str], name: str) -> bytes:
        question = hashlib.sha256(asked.body).digest()
        earlier = self._answered.get(asked.request)
        if earlier is not None:
            if earlier[0] != question:
                raise Refused("RequestIdReused", 409)
            return earlier[1]
        known = self._citizens.get(papers)
        result = "unknown" if known is None else "match" if known == name else "differ"
        said = {"request_id": asked.request, "result": result, "reference": f"RN-{uuid4().hex[:20]}"}
        self.billed += result != "unknown"
        answer = json.dumps(said).encode()
        self._answered[asked.request] = question, answer
        while len(self._answered) > _KEPT:
            self._answered.pop(next(iter(self._answered)))
        return answer

    def _told(self, asked: Asked, answer: bytes, fault: str) -> Response:
        if fault == "nonsense":
            return Response("<html>502</html>", media_type="text/html")
        if fault == "endless":
            answer = answer + b" " * 200_000
        if fault == "foreign":
            answer = answer.replace(asked.request.encode(), str(uuid4()).encode())
        signature = self._sign("200", asked, answer)
        if fault == "forged":  # somebody in between says yes
            answer = answer.replace(b'"unknown"', b'"match"').replace(b'"differ"', b'"match"')
        if fault == "replayed":  # an answer that was good for an earlier question
            signature = self._sign("200", replace(asked, nonce="0" * 32), answer)
        headers = {} if fault == "unsigned" else {"x-signature": signature}
        return Response(answer, media_type="application/json", headers=headers)

    async def _signed(self, request: Request) -> Asked:
        headers = request.headers
        if headers.get("x-access-key") != self._key:
            raise Refused("InvalidAccessKey", 403)
        stamp, nonce, key = (headers.get(f"x-{name}", "") for name in ("timestamp", "nonce", "request-id"))
        asked = Asked(stamp, nonce, key, await request.body())
        if not all(form.fullmatch(said) for form, said in zip(_FORMS, (stamp, nonce, key), strict=True)):
            raise Refused("InvalidHeader")
        good = self._sign(f"POST {PATH}", asked, asked.body)
        if not hmac.compare_digest(good.encode(), headers.get("x-signature", "").encode()):
            raise Refused("SignatureDoesNotMatch", 403)
        self._must_be_new(stamp, nonce)
        return asked

    def _must_be_new(self, stamp: str, nonce: str) -> None:
        if abs(self._clock.now().timestamp() - int(stamp)) > _SKEW.total_seconds():
            raise Refused("InvalidTimestamp", 403)
        if nonce in self._nonces:
            raise Refused("NonceUsed", 403)
        self._nonces[nonce] = None
        while len(self._nonces) > _KEPT:
            self._nonces.pop(next(iter(self._nonces)))

    def _sign(self, said: str, asked: Asked, body: bytes) -> str:
        lines = "\n".join((said, asked.stamp, asked.nonce, asked.request, hashlib.sha256(body).hexdigest()))
        return hmac.digest(self._secret.encode(), lines.encode(), hashlib.sha256).hex()

    async def enter(self, request: Request) -> Response:
        """`POST /real-name/citizens {document, number, name, fault}`: who is in the register from now on."""
        said = await request.json()
        fault = str(said.get("fault", ""))
        if said.get("document") not in _DOCUMENTS or not said.get("number") or fault not in {"", *FAULTS}:
            return JSONResponse({"detail": f"document is one of {sorted(_DOCUMENTS)}; fault one of {sorted(FAULTS)}"}, 422)
        papers = str(said["document"]), str(said["number"])
        if said.get("name"):
            self._citizens[papers] = str(said["name"])
        self._faults[papers] = fault
        return Response(status_code=204)

    async def bill(self, _: Request) -> Response:
        """`GET /real-name/bill`: how many comparisons were charged."""
        return JSONResponse({"billed": self.billed})


def _read(body: bytes) -> tuple[tuple[str, str], str]:
    """Papers and name; nothing else is taken."""
    try:
        said = json.loads(body)
    except ValueError:
        raise Refused("InvalidBody") from None
    if not isinstance(said, dict) or set(said) != {"name", "document", "number"}:
        raise Refused("InvalidBody")
    if not all(isinstance(value, str) for value in said.values()) or said["document"] not in _DOCUMENTS:
        raise Refused("InvalidBody")
    if not 0 < len(said["name"]) <= _LONGEST_NAME or not 0 < len(said["number"]) <= _LONGEST_NUMBER:
        raise Refused("InvalidBody")
    return (said["document"], said["number"]), said["name"]


def _said(door: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await door(request)
        except Refused as refused:
            return JSONResponse({"code": refused.code}, refused.status)

    return answer


def routes(key: str, secret: str, clock: Clock) -> tuple[Route, ...]:
    """Its doors, for whoever serves them."""
    register = Register(key, secret, clock)
    return (
        Route(PATH, _said(register.compare), methods=["POST"]),
        Route("/real-name/citizens", register.enter, methods=["POST"]),
        Route("/real-name/bill", register.bill),
    )
