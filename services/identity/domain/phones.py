"""A number of several people, a number that was silent for long, and a phone that staff give to somebody."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from unicodedata import category
from uuid import UUID

from chassis.errors import Conflict, Unauthenticated
from services.identity.domain.two_looks import TwoLooks

CHALLENGE_LIFE = timedelta(minutes=5)  # between the code and the choice of a person
WAITS = timedelta(days=1)  # for the second look; then it is over, and the number is forgotten
MOST = 6  # people of one number: a household, not a business

_NO_LETTERS = {"Mn", "Mc", "Me", "Cf", "Cc", "Cs", "Zs"}  # Unicode: marks, and what is not seen

Purpose = Literal["choice", "stranger"]


class PersonWanted(Unauthenticated):
    """The code is good, and several people share the number: send `challenge` and one of `people` to /sign-in/phone/choice."""

    zh = "该手机号由多人共用，请选择以谁的身份登录"
    keeps = True


class PhoneSilent(Unauthenticated):
    """The code is good, but nobody signed in by this number for so long that it may be somebody else's by now.

    Who never was here sends `challenge` to POST /sign-in/phone/stranger. Who was signs in by another factor, or asks staff.
    """

    zh = "该手机号长期未登录，可能已更换机主：如您是新机主，请以新用户身份登录；如您是原用户，请用其他方式登录或联系社区"
    keeps = True


class ChoiceRefused(Unauthenticated):
    """What was begun is over, was used, or is another number's; which of them is not told."""

    zh = "登录已超时，请重新获取验证码"


class PhoneThere(Conflict):
    """This person has a phone by which they signed in lately: staff give no other one."""

    zh = "该居民已有正在使用的手机号"


class PhoneFull(Conflict):
    """So many people share this number already that it is no household's."""

    zh = "该手机号的共用人数已达上限"


class NotForStaff(Conflict):
    """Who signs in by a password is given no phone, nor is who serves in a role the giver could not grant: a way round either."""

    zh = "该人员使用账号密码登录，或担任您无权授予的岗位，不能由您登记手机号"


class AdditionThere(Conflict):
    """A phone was shown for this person already, and waits for the second look."""

    zh = "该居民已有待核对的手机号登记"


class AdditionDecided(Conflict):
    """It was accepted or refused already, waited for a day, or is not at this step."""

    zh = "该手机号登记已经处理、已过期，或尚未核验验证码"


class AgreementRefused(Conflict):
    """The code is wrong, was used, or is over: whoever holds the phone has not agreed."""

    zh = "验证码错误或已失效，请让机主重新查看短信"
    keeps = True


class NumberDiffers(Conflict):
    """The number that the second member of staff was told is another than the first one's."""

    zh = "所填手机号与登记的不一致，请向本人核对；确有误的，请拒绝后重新登记"
    keeps = True


@dataclass(eq=False)
class PhoneAddition(TwoLooks):
    """A phone to be given to a person of this room: shown by whoever holds it, looked at by two members of staff."""

    waits: ClassVar = WAITS
    forgets: ClassVar = "sealed_phone"  # of an accepted one it lies with the person
    over: ClassVar = AdditionDecided
    differs: ClassVar = NumberDiffers

    id: UUID
    person_id: UUID
    area: str
    code_id: UUID
    sealed_phone: bytes | None
    phone_index: bytes
    asked_by: UUID
    asked_at: datetime
    state: str = field(default="asked", kw_only=True)
    agreed_at: datetime | None = None

    def must_be_asked(self, at: datetime) -> None:
        """AdditionDecided unless a code is waited for."""
        self.must_be("asked", since=self.asked_at, at=at)

    def agree(self, at: datetime) -> None:
        """Whoever holds the phone showed its code."""
        self.must_be("asked", since=self.asked_at, at=at)
        self.state, self.agreed_at = "agreed", at

    def accept(self, *, by: UUID, phone_index: bytes, at: datetime) -> None:
        """The second pair of eyes, who was told the number by the person."""
        self.must_be("agreed", since=self.asked_at, at=at)
        self.second(
            "accepted", by=by, but={self.asked_by, self.person_id}, first=self.phone_index, said=phone_index, at=at
        )

    def refuse(self, *, by: UUID, at: datetime) -> None:
        """It was a mistake, or the person does not want it."""
        if self.state not in {"asked", "agreed"}:
            raise AdditionDecided
        self.decide("refused", by, at)


def is_silent(last_used: datetime, now: datetime, silence: timedelta) -> bool:
    """Whether nobody signed in by a number for so long that it may have been given to somebody else."""
    return now - last_used >= silence


def masked(name: str | None) -> str | None:
    """A name that its household knows again and nobody else learns: 欧阳淑贞 is 欧**贞, 王芳 is 王*.

    Marks and what is not seen are no letters: 王芳 with one between them shows no more.
    """
    if not name:
        return None
    letters = [at for at, letter in enumerate(name) if category(letter) not in _NO_LETTERS]
    ends = letters[:1] + (letters[-1:] if len(letters) > 2 else [])  # noqa: PLR2004 - of two the second would be the given name
    return "".join(letter if at in ends else "*" for at, letter in enumerate(name))
