"""改类: staff say what a report is about."""

from typing import Any
from uuid import UUID

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.reports.actions import looking
from services.reports.actions import reports as acts
from services.reports.api.reports import Category, Reason, ReportView, Store, Subcategory
from services.reports.domain.category import About

router = new_router("/api/v1/reports", tags=["reports"])


class Classification(Reason):
    """What it is about instead of what was read, and why; the reporter reads the reason. A suggestion is taken up by it.

    Whoever stays below the same category names the subcategory that was read as well, null for none.
    """

    category: Category
    subcategory: Subcategory | None = None
    instead_of: Category
    instead_of_subcategory: Subcategory | None = None


@router.post("/{report_id}/classification", response_model=ReportView)
async def reclassify_report(
    report_id: UUID, changed: Classification, actor: Actor, work: Working, files: Store
) -> dict[str, Any]:
    """It is about something else; what is due and what is counted follows, and the reporter hears it."""
    to, read = About(changed.category, changed.subcategory), About(changed.instead_of, changed.instead_of_subcategory)
    report = await acts.reclassify(work, report_id, by=actor, to=to, instead_of=read, reason=changed.reason)
    return await looking.shown(work, files, report, by=actor)
