"""The rules of signing in: how often a code is sent, how often it may be tried, how long a session lives."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from chassis.errors import BadRequest, Invalid, TooMany, Unauthenticated, Unavailable

CODE_LIFE = timedelta(minutes=5)
CODE_TRIES = 5
ACCESS_LIFE = timedelta(minutes=10)
REFRESH_IDLE = timedelta(days=30)
REFRESH_ABSOLUTE = timedelta(days=180)
SAME_SUCCESSOR = timedelta(seconds=15)
# wrong passwords within a quarter of an hour: one login from one address, one login from anywhere, one address for any login;
# a stranger elsewhere must not be able to lock somebody out, and many addresses must not guess for ever
PASSWORD_PAUSE = timedelta(minutes=15)
PASSWORD_TRIES, LOGIN_TRIES, ADDRESS_TRIES = 5, 100, 50

Limits = tuple[tuple[timedelta, int], ...]  # within such a time so many
# by one phone: 1 a minute, 5 an hour, 10 a day, as the providers themselves allow; by one address: 60 an hour; by the numbers
# of one area (号段归属地, ten thousand with the same first seven digits): whoever pumps counts them up from many addresses
PHONE_BUDGET = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
ADDRESS_BUDGET = ((timedelta(hours=1), 60),)
SEGMENT_BUDGET = ((timedelta(hours=1), 100), (timedelta(days=1), 400))
CODE_BUDGETS: dict[str, Limits] = {
    "phone_index": PHONE_BUDGET, "segment_index": SEGMENT_BUDGET, "address_index": ADDRESS_BUDGET,
}
WHOLE_BUDGET = (timedelta(hours=1), 2_000)  # by all together: what many phones from many addresses can cost an hour

_MAINLAND_MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")


class NotAPhone(Invalid):
    """A mobile number of mainland China has eleven digits and begins with 13 to 19."""

    zh = "请输入正确的手机号码"


class CodesTooOften(TooMany):
    """A phone, the numbers of its area, an address or all together ask for codes more often than the budget."""

    zh = "验证码发送过于频繁，请稍后再试"


class CodeRefused(Unauthenticated):
    """The code is wrong, used, over, or was tried too often; which of them is not told."""

    zh = "验证码错误或已失效"
    keeps = True


class PasswordRefused(Unauthenticated):
    """Account and password do not go together; whether the account exists is not told."""

    zh = "账号或密码错误"
    keeps = True


class SignInBusy(Unavailable):
    """More people sign in by password at once than can be checked; in a moment again."""

    zh = "登录人数较多，请稍后再试"


class GrantRefused(BadRequest):
    """The refresh token is unknown, used up, over or withdrawn (RFC 6749 section 5.2: invalid_grant)."""

    zh = "登录状态已失效，请重新登录"
    keeps = True

    def __init__(self) -> None:
        super().__init__(error="invalid_grant")


class GrantUnknown(BadRequest):
    """This grant type is not offered (RFC 6749 section 5.2: unsupported_grant_type)."""

    zh = "不支持该授权方式"

    def __init__(self) -> None:
        super().__init__(error="unsupported_grant_type")


@dataclass(frozen=True)
class Budget:
    """How many may be within which times; refuses the one too many."""

    limits: Limits
    refusal: type[TooMany] = CodesTooOften

    def spend(self, sent_at: list[datetime], now: datetime) -> None:
        """The refusal, with the seconds until the budget allows one more."""
        for window, most in self.limits:
            recent = sorted(moment for moment in sent_at if moment > now - window)
            if len(recent) >= most:
                wait = recent[-most] + window - now
                raise self.refusal(retry_after=max(1, int(wait.total_seconds()) + 1))


def spend_of_all(sent_at: datetime | None, now: datetime) -> None:
    """CodesTooOften, if the last code but `WHOLE_BUDGET` was sent within its time."""
    window, _ = WHOLE_BUDGET
    if sent_at is not None and sent_at > now - window:
        raise CodesTooOften(retry_after=max(1, int((sent_at + window - now).total_seconds()) + 1))


def counted(address: str) -> str:
    """Where a request came from, as budgets count it: of IPv6 the network of 64 bits, all of which a household has (RFC 6177)."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return address


def normal_phone(written: str) -> str:
    """The eleven digits of a mobile number, however it was written."""
    found = _MAINLAND_MOBILE.fullmatch(re.sub(r"[\s-]", "", written))
    if found is None:
        raise NotAPhone
    return found.group(1)


def segment(number: str) -> str:
    """The first seven digits of a mobile number: operator and area (电信网编号计划: N1N2N3 H0H1H2H3)."""
    return number[:7]


def new_code() -> str:
    """Six digits nobody can foresee."""
    return f"{secrets.randbelow(1_000_000):06d}"


def same(kept: bytes, given: bytes) -> bool:
    """Compare without telling by the time it takes."""
    return hmac.compare_digest(kept, given)
