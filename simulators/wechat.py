"""WeChat's side of a mini-program: whose account (`wx.login`), whose phone (`getPhoneNumber`), as strictly as the original says.

Of an official account, bound to the same account of the open platform, it says whose account opened a page within WeChat. The
four calls a server makes answer with status 200 whatever happened, an `errcode` tells. The doors under `/wechat` are the
phone's half: `POST /wechat/codes` makes a code, also one that WeChat will fail at; `POST /wechat/tokens/ending` voids all tokens.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.clock import Clock

_CODE_LIFE, _TOKEN_LIFE = timedelta(minutes=5), timedelta(hours=2)
_SAME_TOKEN = timedelta(minutes=5)  # before its end the stable token changes
_SILENCE = 8  # seconds; longer than any server waits
_SAYS = {
    -1: "system error", 40001: "invalid credential, access_token is invalid or not latest", 40002: "invalid grant_type",
    40013: "invalid appid", 40029: "invalid code", 40125: "invalid appsecret", 40163: "code been used",
    41001: "access_token missing", 41002: "appid missing", 41004: "appsecret missing", 41008: "missing code",
    42001: "access_token expired", 45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
}
_BUSY = {"busy": -1, "often": 45011}
FAULTS = frozenset({*_BUSY, "silent", "nonsense", "foreign", "stale", "snapshot"})


class Refused(Exception):
    """WeChat's error code."""

    def __init__(self, errcode: int) -> None:
        super().__init__(_SAYS[errcode])
        self.errcode = errcode


@dataclass
class Code:
    """What a phone holds for one call: of `wx.login` (kind `login`), of the phone button (`phone`), of a page (`page`)."""

    kind: str
    openid: str
    phone: str
    country: str
    fault: str
    session_key: str
    made_at: datetime
    unionid: str = ""  # none where the program is bound to no account of the open platform
    scope: str = "snsapi_userinfo"  # of a page: `snsapi_base` asks nobody for consent and tells no unionid
    is_used: bool = False


