"""Passkeys: keys that a person's devices keep, and use for our address alone (Web Authentication Level 2)."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.errors import BadRequest, Conflict, Unauthenticated

TICKET_LIFE = timedelta(minutes=5)  # between the question and the device's answer
MOST = 20  # of one person
LONGEST = 1023  # bytes of a credential id (section 7.1 step 25 of Level 3)


class PasskeyRefused(Unauthenticated):
    """The device's answer is none to this question, from this page, by a passkey of theirs; which of it is not told."""

    zh = "通行密钥验证未通过，请重试"


class PasskeyUnfit(BadRequest):
    """What the device made is no passkey for this question, or its person was not verified (section 7.1)."""

    zh = "未能登记通行密钥，请重试"


class PasskeyMisused(Unauthenticated):
    """The passkey's counter did not go on: a copy of it may be about (section 6.1.1). Its person is told."""

    zh = "该通行密钥的使用次数异常，可能已被复制，本次登录已拒绝"
    keeps = True


class PasskeyTaken(Conflict):
    """This passkey is another person's."""

    zh = "该通行密钥已属于其他账号"


class PasskeysEnough(Conflict):
    """Nobody has more than twenty: one that is used no more is removed first."""

    zh = "通行密钥数量已达上限，请先移除不再使用的"


@dataclass(frozen=True)
class Party:
    """Whom passkeys are made for: a domain, and the exact origins of the pages that may ask for them (section 5.1.3)."""

    id: str
    origins: tuple[str, ...]


def went_on(kept: int, shown: int) -> bool:
    """Whether a counter went on (section 6.1.1); many count nothing, and say zero each time."""
    return shown > kept or shown == kept == 0
