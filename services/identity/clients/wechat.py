"""WeChat's wire for a mini-program: `jscode2session`, `stable_token`, `getuserphonenumber`; for its pages `oauth2/access_token`.

Addresses, answers and errors are quoted nowhere: they hold our secret, and of people openid and phone. The `session_key` that
comes with an openid is not even read: nothing here is encrypted with it, so nobody needs it.
"""

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from services.identity.domain.wechat import MINI, PAGE, Account, Phone, WechatCodeRefused, WechatUnavailable
from services.identity.settings import IdentitySettings

_WAIT = 3.0  # seconds for one answer; three of them are less than the gateway waits
_AT_ONCE = 64  # whoever comes while so many wait is told to come again
_FAILURES, _PAUSE = 5, timedelta(seconds=10)  # after so many in a row it is left alone for so long
_NEAR_THE_END = timedelta(minutes=5)  # when the stable token changes
# WeChat's numbers: of a code that is none (40226: an account it holds for dangerous), of a token that is none any more, of a full
# minute; any other is its fault or our operator's
_OF_THE_CODE, _OF_THE_TOKEN, _OFTEN = frozenset({40029, 40163, 40226}), frozenset({40001, 40014, 42001}), 45011

log = logging.getLogger(__name__)


_Id = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$")]


class _Session(BaseModel):
    openid: _Id
    unionid: _Id | None = None  # where the program belongs to an account of the open platform


class _Page(_Session):
    """Of `oauth2/access_token`: what may be asked with its tokens is not asked, so they are not read."""

    is_snapshot: Annotated[int, Field(alias="is_snapshotuser")] = 0  # a page looked at without consent: the account is nobody's


class _Token(BaseModel):
    access_token: Annotated[str, Field(min_length=1, max_length=2048)]
    expires_in: Annotated[int, Field(gt=0, le=86400)]


class _Watermark(BaseModel):
    appid: str
    timestamp: Annotated[int, Field(ge=0, le=2**40)]


class _PhoneInfo(BaseModel):
    number: Annotated[str, Field(alias="purePhoneNumber", max_length=20)]
    country: Annotated[str | int, Field(alias="countryCode")]  # the original's documents have both
    watermark: _Watermark


class _Shown(BaseModel):
    phone_info: _PhoneInfo


A = TypeVar("A", bound=BaseModel)


class _TokenRefused(Exception):
    """The access token is not the newest: somebody else forced a new one."""


