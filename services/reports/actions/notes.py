"""Staff write notes beside a report; its reporter reads those that are for them."""

from typing import Any
from uuid import UUID

from chassis.crypto import Place, Unreadable
from chassis.db import Work
from chassis.rights import Actor, Answer, can
from services.reports.actions.looking import FORGOTTEN
from services.reports.domain.note import Note, ReporterForgotten, Visibility
from services.reports.domain.part import PartOfAnother
from services.reports.domain.report import Report
from services.reports.store import notes


async def write(work: Work, report_id: UUID, *, by: Actor, text: str, visibility: Visibility) -> dict[str, Any]:
    """A note that stays as it is; the report itself does not move by it."""
    report = await work.seen(Report, report_id, by.may("notes.write"))
    await must_be_known(work, report)
    if report.parent_id is not None and visibility is Visibility.TOLD:
        raise PartOfAnother
    made = Note(work.new_id(), report.id, by.id, work.now, visibility.value)
    made.sealed_text = await work.seal(report.reporter_id, "notes", "text", made.id, text)
    await work.add(made)
    if visibility is Visibility.TOLD:
        work.announce(report.noted())
    return {name: getattr(made, name) for name in ("id", "written_by", "written_at", "visibility")} | {"text": text}


async def shown(work: Work, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """The notes of a report, oldest first: every one for who may write some, for its reporter what is told."""
    report = await work.seen(Report, report_id, by.may("notes.read"))
    every = can(by, by.rights["notes.write"], report) is Answer.ALLOWED and by.id != report.owner_id
    await work.vault.fetch({report.reporter_id})
    found = await notes.of_report(work, report.id, every=every)
    return [
        {name: row[name] for name in ("id", "written_by", "written_at", "visibility")}
        | {"text": _text(work, report, row.id, row.sealed_text)}
        for row in found
    ]


async def must_be_known(work: Work, report: Report) -> None:
    """ReporterForgotten: to seal would make a new key for whom the old one was destroyed, and nobody would erase it again."""
    try:
        await work.unseal(report.reporter_id, "reports", "text", report.id, report.sealed_text)
    except Unreadable:
        raise ReporterForgotten from None


def _text(work: Work, report: Report, key: UUID, sealed: bytes) -> str:
    try:
        return work.vault.read(report.reporter_id, Place("notes", "text", key), sealed)
    except Unreadable:
        return FORGOTTEN