class Wechat:
    """WeChat's state: codes given to phones, the token of the one mini-program it knows, and its official account."""

    def __init__(self, app_id: str, secret: str, clock: Clock, page: tuple[str, str]) -> None:
        self._app_id, self._secret, self._clock = app_id, secret, clock
        self._page = page
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, datetime] = {}  # each with its end; the newest is last

    async def session(self, request: Request) -> Response:
        """`GET /sns/jscode2session`; its type is text, as the original's is."""
        asked = request.query_params
        self._must_be(self._mini, asked.get("appid"), asked.get("secret"))
        if asked.get("grant_type") != "authorization_code":
            raise Refused(40002)
        code = self._spent("login", asked.get("js_code"), used=40163)
        return await _answered(code, {"session_key": code.session_key, "openid": code.openid, **_union(code)})

    async def page(self, request: Request) -> Response:
        """`GET /sns/oauth2/access_token`; the unionid is told to who was asked for consent, `snsapi_userinfo`."""
        asked = request.query_params
        self._must_be(self._page, asked.get("appid"), asked.get("secret"))
        if asked.get("grant_type") != "authorization_code":
            raise Refused(40002)
        code = self._spent("page", asked.get("code"), used=40163)
        said = {
            "access_token": secrets.token_urlsafe(64), "expires_in": 7200, "refresh_token": secrets.token_urlsafe(64),
            "openid": code.openid, "scope": code.scope, **({"is_snapshotuser": 1} if code.fault == "snapshot" else {}),
        }
        return await _answered(code, said | (_union(code) if code.scope == "snsapi_userinfo" else {}))

    @property
    def _mini(self) -> tuple[str, str]:
        return self._app_id, self._secret

    async def token(self, request: Request) -> Response:
        """`POST /cgi-bin/stable_token`: the same one until five minutes before its end, unless a new one is forced."""
        asked = await _body(request)
        if asked.get("grant_type") != "client_credential":
            raise Refused(40002)
        self._must_be(self._mini, asked.get("appid"), asked.get("secret"))
        now = self._clock.now()
        last = next(reversed(self._tokens), None)
        if last is None or asked.get("force_refresh") is True or self._tokens[last] - now <= _SAME_TOKEN:
            if asked.get("force_refresh") is True:
                self._tokens.clear()
            last = secrets.token_urlsafe(64)
            self._tokens[last] = now + _TOKEN_LIFE
        left = int((self._tokens[last] - now).total_seconds())
        return JSONResponse({"access_token": last, "expires_in": left})

    async def phone(self, request: Request) -> Response:
        """`POST /wxa/business/getuserphonenumber`; a code of another account than the `openid` that is named is none."""
        self._must_be_let_in(request.query_params.get("access_token"))
        asked = await _body(request)
        code = self._spent("phone", asked.get("code"), used=40029, openid=asked.get("openid"))
        moment = self._clock.now() - (timedelta(minutes=10) if code.fault == "stale" else timedelta())
        app = "wxffffffffffffffff" if code.fault == "foreign" else self._app_id
        whole = code.phone if code.country == "86" else f"+{code.country} {code.phone}"
        info = {
            "phoneNumber": whole, "purePhoneNumber": code.phone, "countryCode": code.country,
            "watermark": {"timestamp": int(moment.timestamp()), "appid": app},
        }
        return await _answered(code, {"errcode": 0, "errmsg": "ok", "phone_info": info})

    def _must_be(self, program: tuple[str, str], app_id: object, secret: object) -> None:
        if not app_id or not secret:
            raise Refused(41004 if app_id else 41002)
        if app_id != program[0]:
            raise Refused(40013)
        if secret != program[1]:
            raise Refused(40125)

    def _must_be_let_in(self, token: str | None) -> None:
        if not token:
            raise Refused(41001)
        if token not in self._tokens:
            raise Refused(40001)
        if self._tokens[token] <= self._clock.now():
            raise Refused(42001)

    def _spent(self, kind: str, value: object, *, used: int, openid: object = None) -> Code:
        """The code behind the value, spent by this; a code of the other kind is none."""
        if not value:
            raise Refused(41008)
        code = self._codes.get(str(value))
        if code is None or code.kind != kind or openid not in {None, code.openid}:
            raise Refused(40029)
        if code.made_at <= self._clock.now() - _CODE_LIFE:
            raise Refused(40029)
        if code.fault in _BUSY:
            raise Refused(_BUSY[code.fault])  # the code stays good, as WeChat's own does
        if code.is_used:
            raise Refused(used)
        code.is_used = True
        return code

    async def make(self, request: Request) -> Response:
        """`POST /wechat/codes {kind, openid, unionid, scope, phone, country, fault, session_key}`: what a phone is given."""
        asked = await _body(request)
        fault, kind, now = str(asked.get("fault", "")), str(asked.get("kind", "login")), self._clock.now()
        if kind not in {"login", "phone", "page"} or fault not in {"", *FAULTS} or not asked.get("openid"):
            return JSONResponse({"detail": f"kind is login, phone or page; fault one of {sorted(FAULTS)}"}, 422)
        self._codes = {value: one for value, one in self._codes.items() if one.made_at > now - 2 * _CODE_LIFE}
        value = secrets.token_hex(16 if kind == "login" else 32)
        phone, country = str(asked.get("phone", "")), str(asked.get("country", "86"))
        key = str(asked.get("session_key") or f"{secrets.token_urlsafe(16)}==")
        union, scope = str(asked.get("unionid") or ""), str(asked.get("scope") or "snsapi_userinfo")
        self._codes[value] = Code(kind, str(asked["openid"]), phone, country, fault, key, now, union, scope)
        return JSONResponse({"code": value}, 201)

    async def void(self, _: Request) -> Response:
        """`POST /wechat/tokens/ending`: as when somebody else forced a new one."""
        self._tokens.clear()
        return Response(status_code=204)


def _union(code: Code) -> dict[str, str]:
    return {"unionid": code.unionid} if code.unionid else {}


async def _answered(code: Code, said: dict[str, Any]) -> Response:
    if code.fault == "silent":
        await asyncio.sleep(_SILENCE)
    if code.fault == "nonsense":
        return Response("<html><body>502 Bad Gateway</body></html>", media_type="text/html")
    return Response(json.dumps(said), media_type="text/plain")


async def _body(request: Request) -> dict[str, Any]:
    try:
        said = json.loads(await request.body())
    except ValueError:
        raise Refused(47001) from None
    if not isinstance(said, dict):
        raise Refused(47001)
    return said


def _told(door: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A refusal as WeChat words it: 200, a number, a sentence, and the number of the request."""

    async def answer(request: Request) -> Response:
        try:
            return await door(request)
        except Refused as refused:
            return JSONResponse({"errcode": refused.errcode, "errmsg": f"{refused}, rid: {secrets.token_hex(12)}"})

    return answer


def routes(app_id: str, secret: str, clock: Clock, page: tuple[str, str]) -> list[Route]:
    """WeChat for one mini-program, and for one official account: its id and its secret."""
    wechat = Wechat(app_id, secret, clock, page)
    return [
        Route("/sns/jscode2session", _told(wechat.session)),
        Route("/sns/oauth2/access_token", _told(wechat.page)),
        Route("/cgi-bin/stable_token", _told(wechat.token), methods=["POST"]),
        Route("/wxa/business/getuserphonenumber", _told(wechat.phone), methods=["POST"]),
        Route("/wechat/codes", _told(wechat.make), methods=["POST"]),
        Route("/wechat/tokens/ending", wechat.void, methods=["POST"]),
    ]
