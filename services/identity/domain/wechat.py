"""The rules of signing in through WeChat: how often it is asked, what of its answers is taken, whose account leads to whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import Conflict, Invalid, TooMany, Unauthenticated, Unavailable
from services.identity.domain import sign_in

# by one account with a phone code, which WeChat bills: as many as codes by SMS, but for the minute between two of them,
# for nothing is on its way that could be waited for; by one address as many as codes by SMS
ACCOUNT_BUDGET = sign_in.PHONE_BUDGET[1:]
ADDRESS_BUDGET = sign_in.ADDRESS_BUDGET
MINI, PAGE, UNION = "wechat", "wechat-page", "wechat-union"  # by what somebody is found: an account in each program, or in all
PHONE_AGE = timedelta(minutes=6)  # WeChat's own five, and clocks that differ


class WechatCodeRefused(Unauthenticated):
    """WeChat takes no such code: unknown, used, over, of the other kind, of another account or program; which is not told."""

    zh = "微信授权已失效，请重新操作"
    keeps = True


class PhoneCodeWanted(Unauthenticated):
    """This WeChat account leads to nobody yet: send a new login code, and the code of the phone button with it."""

    zh = "首次用微信登录，请授权您的手机号"
    keeps = True


class LinkRefused(Conflict):
    """This WeChat account and this phone do not lead to one person; which of them belongs to somebody else is not told."""

    zh = "该微信号与该手机号不能关联，请用短信验证码登录"
    keeps = True


class ForeignPhone(Invalid):
    """The phone that WeChat names is no mobile number of mainland China."""

    zh = "目前只支持中国大陆的手机号"
    keeps = True


class WechatTooOften(TooMany):
    """An account or an address signs in through WeChat more often than its budget."""

    zh = "微信登录过于频繁，请稍后再试"


class WechatUnavailable(Unavailable):
    """WeChat is away, busy, or says what cannot be understood; a code to the phone signs in as well."""

    zh = "微信暂时没有响应，请稍后再试或用短信验证码登录"


@dataclass(frozen=True)
class Account:
    """A WeChat account as a program of ours is told of it: its openid there, and its unionid, which all of them are told."""

    kind: str  # MINI or PAGE
    app_id: str
    openid: str
    unionid: str | None

    @property
    def named(self) -> str:
        """What its blind index is made of: an openid says nothing without its program."""
        return f"{self.app_id}/{self.openid}"


@dataclass(frozen=True)
class Phone:
    """A phone as WeChat tells of it: whose program asked, and when its holder pressed the button."""

    country: str
    number: str
    app_id: str
    shown_at: float  # seconds since 1970

    def taken(self, app_id: str, now: datetime) -> str:
        """The eleven digits; WechatCodeRefused if another program was shown it, or long ago; ForeignPhone of one from abroad."""
        if self.app_id != app_id or self.shown_at < (now - PHONE_AGE).timestamp():
            raise WechatCodeRefused
        if self.country != "86":
            raise ForeignPhone
        try:
            return sign_in.normal_phone(self.number)
        except sign_in.NotAPhone:
            raise ForeignPhone from None
