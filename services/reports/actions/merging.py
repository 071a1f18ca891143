"""Two persons are one, or are two again: what hangs on their reports and voices follows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import Place, Unreadable
from chassis.db import Work
from chassis.privacy import moved
from chassis.uploads import uploads
from services.reports.store.follows import follows
from services.reports.store.merged import ANEW, WITH_ANEW, notes_anew
from services.reports.store.notes import notes
from services.reports.store.recordings import recordings
from services.reports.store.tables import appraisals, reports, summonses, supports, transitions

Way = tuple[UUID, UUID]
COLUMNS: tuple[Column[Any], ...] = (
    reports.c.reporter_id, supports.c.person_id, appraisals.c.person_id, uploads.c.owner_id, recordings.c.sender_id,
    follows.c.person_id,
)


async def follow(work: Work, column: Column[Any], rows: list[str], way: Way) -> None:
    """Notes are read by whose the report is now; of two who are one, one voice counts, and none on their own report."""
    if column is reports.c.reporter_id:
        for report in [UUID(row) for row in rows]:
            await _steps(work, report, way)
            await _notes(work, report, way)
            await _contributions(work, report, way)
    elif column is supports.c.person_id:
        await _voices(work, way)


async def _steps(work: Work, report: UUID, way: Way) -> None:
    asked = select(transitions.c.seq, transitions.c.sealed_note, ANEW).select_from(WITH_ANEW)
    found = await work.session.execute(asked.where(transitions.c.report_id == report, transitions.c.sealed_note.is_not(None)))
    for row in found.all():
        table, sealed = ("transitions", row.sealed_note) if row.anew is None else ("notes_anew", row.anew)
        clear = await _clear(work, Place(table, str(row.seq), report), sealed, way)
        if clear is None:
            continue
        anew = await work.seal(way[1], "notes_anew", str(row.seq), report, clear)
        keep = insert(notes_anew).values(report_id=report, seq=row.seq, sealed_note=anew)
        await work.session.execute(keep.on_conflict_do_update(index_elements=["report_id", "seq"], set_={"sealed_note": anew}))


async def _notes(work: Work, report: UUID, way: Way) -> None:
    found = await work.session.execute(select(notes.c.id, notes.c.sealed_text).where(notes.c.report_id == report))
    for row in found.all():
        clear = await _clear(work, Place("notes", "text", row.id), row.sealed_text, way)
        if clear is not None:
            anew = await work.seal(way[1], "notes", "text", row.id, clear)
            await work.session.execute(update(notes).where(notes.c.id == row.id).values(sealed_text=anew))


async def _contributions(work: Work, report: UUID, way: Way) -> None:
    asked = select(summonses.c.id, summonses.c.sealed_contribution)
    found = await work.session.execute(asked.where(summonses.c.report_id == report, summonses.c.sealed_contribution.is_not(None)))
    for row in found.all():
        clear = await _clear(work, Place("summonses", "contribution", row.id), row.sealed_contribution, way)
        if clear is not None:
            anew = await work.seal(way[1], "summonses", "contribution", row.id, clear)
            await work.session.execute(update(summonses).where(summonses.c.id == row.id).values(sealed_contribution=anew))


async def _clear(work: Work, place: Place, sealed: bytes, way: Way) -> str | None:
    """What was sealed for whose the report was; None of what is sealed for whose it is now, or of nobody any more."""
    for person in way[::-1]:
        try:
            clear = await work.vault.open(person, place, sealed)
        except Unreadable:
            continue
        return clear if person == way[0] else None
    return None


async def _voices(work: Work, way: Way) -> None:
    """A voice that does not count is taken back at the moment until which the two can be split: by that it is known again."""
    ours = moved.c.source_id.in_(way) & moved.c.survivor_id.in_(way)
    merged = (await work.session.execute(select(moved).where(ours).order_by(moved.c.until.desc()).limit(1))).one()
    if merged.split_at is None:
        once = supports.c.person_id == merged.source_id  # the survivor has one there, or it would have been moved
        own = (supports.c.person_id == merged.survivor_id) & supports.c.report_id.in_(
            select(reports.c.id).where(reports.c.reporter_id == merged.survivor_id)
        )
        await _count(work, supports.c.retracted_at.is_(None) & (once | own), retracted_at=merged.until, by=-1)
    else:
        theirs = supports.c.person_id.in_(way) & (supports.c.retracted_at == merged.until)
        await _count(work, theirs, retracted_at=None, by=1)


async def _count(work: Work, which: Any, *, retracted_at: datetime | None, by: int) -> None:
    """The report is held before its voices, as where they are given."""
    for key in sorted(set(await work.session.scalars(select(supports.c.report_id).where(which)))):
        await work.session.execute(select(reports.c.id).where(reports.c.id == key).with_for_update())
        changed = update(supports).where(which, supports.c.report_id == key).values(retracted_at=retracted_at)
        rows = (await work.session.execute(changed.returning(supports.c.person_id))).all()
        counted = update(reports).where(reports.c.id == key).values(supporters=reports.c.supporters + by * len(rows))
        await work.session.execute(counted)
