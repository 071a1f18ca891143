"""What reports tells the others: the life of a 报事."""

from typing import ClassVar
from uuid import UUID

from contracts.event import OFFICES, Audience, Event

_CONCERNED = Audience(staff=OFFICES, people=True)


class _ReportEvent(Event):
    """Common to the events of a report; the reporter is always a recipient."""

    topic: ClassVar[str] = "reports.abstract"
    aggregate: ClassVar[str] = "report"
    audience: ClassVar[Audience] = _CONCERNED
    report_id: UUID
    number: str


class ReportSubmitted(_ReportEvent):
    """A resident filed a report; nobody has looked at it yet."""

    topic: ClassVar[str] = "reports.report_submitted.v1"
    category: str
    reporter_id: UUID


class ReportAccepted(_ReportEvent):
    """The grid worker says: this is ours, and we will see to it."""

    topic: ClassVar[str] = "reports.report_accepted.v1"
    reporter_id: UUID


class ReportDeclined(_ReportEvent):
    """The office says: this is not ours; the reporter reads why and where to go instead, and may appeal once."""

    topic: ClassVar[str] = "reports.report_declined.v1"
    reporter_id: UUID
    reason_code: str


class ReportWithdrawn(_ReportEvent):
    """The reporter no longer asks for it."""

    topic: ClassVar[str] = "reports.report_withdrawn.v1"
    reporter_id: UUID


class ReportEscalated(_ReportEvent):
    """It went one office up, to `level`: 1 grid, 2 courtyard, 3 community, 4 subdistrict."""

    topic: ClassVar[str] = "reports.report_escalated.v1"
    reporter_id: UUID
    level: int
    reason_code: str


class ReportAssigned(_ReportEvent):
    """Somebody was made responsible."""

    topic: ClassVar[str] = "reports.report_assigned.v1"
    reporter_id: UUID
    assignee_id: UUID


class ReportReturned(_ReportEvent):
    """The assignee gave it back; it waits for a better hand."""

    topic: ClassVar[str] = "reports.report_returned.v1"
    reporter_id: UUID
    returned_by: UUID


class ReportStarted(_ReportEvent):
    """Work has begun."""

    topic: ClassVar[str] = "reports.report_started.v1"
    reporter_id: UUID


class ReportResolved(_ReportEvent):
    """The work is done, with a photo to show it; the resident may rate or reopen."""

    topic: ClassVar[str] = "reports.report_resolved.v1"
    reporter_id: UUID
    resolved_by: UUID


class ReportRated(_ReportEvent):
    """The reporter said how it went, 1 (bad) to 5 (good)."""

    topic: ClassVar[str] = "reports.report_rated.v1"
    reporter_id: UUID
    satisfaction: int


class ReportClosed(_ReportEvent):
    """Nothing more is expected of anybody."""

    topic: ClassVar[str] = "reports.report_closed.v1"
    reporter_id: UUID


class ReportReopened(_ReportEvent):
    """The reporter says it is not mended."""

    topic: ClassVar[str] = "reports.report_reopened.v1"
    reporter_id: UUID


class PhotoRejected(_ReportEvent):
    """A photo could not be used (not an image, damaged, too large); its owner is told."""

    topic: ClassVar[str] = "reports.photo_rejected.v1"
    reporter_id: UUID
    reason: str
