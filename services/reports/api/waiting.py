"""What a report waits for, and the clocks that run meanwhile."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import clocks, looking, waiting
from services.reports.api.reports import ReportView, Store, Text
from services.reports.domain.clock import Kind, State

router = new_router("/api/v1/reports", tags=["reports"])


class Question(Body):
    """What only the reporter can say."""

    question: Text


class Answer(Body):
    """What was missing."""

    answer: Text


class Hold(Body):
    """Why it cannot go on, and until when; the reporter reads both."""

    reason: Text
    until: AwareDatetime


class ClockView(BaseModel):
    """How long something may take; `paused_total` is working time. Without published holidays plain weekdays were counted."""

    kind: Kind
    state: State
    started_at: datetime
    due_at: datetime
    ended_at: datetime | None
    paused_at: datetime | None
    paused_total: timedelta
    warned: int
    policy_version: int
    days_published: bool


@router.get("/{report_id}/clocks", response_model=list[ClockView])
async def list_clocks(report_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """What is due, and what was."""
    return await clocks.shown(work, report_id, by=actor)


@router.post("/{report_id}/question", response_model=ReportView)
async def ask_reporter(report_id: UUID, asked: Question, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Ask the reporter; the time to resolve stands still for three working days at most."""
    report = await waiting.ask(work, report_id, by=actor, question=asked.question)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/supplement", response_model=ReportView)
async def supplement_report(report_id: UUID, said: Answer, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Say what was missing; work goes on."""
    report = await waiting.supplement(work, report_id, by=actor, answer=said.answer)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/hold", response_model=ReportView)
async def hold_report(report_id: UUID, why: Hold, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Let it rest until a moment within thirty days."""
    report = await waiting.hold(work, report_id, by=actor, reason=why.reason, until=why.until)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/resumption", response_model=ReportView)
async def resume_report(report_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Go on with it."""
    return await looking.shown(work, files, await waiting.resume(work, report_id, by=actor), by=actor)
