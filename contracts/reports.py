"""What reports tells the others: the life of a 报事."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from contracts.area import Role
from contracts.event import OFFICES, Audience, Event
from contracts.part import _PartSettled, _RecordShown

LADDER = (Role.GRID_WORKER, Role.COURTYARD_LEAD, Role.COMMUNITY_OFFICER, Role.SUBDISTRICT_OFFICER)  # by level, 1 to 4
_CONCERNED = Audience(staff=OFFICES, people=True)


class _ReportEvent(Event):
    """Common to the events of a report; the reporter is always a recipient."""

    topic: ClassVar[str] = "reports.abstract"
    aggregate: ClassVar[str] = "report"
    audience: ClassVar[Audience] = _CONCERNED
    report_id: UUID
    number: str
    parent_id: UUID | None = None  # of a part the report it belongs to; `reporter_id` is then nobody's, and no reporter hears


class _InHand(_ReportEvent):
    """Common to what staff are told: who is responsible, if anybody, and the office it lies with; older events say neither."""

    assignee_id: UUID | None = None
    level: int | None = None


class ReportSubmitted(_ReportEvent):
    """A resident filed a report, or staff made a part of one; nobody has looked at it. `level`: where above the grid's office."""

    topic: ClassVar[str] = "reports.report_submitted.v1"
    category: str
    reporter_id: UUID
    level: int | None = None
    severity: str | None = None
    subcategory: str | None = None  # dotted, below the category, in the catalogue of its community


class ReportAccepted(_ReportEvent):
    """The grid worker says: this is ours, and we will see to it."""

    topic: ClassVar[str] = "reports.report_accepted.v1"
    reporter_id: UUID


class ReportDeclined(_ReportEvent):
    """The office says: this is not ours; the reporter reads why and where to go instead, and may appeal once."""

    topic: ClassVar[str] = "reports.report_declined.v1"
    reporter_id: UUID
    reason_code: str


class ReportReclassified(_InHand):
    """Staff say it is about something else; what is due and what is counted follows."""

    topic: ClassVar[str] = "reports.report_reclassified.v1"
    reporter_id: UUID
    category: str
    former_category: str
    changed_by: UUID
    subcategory: str | None = None
    former_subcategory: str | None = None


class ReportWithdrawn(_InHand):
    """The reporter no longer asks for it; of a part, it is not needed after all."""

    topic: ClassVar[str] = "reports.report_withdrawn.v1"
    reporter_id: UUID


class ReportEscalated(_ReportEvent):
    """It went one office up, to `level`: 1 grid, 2 courtyard, 3 community, 4 subdistrict."""

    topic: ClassVar[str] = "reports.report_escalated.v1"
    reporter_id: UUID
    level: int
    reason_code: str


class ReportQuestioned(_ReportEvent):
    """The assignee asked the reporter for something; the time to resolve stands still until an answer, or until `until`."""

    topic: ClassVar[str] = "reports.report_questioned.v1"
    reporter_id: UUID
    until: datetime


class ReportSuspended(_ReportEvent):
    """It cannot go on until a day that the reporter can read."""

    topic: ClassVar[str] = "reports.report_suspended.v1"
    reporter_id: UUID
    until: datetime


class ReportResumed(_ReportEvent):
    """Work goes on: the reporter answered, the wait is over, or it was ended."""

    topic: ClassVar[str] = "reports.report_resumed.v1"
    reporter_id: UUID


class ClockWarned(_InHand):
    """Much of the time is over: the `reminder` (1 at half of it, 2 at four fifths) that something is due."""

    topic: ClassVar[str] = "reports.clock_warned.v1"
    clock: str
    reminder: int
    due_at: datetime


class ClockMissed(_InHand):
    """The time is over; if there is an office above, the report went there."""

    topic: ClassVar[str] = "reports.clock_missed.v1"
    clock: str
    due_at: datetime


class WhistleBlown(_InHand):
    """Units were summoned to a report and are to be there by `due_at`; their people are the recipients."""

    topic: ClassVar[str] = "reports.whistle_blown.v1"
    unit_ids: tuple[UUID, ...]
    due_at: datetime