@dataclass
class Wechat:
    """WeChat as this process knows it: its token, and whether it has answered lately."""

    endpoint: str
    app_id: str
    secret: str = field(repr=False)
    _token: str = field(default="", init=False, repr=False)
    _token_ends: datetime | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)
    _left_alone_until: datetime | None = field(default=None, init=False)
    _waiting: int = field(default=0, init=False)

    async def account(self, js_code: str, *, at: datetime) -> Account:
        """The account that the code of `wx.login` belongs to; WechatCodeRefused, WechatUnavailable."""
        ours = {"appid": self.app_id, "secret": self.secret, "js_code": js_code, "grant_type": "authorization_code"}
        said = await self._asked(_Session, "GET", "/sns/jscode2session", at, params=ours)
        return Account(MINI, self.app_id, said.openid, said.unionid)

    async def page_account(self, code: str, *, at: datetime) -> Account:
        """The account that the code of a page belongs to, of this official account; the same refusals."""
        ours = {"appid": self.app_id, "secret": self.secret, "code": code, "grant_type": "authorization_code"}
        said = await self._asked(_Page, "GET", "/sns/oauth2/access_token", at, params=ours)
        if said.is_snapshot:
            raise WechatCodeRefused
        return Account(PAGE, self.app_id, said.openid, said.unionid)

    async def phone(self, code: str, *, openid: str, at: datetime) -> Phone:
        """The phone that this account showed by its button; WechatCodeRefused, WechatUnavailable."""
        try:
            shown = await self._shown(code, openid, at)
        except _TokenRefused:
            self._token_ends = None
            shown = await self._once_more(code, openid, at)
        info = shown.phone_info
        return Phone(str(info.country), info.number, info.watermark.appid, info.watermark.timestamp)

    async def _once_more(self, code: str, openid: str, at: datetime) -> _Shown:
        try:
            return await self._shown(code, openid, at)
        except _TokenRefused:
            raise self._failed(at, "the token it gave is none") from None

    async def _shown(self, code: str, openid: str, at: datetime) -> _Shown:
        query = {"access_token": await self._access(at)}
        body = {"code": code, "openid": openid}
        return await self._asked(_Shown, "POST", "/wxa/business/getuserphonenumber", at, params=query, json=body)

    async def _access(self, at: datetime) -> str:
        """The stable token: processes that ask get the same one, so none makes another's void."""
        if self._token_ends is None or self._token_ends - at <= _NEAR_THE_END:
            ours = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret}
            given = await self._asked(_Token, "POST", "/cgi-bin/stable_token", at, json=ours)
            self._token, self._token_ends = given.access_token, at + timedelta(seconds=given.expires_in)
        return self._token

    async def _asked(self, kind: type[A], method: str, path: str, at: datetime, **request: Any) -> A:
        """What WeChat says, understood; its refusals by their numbers, all that is unforeseen as WechatUnavailable."""
        self._must_not_be_left_alone(at)
        said = await self._answer(method, path, at, request)
        number = said.get("errcode", 0)
        if number in _OF_THE_CODE:
            self._failures = 0
            raise WechatCodeRefused
        if number in _OF_THE_TOKEN and kind is _Shown:
            raise _TokenRefused
        if number == _OFTEN:
            raise WechatUnavailable(retry_after=60)
        try:
            understood = kind.model_validate(said) if number == 0 else None
        except ValidationError:
            understood = None
        if understood is None:
            raise self._failed(at, f"errcode {number}")
        self._failures = 0
        return understood

    async def _answer(self, method: str, path: str, at: datetime, request: dict[str, Any]) -> dict[str, Any]:
        self._waiting += 1
        try:
            async with asyncio.timeout(_WAIT), httpx.AsyncClient(timeout=_WAIT, verify=_trusted()) as client:
                answer = await client.request(method, f"{self.endpoint}{path}", **request)
            said = answer.raise_for_status().json()
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as failed:
            raise self._failed(at, type(failed).__name__) from None
        finally:
            self._waiting -= 1
        if not isinstance(said, dict) or not isinstance(said.get("errcode", 0), int):
            raise self._failed(at, "no answer of WeChat's form")
        return said

    def _must_not_be_left_alone(self, at: datetime) -> None:
        """WechatUnavailable at once, while it has not answered so often that asking would only make people wait."""
        if self._left_alone_until is not None and at < self._left_alone_until:
            raise WechatUnavailable(retry_after=int((self._left_alone_until - at).total_seconds()) + 1)
        if self._waiting >= _AT_ONCE:
            raise WechatUnavailable

    def _failed(self, at: datetime, why: str) -> WechatUnavailable:
        self._failures += 1
        if self._failures >= _FAILURES:
            self._left_alone_until = at + _PAUSE
        log.warning("WeChat did not answer", extra={"facts": {"why": why, "in_a_row": self._failures}})
        return WechatUnavailable()


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # reading the authorities takes longer than a call


@cache
def _one(endpoint: str, app_id: str, secret: str) -> Wechat:
    return Wechat(endpoint, app_id, secret)


def of(settings: IdentitySettings) -> Wechat:
    """The one of this process."""
    return _one(settings.wechat_endpoint, settings.wechat_app_id, settings.wechat_secret)


def of_pages(settings: IdentitySettings) -> Wechat:
    """The same for the official account, whose pages are opened within WeChat; WechatUnavailable where there is none."""
    if not settings.wechat_page_app_id:
        raise WechatUnavailable
    return _one(settings.wechat_endpoint, settings.wechat_page_app_id, settings.wechat_page_secret)
