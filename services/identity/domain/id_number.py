"""The citizen identity number (GB 11643-1999): what its eighteen characters say, and whether they can be one."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from chassis.errors import Invalid

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OLD_FORM = re.compile(r"[0-9]{15}")
_RADIX, _MODULUS = 2, 11  # ISO 7064 MOD 11-2, which GB 11643 section 4.2.3 names
_CHECKS = "0123456789X"
_OLDEST = 130  # years; nobody lived as long
# first two digits (GB/T 2260): provinces, municipalities and regions; of residence permits 81 Hong Kong, 82 Macao, 83 Taiwan.
# The other four are not looked up: people keep the number of a county that is no more.
PROVINCES = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾",
    "81": "香港", "82": "澳门", "83": "台湾",
}


class NotAnIdNumber(Invalid):
    """Eighteen characters of GB 11643: a place, a day of birth that was, and the check character of ISO 7064 MOD 11-2."""

    zh = "身份证号码有误，请核对"


class OldIdNumber(NotAnIdNumber):
    """Fifteen digits: such numbers are in no papers since 2013 (居民身份证法, article 23)."""

    zh = "十五位的旧身份证号码已停用，请填写十八位号码"


@dataclass(frozen=True)
class IdNumber:
    """A number that can be somebody's; whether it is, only who keeps the register knows. It prints as nothing of itself."""

    written: str

    @classmethod
    def read(cls, given: str, *, today: date) -> Self:
        """As it was typed, with spaces, small x or full-width digits; NotAnIdNumber, which never repeats what was given."""
        number = cls(_normal(given))
        if _OLD_FORM.fullmatch(number.written):
            raise OldIdNumber
        if not number._is_whole or not number._was_born_by(today):
            raise NotAnIdNumber
        return number

    @property
    def region(self) -> str:
        """Code of the county where it was first given (GB/T 2260), six digits."""
        return self.written[:6]

    @property
    def province(self) -> str:
        """Its province, in Chinese."""
        return PROVINCES[self.written[:2]]

    @property
    def born(self) -> date:
        """Day of birth: characters 7 to 14."""
        year, month, day = self.written[6:10], self.written[10:12], self.written[12:14]
        return date(int(year), int(month), int(day))

    @property
    def sex(self) -> Literal["male", "female"]:
        """By the seventeenth character: odd is male."""
        return "male" if int(self.written[16]) % 2 else "female"

    @property
    def masked(self) -> str:
        """Three characters, and the last two: enough to be known again by who has it, and too little to be looked up."""
        return f"{self.written[:3]}{'*' * 13}{self.written[-2:]}"

    def __repr__(self) -> str:
        return "IdNumber(…)"  # a log or an error that prints it tells nothing

    @property
    def _is_whole(self) -> bool:
        has_form = _FORM.fullmatch(self.written) is not None and self.written[:2] in PROVINCES
        return has_form and check_character(self.written[:17]) == self.written[17]

    def _was_born_by(self, today: date) -> bool:
        try:
            return self.born <= today and today.year - self.born.year <= _OLDEST
        except ValueError:  # no such day
            return False


def check_character(seventeen: str) -> str:
    """ISO 7064 MOD 11-2, recursively: 0 to 9, or X for ten. GB 11643 says the same by weights, 2^(18 - place) mod 11."""
    rest = 0
    for digit in seventeen:
        rest = (rest + int(digit)) * _RADIX % _MODULUS
    return _CHECKS[(1 - rest) % _MODULUS]


def _normal(given: str) -> str:
    return re.sub(r"\s", "", given).translate(_WIDE).upper()


_WIDE = {0xFF10 + n: str(n) for n in range(10)} | {0xFF38: "X", 0xFF58: "X"}
