"""定级: staff say how grave a report is."""

from typing import Any
from uuid import UUID

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.reports.actions import looking
from services.reports.actions import reports as acts
from services.reports.api.reports import Reason, ReportView, Store
from services.reports.domain.severity import Severity

router = new_router("/api/v1/reports", tags=["reports"])


class Grading(Reason):
    """How grave it is instead of what was read, and why; the reporter reads the reason."""

    severity: Severity
    instead_of: Severity


@router.post("/{report_id}/severity", response_model=ReportView)
async def grade_report(report_id: UUID, changed: Grading, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """It is graver than it was filed, or less so; what is due follows, and of what is grave the office hears at once."""
    report = await acts.grade(
        work, report_id, by=actor, to=changed.severity, instead_of=changed.instead_of, reason=changed.reason
    )
    return await looking.shown(work, files, report, by=actor)
