"""What reports says of how grave something is."""

from typing import ClassVar
from uuid import UUID

from contracts.reports import _InHand


class ReportGraded(_InHand):
    """Staff set how grave it is: `minor`, `moderate`, `severe` or `extreme`; what is due follows, never why."""

    topic: ClassVar[str] = "reports.report_graded.v1"
    reporter_id: UUID
    severity: str
    former_severity: str
    changed_by: UUID
