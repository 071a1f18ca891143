"""The states of a report as one table; answers, buttons, diagram and tests all come from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chassis.errors import Conflict, Invalid
from services.reports.domain.ladder import TOP
from services.reports.domain.part import MOST_PARTS, NotAPart, PartOfAnother, PartsOpen, PartsTooMany


class Status(StrEnum):
    """Where a report stands."""

    SUBMITTED = "submitted"  # 已提交
    ACCEPTED = "accepted"  # 已受理
    ASSIGNED = "assigned"  # 已派单
    PROCESSING = "processing"  # 处置中
    RESOLVED = "resolved"  # 办结待评
    CLOSED = "closed"  # 已归档
    REOPENED = "reopened"  # 重办
    DECLINED = "declined"  # 不予受理
    RETURNED = "returned"  # 退单
    ESCALATED = "escalated"  # 提级
    WITHDRAWN = "withdrawn"  # 已撤回
    AWAITING_REPORTER = "awaiting_reporter"  # 待补充
    ON_HOLD = "on_hold"  # 挂起
    WHISTLED = "whistled"  # 吹哨协办
    MERGED = "merged"  # 已并案


class NotInThisState(Conflict):
    """The report does not stand where this act begins; `allowed` says what can be done now."""

    zh = "当前进度下不能进行该操作"


class NotTheAssignee(Conflict):
    """Only the person a report was assigned to works on it."""

    zh = "该报事已分派给其他人员"


class InTheirHands(Conflict):
    """What somebody works on is given to somebody else; who has it already goes on."""

    zh = "该报事已由此人处置，请选择其他工作人员"


class AppealedAlready(Conflict):
    """Against a refusal a reporter may appeal once."""

    zh = "该报事已申诉过一次，不能再次申诉"


class AtTheTop(Conflict):
    """The report lies with the subdistrict already; there is no office above."""

    zh = "该报事已在街道一级，不能再提级"


class NobodyResponsible(Conflict):
    """Who whistles does not hand over: somebody stays responsible while the units come."""

    zh = "请先派单，确定处置人后再吹哨"


class AfterPhotoMissing(Invalid):
    """What was mended is shown: of what can be seen a resolution carries at least one photo taken afterwards."""

    zh = "办结需要上传处置后的照片"


class ReopenTooLate(Conflict):
    """A report can be reopened within seven days after it was resolved."""

    zh = "已超过办结后 7 天的重办期限，请重新提交报事"


class HoldTooLong(Invalid):
    """A report is held up to a moment that lies ahead, by no more than thirty days."""

    zh = "挂起的截止时间须在今后 30 天以内"


class AssigneeNotServing(Invalid):
    """The person who is to be responsible serves in no office where the place lies."""

    zh = "该人员不负责此区域，请选择其他工作人员"


@dataclass(frozen=True)
class Guard:
    """What must be so of the report itself, in a few words, and the refusal if it is not, with what it tells."""

    says: str
    refusal: type[Conflict]
    holds: Callable[[Any], bool]
    tells: Callable[[Any], dict[str, Any]] = lambda _: {}


@dataclass(frozen=True)
class Step:
    """One row of the table: an act, where it begins, where it leads, the right it needs, its address, its guards."""

    action: str
    begins: frozenset[Status]
    leads: Status | None  # None where it stays as it stands
    right: str
    href: str
    assignee_only: bool = False
    guards: tuple[Guard, ...] = ()
    back: frozenset[Status] = frozenset()  # where it may lead as well: it goes back to where the report came from

    @property
    def ends(self) -> list[Status]:
        """Where it can lead; nowhere else, if it stays."""
        return sorted({*((self.leads,) if self.leads else ()), *self.back})

    @property
    def label(self) -> str:
        """The act as the diagram writes it, with its guard."""
        return f"{self.action} [{', '.join(one.says for one in self.guards)}]" if self.guards else self.action

    def can_begin(self, report: Any) -> bool:
        """Whether a report stands where the act begins, and its guard lets it."""
        return report.status in self.begins and self.held_up(report) is None

    def held_up(self, report: Any) -> Guard | None:
        """The first guard that does not let it."""
        return next((one for one in self.guards if not one.holds(report)), None)


_ONCE = Guard("once", AppealedAlready, lambda report: report.appealed_at is None)
_BELOW_TOP = Guard("below level 4", AtTheTop, lambda report: report.level < TOP)
_IN_HAND = Guard("somebody is responsible", NobodyResponsible, lambda report: report.assignee_id is not None)
_WHOLE = Guard("no part", PartOfAnother, lambda report: report.parent_id is None)
_PART = Guard("a part", NotAPart, lambda report: report.parent_id is not None)
_FEW = Guard(f"{MOST_PARTS} parts at most", PartsTooMany, lambda report: report.parts.many < MOST_PARTS)
_PARTS_OVER = Guard(
    "no part is open", PartsOpen, lambda report: not report.parts.open, lambda report: {"parts": list(report.parts.open)}
)
_S = Status
_OPEN = frozenset({
    _S.SUBMITTED, _S.ACCEPTED, _S.ASSIGNED, _S.RETURNED, _S.PROCESSING, _S.ON_HOLD, _S.WHISTLED, _S.ESCALATED,
    _S.REOPENED,
})
_WAITING = frozenset({_S.AWAITING_REPORTER, _S.ON_HOLD, _S.WHISTLED})
_HANDED_OUT_FROM = frozenset({_S.ACCEPTED, _S.ASSIGNED, _S.RETURNED, _S.ESCALATED, _S.REOPENED})
_MERGEABLE = frozenset({_S.SUBMITTED, _S.ACCEPTED})
_AT_WORK = frozenset({_S.PROCESSING, _S.WHISTLED})
_DIVISIBLE = frozenset({_S.ASSIGNED, _S.PROCESSING, _S.WHISTLED, _S.ON_HOLD, _S.AWAITING_REPORTER})  # somebody has it in hand
_BEFORE_WORK = frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.ASSIGNED, _S.RETURNED, _S.MERGED})
STEPS: dict[str, Step] = {
    step.action: step
    for step in (
        Step("accept", frozenset({_S.SUBMITTED, _S.RETURNED, _S.REOPENED}), _S.ACCEPTED, "reports.accept", "acceptance"),
        Step("decline", frozenset({_S.SUBMITTED, _S.ACCEPTED}), _S.DECLINED, "reports.decline", "refusal", guards=(_PARTS_OVER,)),
        Step("appeal", frozenset({_S.DECLINED}), _S.REOPENED, "reports.appeal", "appeal", guards=(_ONCE,)),
        Step("withdraw", _BEFORE_WORK, _S.WITHDRAWN, "reports.withdraw", "withdrawal"),
        Step("merge", _MERGEABLE, _S.MERGED, "reports.merge", "merge", guards=(_WHOLE, _PARTS_OVER)),
        Step("unmerge", frozenset({_S.MERGED}), _S.SUBMITTED, "reports.merge", "unmerge", back=_MERGEABLE),
        Step("assign", _HANDED_OUT_FROM, _S.ASSIGNED, "reports.assign", "assignment"),
        Step("reassign", _AT_WORK, _S.ASSIGNED, "reports.reassign", "reassignment"),
        Step("reclassify", _OPEN | {_S.AWAITING_REPORTER}, None, "reports.reclassify", "classification"),
        Step("grade", _OPEN | {_S.AWAITING_REPORTER}, None, "reports.grade", "severity"),
        Step("return", frozenset({_S.ASSIGNED}), _S.RETURNED, "reports.return", "return", assignee_only=True),
        Step("process", frozenset({_S.ASSIGNED}), _S.PROCESSING, "reports.process", "processing", assignee_only=True),
        Step(
            "ask", frozenset({_S.PROCESSING}), _S.AWAITING_REPORTER, "reports.ask", "question", assignee_only=True,
            guards=(_WHOLE,),
        ),
        Step("supplement", frozenset({_S.AWAITING_REPORTER}), _S.PROCESSING, "reports.supplement", "supplement"),
        Step("hold", frozenset({_S.PROCESSING}), _S.ON_HOLD, "reports.hold", "hold"),
        Step("resume", _WAITING, _S.PROCESSING, "reports.resume", "resumption", assignee_only=True),
        Step("whistle", frozenset({_S.PROCESSING, _S.ESCALATED}), _S.WHISTLED, "reports.whistle", "whistle", guards=(_IN_HAND,)),
        Step("escalate", _OPEN, _S.ESCALATED, "reports.escalate", "escalation", guards=(_BELOW_TOP,)),
        Step("divide", _DIVISIBLE, None, "reports.divide", "parts", assignee_only=True, guards=(_WHOLE, _FEW)),
        Step("abandon", _OPEN, _S.WITHDRAWN, "reports.abandon", "abandonment", guards=(_PART,)),
        Step(
            "resolve", _AT_WORK, _S.RESOLVED, "reports.resolve", "resolution", assignee_only=True, guards=(_PARTS_OVER,)
        ),
        Step("rate", frozenset({_S.RESOLVED}), _S.CLOSED, "reports.rate", "rating"),
        Step("close", frozenset({_S.RESOLVED}), _S.CLOSED, "reports.close", "closure"),
        Step("reopen", frozenset({_S.RESOLVED, _S.CLOSED}), _S.REOPENED, "reports.reopen", "reopening"),
    )
}


def allowed(status: Status) -> list[str]:
    """The acts that can begin here."""
    return [step.action for step in STEPS.values() if status in step.begins]


def step_from(action: str, status: Status) -> Step:
    """The row of the table, or NotInThisState with what is allowed instead."""
    step = STEPS[action]
    if status not in step.begins:
        raise NotInThisState(current=status, allowed=allowed(status))
    return step


def diagram() -> Iterator[str]:
    """The table as a Mermaid state diagram, for the documents."""
    yield "stateDiagram-v2"
    yield "    [*] --> submitted: file"
    for step in STEPS.values():
        for begin in sorted(step.begins):
            yield from (f"    {begin} --> {end}: {step.label}" for end in step.ends or [begin])
    for end in (Status.CLOSED, Status.WITHDRAWN):
        yield f"    {end} --> [*]"


def offered(report: Any, may: Any) -> list[dict[str, str]]:
    """Every act with its address, or with the reason why it is refused: what a client draws as buttons."""
    shown = []
    for step in STEPS.values():
        reason = _refused(step, report, may)
        address = {"href": f"/api/v1/reports/{report.id}/{step.href}"} if reason is None else {"refused": reason}
        shown.append({"name": step.action, **address})
    return shown


def _refused(step: Step, report: Any, may: Any) -> str | None:
    if not may(step.right):
        return "not-allowed-here"
    if report.status not in step.begins:
        return NotInThisState.name()
    if step.assignee_only and report.assignee_id != may.actor_id:
        return NotTheAssignee.name()
    held_up = step.held_up(report)
    return None if held_up is None else held_up.refusal.name()
