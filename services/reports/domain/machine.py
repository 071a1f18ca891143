"""The states of a report as one table; answers, buttons, diagram and tests all come from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chassis.errors import Conflict


class Status(StrEnum):
    """Where a report stands."""

    SUBMITTED = "submitted"  # 已提交
    ACCEPTED = "accepted"  # 已受理
    ASSIGNED = "assigned"  # 已派单
    PROCESSING = "processing"  # 处置中
    RESOLVED = "resolved"  # 办结待评
    CLOSED = "closed"  # 已归档
    REOPENED = "reopened"  # 重办


class NotInThisState(Conflict):
    """The report does not stand where this act begins; `allowed` says what can be done now."""

    zh = "当前进度下不能进行该操作"


class NotTheAssignee(Conflict):
    """Only the person a report was assigned to works on it."""

    zh = "该报事已分派给其他人员"


@dataclass(frozen=True)
class Step:
    """One row of the table: an act, where it begins, where it leads, the right it needs, its address."""

    action: str
    begins: frozenset[Status]
    leads: Status
    right: str
    href: str
    assignee_only: bool = False


_S = Status
STEPS: dict[str, Step] = {
    step.action: step
    for step in (
        Step("accept", frozenset({_S.SUBMITTED, _S.REOPENED}), _S.ACCEPTED, "reports.accept", "acceptance"),
        Step("assign", frozenset({_S.ACCEPTED, _S.ASSIGNED}), _S.ASSIGNED, "reports.assign", "assignment"),
        Step("return", frozenset({_S.ASSIGNED}), _S.ACCEPTED, "reports.return", "return", assignee_only=True),
        Step("process", frozenset({_S.ASSIGNED}), _S.PROCESSING, "reports.process", "processing", assignee_only=True),
        Step("resolve", frozenset({_S.PROCESSING}), _S.RESOLVED, "reports.resolve", "resolution", assignee_only=True),
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
            yield f"    {begin} --> {step.leads}: {step.action}"
    yield "    closed --> [*]"


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
    return None
