"""反映人评价: of one problem every voice says how it went, not the one who filed the report that was mended alone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Forbidden
from contracts.reports import ReportAppraised
from services.reports.domain.machine import Status
from services.reports.domain.report import Report

_MENDED = frozenset({Status.RESOLVED, Status.CLOSED})


class NotAVoice(Forbidden):
    """Of what was mended those say how it went who said that it was broken; its own reporter rates it."""

    zh = "只有反映过该问题的居民才能评价；报事人请在自己的报事中评价"


class NotYetMended(Conflict):
    """How it went is asked once it is resolved; `current` says how it stands."""

    zh = "该问题尚未办结，暂不能评价"


class AppraisedAlready(Conflict):
    """A voice says once how it went; after it was reopened and resolved again, once more."""

    zh = "您已评价过该问题"


@dataclass(frozen=True)
class Appraisal:
    """What one voice says of a report that was resolved, 1 (bad) to 5 (good); `round` counts its reopenings."""

    report_id: UUID
    person_id: UUID
    round: int
    satisfaction: int
    said_at: datetime


def appraise(report: Report, *, by: UUID, voices: tuple[UUID, ...], satisfaction: int, at: datetime) -> Appraisal:
    """The voice's answer: NotAVoice, NotYetMended."""
    if by not in voices:
        raise NotAVoice
    if report.status not in _MENDED:
        raise NotYetMended(current=report.status)
    return Appraisal(report.id, by, report.reopen_count, satisfaction, at)


def said(report: Report, satisfaction: int) -> ReportAppraised:
    """What is announced of it: how many stars, of which report; not whose they are."""
    return ReportAppraised(**report.named(), satisfaction=satisfaction)
