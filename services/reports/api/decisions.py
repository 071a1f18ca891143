"""Whose a report is: refused, appealed, withdrawn, handed up; and whether its story is as it was written."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import looking
from services.reports.actions import reports as acts
from services.reports.api.reports import Reason, ReportView, Store, Text

router = new_router("/api/v1/reports", tags=["reports"])


class Refusal(Body):
    """Why it is not ours, and where to go instead; the reporter reads both."""

    reason_code: Literal["not-our-duty", "private-dispute", "in-court", "not-to-be-found", "no-problem"]
    instead: Text


class ChainView(BaseModel):
    """Whether the steps are as they were written; `unprovable` ones had their text in the hash, and it is erased."""

    sound: bool
    steps: int
    broken_at: int | None
    unprovable: list[int]


@router.post("/{report_id}/refusal", response_model=ReportView)
async def decline_report(report_id: UUID, refusal: Refusal, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """This is not ours; the reporter may appeal once."""
    report = await acts.decline(work, report_id, by=actor, reason_code=refusal.reason_code, instead=refusal.instead)
    return await looking.shown(work, files, report, by=actor)


@router.post("/{report_id}/appeal", response_model=ReportView)
async def appeal_report(report_id: UUID, why: Reason, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """The reporter does not agree with the refusal; once."""
    return await looking.shown(work, files, await acts.appeal(work, report_id, by=actor, reason=why.reason), by=actor)


@router.post("/{report_id}/withdrawal", response_model=ReportView)
async def withdraw_report(report_id: UUID, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """The reporter no longer asks for it; possible until work begins."""
    return await looking.shown(work, files, await acts.withdraw(work, report_id, by=actor), by=actor)


@router.post("/{report_id}/escalation", response_model=ReportView)
async def escalate_report(report_id: UUID, why: Reason, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Hand it to the office above, with a reason."""
    return await looking.shown(work, files, await acts.escalate(work, report_id, by=actor, reason=why.reason), by=actor)


@router.get("/{report_id}/chain", response_model=ChainView)
async def verify_chain(report_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """Whether its story is as it was written."""
    return await looking.verified(work, report_id, by=actor)
