"""Reports that ended long ago forget whose they were; what was reported, when, and how it went stays, and the figures with it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select, update

from chassis.db import Work
from chassis.process import Running
from chassis.uploads import uploads
from contracts.retention import BATCH, due, end
from services.reports.actions.photos import FORGOTTEN
from services.reports.domain.anchor import ENDED
from services.reports.domain.chain import RETIRED
from services.reports.store import checks, recordings
from services.reports.store.notes import notes
from services.reports.store.retirements import retirements
from services.reports.store.tables import appraisals, reports, summonses, supports, transitions

_NAME = "reports.reporter"


async def run(running: Running) -> None:
    """A job."""
    await end(running.database.do, _NAME, de_identify)


async def de_identify(work: Work) -> int:
    """So many that were due: the words, notes, photos and who reported, supported and rated are gone, the rows stay.

    Who it was becomes the same stranger in each (keyed, PIPL article 73(3)), so that people are counted as before.
    """
    over = due(_NAME, reports.c.updated_at, work.now, area=reports.c.area)
    waits = ~exists().where(retirements.c.report_id == reports.c.id) & reports.c.status.in_(ENDED)
    asked = select(reports.c.id, reports.c.reporter_id).where(waits, over).order_by(reports.c.id).limit(BATCH)
    found = (await work.session.execute(asked.with_for_update(skip_locked=True))).all()
    for row in found:
        await _words(work, row.id, row.reporter_id)
        await _steps(work, row.id, row.reporter_id)
        await _voices(work, row.id)
    await checks.forget_texts(work, [row.id for row in found])
    await _photos(work, [row.id for row in found])
    await recordings.forget_those(work, [row.id for row in found])
    return len(found)


def stranger(work: Work, person: UUID) -> UUID:
    """Who somebody is in what was de-identified: the same each time, and who it was nobody tells without the service's key."""
    return UUID(bytes=work.vault.keys.blind("retired", str(person))[:16], version=4)


async def _words(work: Work, report: UUID, reporter: UUID) -> None:
    gone: dict[str, Any] = {"sealed_text": b"", "sealed_answers": None, "reporter_id": stranger(work, reporter)}
    await work.session.execute(update(reports).where(reports.c.id == report).values(gone))
    await work.session.execute(update(notes).where(notes.c.report_id == report).values(sealed_text=b""))
    did = (summonses.c.report_id == report) & summonses.c.sealed_contribution.is_not(None)
    await work.session.execute(update(summonses).where(did).values(sealed_contribution=b""))
    await work.session.execute(insert(retirements).values(report_id=report, at=work.now))


async def _steps(work: Work, report: UUID, reporter: UUID) -> None:
    """Steps keep their place in the chain; of those that named the reporter or bore words the hash cannot be shown any more."""
    ours = transitions.c
    theirs = (ours.actor_id == reporter) | ours.sealed_note.is_not(None) | ours.acting_id.is_not(None)
    who = func.nullif(ours.actor_id, reporter)
    await work.session.execute(update(transitions).where(ours.report_id == report, theirs).values(
        actor_id=who, acting_id=None, sealed_note=None, spelling=RETIRED,
    ))


async def _voices(work: Work, report: UUID) -> None:
    for table in (supports, appraisals):
        people: Sequence[UUID] = (await work.session.scalars(
            select(table.c.person_id).where(table.c.report_id == report).distinct()
        )).all()
        for one in people:
            theirs = (table.c.report_id == report) & (table.c.person_id == one)
            await work.session.execute(update(table).where(theirs).values(person_id=stranger(work, one)))


async def _photos(work: Work, keys: Sequence[UUID]) -> None:
    """The job that deletes the photos of who was forgotten deletes these."""
    theirs = uploads.c.claimed_by.in_([f"{which}/{key}" for key in keys for which in ("before", "after")])
    nobodys = {"state": FORGOTTEN, "claimed_by": None, "owner_id": func.gen_random_uuid()}
    await work.session.execute(update(uploads).where(theirs).values(nobodys))
