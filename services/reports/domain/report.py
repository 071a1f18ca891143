"""A report: what is wrong, where, who said so, who is responsible, and how it went."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.reports import (
    ClockMissed,
    ClockWarned,
    ReportAccepted,
    ReportAssigned,
    ReportClosed,
    ReportDeclined,
    ReportEscalated,
    ReportMerged,
    ReportNoted,
    ReportQuestioned,
    ReportRated,
    ReportReclassified,
    ReportReopened,
    ReportResolved,
    ReportResumed,
    ReportReturned,
    ReportStarted,
    ReportSubmitted,
    ReportSupported,
    ReportSuspended,
    ReportUnmerged,
    ReportWithdrawn,
)
from contracts.reports_severity import ReportGraded
from services.reports.domain.category import About, CategoryMoved, SameCategory, is_physical, moved
from services.reports.domain.ladder import TOP
from services.reports.domain.machine import (
    AfterPhotoMissing,
    AssigneeNotServing,
    HoldTooLong,
    InTheirHands,
    ReopenTooLate,
    Status,
    Step,
    step_from,
)
from services.reports.domain.onsite import Taken
from services.reports.domain.severity import SameSeverity, Severity, SeverityMoved, changed
from services.reports.domain.standing import Standing

REOPEN_WITHIN = timedelta(days=7)
SETTLED_AFTER = timedelta(days=7)
HELD_AT_MOST = timedelta(days=30)
REOPENS_AT_A_LEVEL = 1  # what is reopened more often goes one office up


@dataclass(eq=False)
class Report(Standing):
    """The entity; every method decides, changes, and returns the event it made true."""

    def submit(self, by: UUID | None = None) -> ReportSubmitted:
        """The beginning: by its reporter, of a part by who divided."""
        self._note("file", None, by or self.reporter_id, self.submitted_at)
        about = {"category": self.category, "subcategory": self.subcategory, "severity": self.severity}
        return ReportSubmitted(**self._said(), **about, level=self.level if self.level > 1 else None)

    def accept(self, *, by: UUID, at: datetime) -> ReportAccepted:
        """This is ours, and we will see to it."""
        self._take("accept", by, at)
        return ReportAccepted(**self._said())

    def assign(self, *, to: UUID, serves: bool, by: UUID, at: datetime) -> ReportAssigned:
        """Make somebody responsible who serves where the place lies."""
        return self._hand(step_from("assign", self.status), to, serves=serves, by=by, at=at)

    def reassign(self, *, to: UUID, serves: bool, by: UUID, reason: str, at: datetime) -> ReportAssigned:
        """Who works on it cannot go on: somebody else is responsible, and begins anew; the reporter reads why."""
        step = step_from("reassign", self.status)
        if to == self.assignee_id:
            raise InTheirHands
        return self._hand(step, to, serves=serves, by=by, at=at, reason=reason)

    def reclassify(self, to: About, *, instead_of: About, by: UUID, reason: str, at: datetime) -> ReportReclassified:
        """It is about something else; of several who say so of what they read, one is first."""
        step, former = step_from("reclassify", self.status), self.about
        if to.code == former.code:
            raise SameCategory
        if not former.is_what_was_read(instead_of, to):
            raise CategoryMoved(current=former.category, subcategory=former.subcategory)
        self.category, self.subcategory, self.category_version = to.category, to.subcategory, to.version
        self._go(step, by, at, reason, moved(former, to))
        was = {"former_category": former.category, "former_subcategory": former.subcategory}
        now = {"category": to.category, "subcategory": to.subcategory, "changed_by": by}
        return ReportReclassified(**self._said(), **self._in_hand(), **now, **was)

    def grade(self, to: Severity, *, instead_of: Severity, by: UUID, reason: str, at: datetime) -> ReportGraded:
        """It is graver than it was said, or less so; of several who say so of what they read, one is first."""
        step = step_from("grade", self.status)
        if to is self.severity:
            raise SameSeverity
        if instead_of is not self.severity:
            raise SeverityMoved(current=self.severity)
        former, self.severity = self.severity, to
        self._go(step, by, at, reason, changed(former, to))
        said = {"severity": to, "former_severity": former, "changed_by": by}
        return ReportGraded(**self._said(), **self._in_hand(), **said)

    def decline(self, *, by: UUID, reason_code: str, instead: str, at: datetime) -> ReportDeclined:
        """This is not ours; the reporter reads where to go instead, and may appeal once."""
        self._take("decline", by, at, instead, reason_code)
        return ReportDeclined(**self._said(), reason_code=reason_code)

    def appeal(self, *, by: UUID, reason: str, at: datetime) -> ReportReopened:
        """The reporter does not agree that it is not ours."""
        self._take("appeal", by, at, reason)
        self.appealed_at = at
        self.reopen_count += 1
        return ReportReopened(**self._said())

    def withdraw(self, *, by: UUID, at: datetime) -> ReportWithdrawn:
        """The reporter no longer asks for it; nobody has begun to work."""
        self._take("withdraw", by, at)
        self.master_id = self.merged_from = None
        return ReportWithdrawn(**self._said(), **self._in_hand())

    def give_back(self, *, by: UUID, at: datetime, reason: str, limit: int) -> list[ReportReturned | ReportEscalated]:
        """Not mine after all; somebody else must be found, at the last return of the limit one office up."""
        self._take("return", by, at, reason)
        self.assignee_id = None
        self.return_count += 1
        said: list[ReportReturned | ReportEscalated] = [ReportReturned(**self._said(), **self._in_hand(), returned_by=by)]
        if self.return_count >= limit and self.level < TOP:
            said.append(self.escalate(by=None, at=at, reason_code="return-limit"))
        return said

    def escalate(self, *, by: UUID | None, at: datetime, reason_code: str, reason: str | None = None) -> ReportEscalated:
        """Those below do not manage: it goes to the next office, and whoever had it stays named until another has it."""
        step = self._begun("escalate", by)
        self._rise()
        self._go(step, by, at, reason, reason_code)
        return self._risen(reason_code)

    def process(self, *, by: UUID, at: datetime) -> ReportStarted:
        """Work begins."""
        self._take("process", by, at)
        return ReportStarted(**self._said())

    def ask(self, *, by: UUID, question: str, until: datetime, at: datetime) -> ReportQuestioned:
        """Something is missing that only the reporter can say; we wait until then, and go on."""
        self._take("ask", by, at, question)
        self.waits_until = until
        return ReportQuestioned(**self._said(), until=until)

    def supplement(self, *, by: UUID, answer: str, at: datetime) -> ReportResumed:
        """The reporter says what was missing."""
        self._take("supplement", by, at, answer)
        return ReportResumed(**self._said())

    def hold(self, *, by: UUID, reason: str, until: datetime, at: datetime) -> ReportSuspended:
        """It cannot go on for now; an officer says why and until when."""
        step = self._begun("hold", by)
        if not at < until <= at + HELD_AT_MOST:
            raise HoldTooLong
        self._go(step, by, at, reason)
        self.waits_until = until
        return ReportSuspended(**self._said(), until=until)

    def resume(self, *, by: UUID | None, at: datetime) -> ReportResumed:
        """Work goes on: the assignee says so, or the wait is over (then it is nobody's act)."""
        self._take("resume", by, at)
        return ReportResumed(**self._said())

    def whistle(self, *, by: UUID, reason: str, at: datetime) -> dict[str, object]:
        """It needs more hands; what the events of a whistle say of the report."""
        self._take("whistle", by, at, reason)
        return self.named()

    def merge(self, master: "Report", *, by: UUID, at: datetime) -> ReportMerged:
        """It is the same as another; that one carries the work, and this one stays whole beside it."""
        step = self._begun("merge", by)
        self.master_id, self.merged_from = master.id, self.status
        self._go(step, by, at, reason_code=master.number)
        return ReportMerged(**self._said(), master_id=master.id, master_number=master.number)

    def divide(self, part: str, *, by: UUID, at: datetime) -> None:
        """Another piece of work is to be done for it, by its number; itself it stays where it stands. Of the part is told."""
        self._take("divide", by, at, reason_code=part)

    def abandon(self, *, by: UUID | None, reason: str | None, at: datetime, reason_code: str | None = None) -> ReportWithdrawn:
        """A part is not needed after all: staff say why, or its report was withdrawn (then it is nobody's act)."""
        self._take("abandon", by, at, reason, reason_code)
        return ReportWithdrawn(**self._said() | self._in_hand())

    def unmerge(self, *, by: UUID | None, at: datetime) -> ReportUnmerged:
        """It is not the same after all, or what it was merged into is not mended: it stands where it stood."""
        step = step_from("unmerge", self.status)
        said = ReportUnmerged(**self._said(), master_id=self.master_id)
        self._go(replace(step, leads=Status(str(self.merged_from))), by, at)
        self.master_id = self.merged_from = None
        return said

    def supported(self) -> ReportSupported:
        """Somebody else meets the same; how many do by now, and nobody's name."""
        return ReportSupported(**self._said(), supporters=self.supporters)

    def noted(self) -> ReportNoted:
        """Something stands beside it for the reporter to read; never what."""
        return ReportNoted(**self._said())

    def warned(self, clock: str, reminder: int, due_at: datetime) -> ClockWarned:
        """Whoever is responsible is reminded."""
        return ClockWarned(**self.named(), clock=clock, reminder=reminder, due_at=due_at)

    def missed(self, clock: str, due_at: datetime) -> ClockMissed:
        """The time is over."""
        return ClockMissed(**self.named(), clock=clock, due_at=due_at)

    def resolve(self, *, by: UUID, note: str, photos: int, taken: Taken, asked: bool, at: datetime) -> ReportResolved:
        """The work is done; of what can be seen a photo shows it, and where that was taken is judged, if `asked` always."""
        step = self._begun("resolve", by)
        if photos == 0 and is_physical(self.category):
            raise AfterPhotoMissing
        where = taken.judged(self.point, asked=asked and photos > 0)
        self.resolved_at = at
        self._go(step, by, at, note, where)
        return ReportResolved(**self._said(), resolved_by=by)

    def rate(self, *, satisfaction: int, by: UUID, at: datetime) -> tuple[ReportRated, ReportClosed]:
        """The reporter says how it went; with that it is closed."""
        self._take("rate", by, at, reason_code=str(satisfaction))  # in the chain: reopened, it is still known what was said
        self.satisfaction = satisfaction
        return ReportRated(**self._said(), satisfaction=satisfaction), ReportClosed(**self._said())

    def close(self, *, by: UUID | None, at: datetime) -> ReportClosed:
        """Nobody objected, or an officer looked at it."""
        self._take("close", by, at)
        return ReportClosed(**self._said())

    def reopen(self, *, by: UUID, reason: str, at: datetime) -> list[ReportReopened | ReportEscalated]:
        """It is not mended; from the second time it goes one office up."""
        step = step_from("reopen", self.status)
        if self.resolved_at is None or at - self.resolved_at > REOPEN_WITHIN:
            raise ReopenTooLate
        self.assignee_id = self.satisfaction = None
        self.reopen_count += 1
        goes_up = self.reopen_count > REOPENS_AT_A_LEVEL and self.level < TOP
        if goes_up:
            self._rise()
        self._go(step, by, at, reason)
        return [ReportReopened(**self._said()), *([self._risen("reopened-again")] if goes_up else [])]

    def _hand(self, step: Step, to: UUID, *, serves: bool, by: UUID, at: datetime, reason: str | None = None) -> ReportAssigned:
        if not serves:
            raise AssigneeNotServing
        former, self.assignee_id = self.assignee_id, to
        self._go(step, by, at, reason)
        others = (former,) if former not in {None, to} else ()
        return ReportAssigned(**self._said(*others), assignee_id=to, former_id=next(iter(others), None))

    def _risen(self, reason_code: str) -> ReportEscalated:
        return ReportEscalated(**self._said(), level=self.level, reason_code=reason_code)