class UnitArrived(_InHand):
    """A summoned unit is there; `overdue` when it came late."""

    topic: ClassVar[str] = "reports.unit_arrived.v1"
    unit_id: UUID
    overdue: bool
    blown_by: UUID | None = None


class UnitOverdue(_InHand):
    """A summoned unit is not there, and its time is over."""

    topic: ClassVar[str] = "reports.unit_overdue.v1"
    unit_id: UUID
    due_at: datetime
    blown_by: UUID | None = None


class ReportAssigned(_ReportEvent):
    """Somebody was made responsible; `former_id` is who was before, if that is another."""

    topic: ClassVar[str] = "reports.report_assigned.v1"
    reporter_id: UUID
    assignee_id: UUID
    former_id: UUID | None = None


class ReportReturned(_InHand):
    """The assignee gave it back; it waits for a better hand."""

    topic: ClassVar[str] = "reports.report_returned.v1"
    reporter_id: UUID
    returned_by: UUID


class ReportStarted(_ReportEvent):
    """Work has begun."""

    topic: ClassVar[str] = "reports.report_started.v1"
    reporter_id: UUID


class _ForAllVoices(_ReportEvent):
    """Common to what also concerns the reporters of what was merged into it, and everybody who meets the same: `voices`.

    They are in the body, for there may be hundreds; without them, as in older events, the reporter alone is concerned.
    """

    reporter_id: UUID
    voices: tuple[UUID, ...] = ()


class ReportMerged(_ForAllVoices):
    """It is the same as `master_id`, which carries the work from now on; its own supporters are the voices."""

    topic: ClassVar[str] = "reports.report_merged.v1"
    master_id: UUID
    master_number: str


class ReportUnmerged(_ForAllVoices):
    """It was not the same as `master_id` after all, or that one ended without being mended: it stands where it stood."""

    topic: ClassVar[str] = "reports.report_unmerged.v1"
    master_id: UUID


class ReportResolved(_ForAllVoices):
    """The work is done, with a photo to show it; the resident may rate or reopen."""

    topic: ClassVar[str] = "reports.report_resolved.v1"
    resolved_by: UUID


class ReportRated(_ForAllVoices):
    """The reporter said how it went, 1 (bad) to 5 (good)."""

    topic: ClassVar[str] = "reports.report_rated.v1"
    satisfaction: int


class ReportAppraised(_InHand):
    """One of the voices, who did not file it, said how it went, 1 (bad) to 5 (good); never who."""

    topic: ClassVar[str] = "reports.report_appraised.v1"
    satisfaction: int


class ReportClosed(_ForAllVoices):
    """Nothing more is expected of anybody."""

    topic: ClassVar[str] = "reports.report_closed.v1"


class ReportSupported(_ReportEvent):
    """One more neighbour meets the same: how many do by now, never who; of each it is said once, whatever they take back."""

    topic: ClassVar[str] = "reports.report_supported.v1"
    reporter_id: UUID
    supporters: int


class ReportNoted(_ReportEvent):
    """Staff wrote something beside it for the reporter to read; of notes for staff alone nothing is said."""

    topic: ClassVar[str] = "reports.report_noted.v1"
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


class PhotoPublished(_ReportEvent):
    """Staff looked at a photo: with faces and plates covered everybody may see it."""

    topic: ClassVar[str] = "reports.photo_published.v1"
    reporter_id: UUID
    photo_id: UUID


class PhotoConcealed(_ReportEvent):
    """A photo was taken back from everybody."""

    topic: ClassVar[str] = "reports.photo_concealed.v1"
    reporter_id: UUID
    photo_id: UUID


class RecordingRejected(_ReportEvent):
    """A recording could not be used (none, damaged, too long, too much); who sent it is told."""

    topic: ClassVar[str] = "reports.recording_rejected.v1"
    sender_id: UUID
    kind: str
    reason: str


class PartSettled(_PartSettled):
    """What reports did of what was asked of every service about one person."""

    topic: ClassVar[str] = "reports.part_settled.v1"


class RecordShown(_RecordShown):
    """Somebody who serves there read a person's report."""

    topic: ClassVar[str] = "reports.record_shown.v1"
