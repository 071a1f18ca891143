"""What states, offices, clocks and acts are called where staff read them (docs/glossary.md)."""

import re
import unicodedata

from contracts.reports import LADDER
from contracts.words import ACTS, ROLES
from services.reports.domain.machine import STEPS
from services.reports.domain.open311 import SERVICES
from services.reports.domain.severity import NAMES

STATUSES = {
    "submitted": "已提交", "accepted": "已受理", "assigned": "已派单", "processing": "处置中", "resolved": "办结待评",
    "closed": "已归档", "reopened": "重办", "declined": "不予受理", "returned": "退单", "escalated": "提级",
    "withdrawn": "已撤回", "awaiting_reporter": "待补充", "on_hold": "挂起", "whistled": "吹哨协办", "merged": "已并案",
}
CLOCKS = {"respond": "受理", "contact": "首次联系", "resolve": "办结"}
CATEGORIES = {code: one.name for code, one in SERVICES.items()}
KEYWORDS = {code: (one.name.lower(), *(word.lower() for word in one.keywords)) for code, one in SERVICES.items()}
OFFICES = {level: ROLES[role] for level, role in enumerate(LADDER, 1)}
BUTTONS = {action: ACTS[step.right] for action, step in STEPS.items()} | {"unmerge": "拆分"}
SEVERITIES = {severity.value: called for severity, called in NAMES.items()}
LISTS = {
    "mine": "我的待办", "to-answer": "待受理", "to-assign": "待派单", "soon": "即将超时", "overdue": "已超时",
    "waiting": "等待中", "whistled": "吹哨协办", "to-close": "待评价", "open": "全部在办", "every": "全部",
}
ORDERS = {"due": "按到期时间", "near": "按距离", "new": "按提交时间"}
_LONGEST = 120
# a mobile number, the number of an identity card (both also in groups), a long number of any other papers
_PRIVATE = re.compile(
    r"(?<!\d)1[3-9]\d(?:[ .·—_-]{0,2}\d){8}(?!\d)|(?<!\d)\d{6}[ .-]?\d{8}[ .-]?\d{3}[\dXx](?![\dXx])|(?<!\d)\d{12,19}(?!\d)"
)


def masked(said: str, longest: int | None = _LONGEST) -> str:
    """A text as lists show it: what looks like a number of a phone or of papers keeps three digits and two; and it is short."""
    plain = _PRIVATE.sub(lambda found: f"{found[0][:3]}****{found[0][-2:]}", _narrow(said))
    return plain if longest is None or len(plain) <= longest else f"{plain[: longest - 1]}…"


def is_private(said: str) -> bool:
    """Whether a text seems to say somebody's phone or number of papers."""
    return _PRIVATE.search(_narrow(said)) is not None


def _narrow(said: str) -> str:
    """Digits as they are compared: wide ones and those of other scripts are the same digits."""
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in said)
