"""The second factor: six digits that a phone and we make of one secret and the time (RFC 4226, RFC 6238), or a code on paper."""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import quote, urlencode
from uuid import UUID

from chassis.errors import Conflict, Forbidden, TooMany, Unauthenticated
from services.identity.domain.sign_in import same

CHALLENGE_LIFE = timedelta(minutes=5)  # between password and code; such a half of a session may do nothing else
ENROL_LIFE = timedelta(minutes=15)  # between the secret and the code that proves it was taken over
# wrong codes: of one person from one address, as passwords; and from anywhere so few that 3 in a million stay 3 in a million
PLACE_BUDGET = ((timedelta(minutes=15), 5),)
PERSON_BUDGET = ((timedelta(minutes=15), 20), (timedelta(days=1), 50))
RECOVERY_CODES = 10
ONE_FACTOR, TWO_FACTORS = "1fa", "2fa"  # how surely somebody signed in (`acr`, OpenID Connect Core 1.0 section 2)
OTP, SMS = "otp", "sms"  # RFC 8176
# the same: a key, somebody at the device, and that it verified who; `hwk` or `swk` nobody knows who asks for no attestation
PASSKEY = ("pop", "user", "mfa")
_SECOND = frozenset({OTP, "pop"})

_SECRET_BYTES = 20  # RFC 4226 section 4, R6
_STEP, _DRIFT = 30, 1  # seconds; steps that a clock may be wrong, each way
_PAPER = "abcdefghijkmnpqrstuvwxyz23456789"  # nobody mistakes l, o, 0, 1
_ON_PAPER = re.compile(rf"([{_PAPER}]{{5}})-?([{_PAPER}]{{5}})")


class SecondFactorWanted(Unauthenticated):
    """The first proof is good, and a second factor is wanted: send `challenge` and a code to POST /sign-in/second-factor."""

    zh = "请输入动态验证码完成登录"
    keeps = True


class SecondFactorRefused(Unauthenticated):
    """The code is wrong, was used, or is over, or the sign-in was begun too long ago; which of them is not told."""

    zh = "动态验证码错误或已失效"
    keeps = True


class SecondFactorTooOften(TooMany):
    """More wrong codes than somebody would mistype."""

    zh = "动态验证码错误次数过多，请稍后再试"


class SecondFactorThere(Conflict):
    """This person has a second factor already: it is removed first, by a code of it."""

    zh = "已开启动态验证码，请先用验证码关闭"


class SecondFactorMissing(Conflict):
    """This person has no second factor, or did not prove in time that they took it over."""

    zh = "尚未开启动态验证码"


class NotOnesOwn(Forbidden):
    """Nobody takes their own second factors away as an admin: one's own are removed by showing them."""

    zh = "不能以管理员身份重置自己的第二步验证，请联系其他管理员"


class InsufficientUserAuthentication(Unauthenticated):
    """This act wants a second factor that was shown a short while ago: POST /sign-in/step-up, or sign in anew (RFC 9470)."""

    zh = "该操作需要重新验证动态验证码"

    def __init__(self, within: timedelta) -> None:
        super().__init__(
            error="insufficient_user_authentication", acr_values=TWO_FACTORS, max_age=int(within.total_seconds())
        )

    @property
    def challenge(self) -> str:
        """The `WWW-Authenticate` of RFC 9470 section 3."""
        said = {name: self.extra[name] for name in ("error", "acr_values", "max_age")}
        return ", ".join(('Bearer realm="guohuai"', *(f'{name}="{value}"' for name, value in said.items())))


@dataclass(frozen=True)
class Half:
    """Half a session: whose first proof was good, by what, until when it waits, and by what it may go on."""

    person: UUID
    method: str
    until: datetime
    by: tuple[str, ...]


@dataclass(frozen=True)
class Proved:
    """How somebody proved who they are, and when (RFC 9068 section 2.2.1, RFC 8176)."""

    methods: tuple[str, ...]
    at: datetime

    @classmethod
    def read(cls, claims: dict[str, Any]) -> Self | None:
        """As a token of ours says it; None of one that says nothing, as that of a program which acts for somebody."""
        if "auth_time" not in claims:
            return None
        return cls(tuple(claims.get("amr", ())), datetime.fromtimestamp(claims["auth_time"], UTC))

    def and_by(self, methods: tuple[str, ...], now: datetime) -> Self:
        """The same, once a second factor was shown as well."""
        return type(self)((*(one for one in self.methods if one not in methods), *methods), now)

    def must_be_fresh(self, within: timedelta, now: datetime) -> None:
        """InsufficientUserAuthentication unless a second factor was shown not longer ago than this."""
        if self.level != TWO_FACTORS or now - self.at > within:
            raise InsufficientUserAuthentication(within)

    @property
    def level(self) -> str:
        """Two factors, if the second was among them."""
        return TWO_FACTORS if _SECOND & set(self.methods) else ONE_FACTOR

    @property
    def claims(self) -> dict[str, object]:
        """As tokens say it."""
        return {"amr": list(self.methods), "acr": self.level, "auth_time": int(self.at.timestamp())}


def new_secret() -> bytes:
    """What phone and server share."""
    return secrets.token_bytes(_SECRET_BYTES)


def hotp(secret: bytes, counter: int) -> str:
    """Six digits (RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def step(secret: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """The time step whose code this is, now or one beside it, and newer than the last that was used (RFC 6238 section 5.2)."""
    this = int(now.timestamp()) // _STEP
    near = (this, this - _DRIFT, this + _DRIFT)
    return next((one for one in near if one > after and same(hotp(secret, one).encode(), code.encode())), None)


def address(secret: bytes, *, name: str) -> str:
    """What an authenticator reads from a QR code (the otpauth URI format of Google Authenticator)."""
    issuer = "智惠国槐"
    said = {"secret": spelled(secret), "issuer": issuer, "algorithm": "SHA1", "digits": 6, "period": _STEP}
    return f"otpauth://totp/{quote(f'{issuer}:{name}', safe=':')}?{urlencode(said, quote_via=quote)}"


def spelled(secret: bytes) -> str:
    """The secret as people type it: base32, which needs no padding for twenty bytes."""
    return base64.b32encode(secret).decode()


def new_recovery_codes() -> list[str]:
    """Ten codes of fifty bits, for paper."""
    return [f"{_letters()}-{_letters()}" for _ in range(RECOVERY_CODES)]


def _letters() -> str:
    return "".join(secrets.choice(_PAPER) for _ in range(5))


def on_paper(code: str) -> str | None:
    """A recovery code as it was given, however it was typed; None of what has not its form."""
    found = _ON_PAPER.fullmatch(code.lower())
    return f"{found[1]}-{found[2]}" if found else None
