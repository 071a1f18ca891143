"""What reports holds of a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from chassis.db import Work
from chassis.uploads import uploads
from services.reports.actions import answers
from services.reports.actions.photos import FORGOTTEN
from services.reports.domain.anchor import ENDED
from services.reports.domain.field import kept
from services.reports.domain.note import Visibility
from services.reports.store import checks, exports, follows, parts, phrases, recordings, views
from services.reports.store.notes import notes
from services.reports.store.parts import FILED
from services.reports.store.tables import appraisals, reports, summonses, supports


async def export(work: Work, person: UUID) -> dict[str, Any]:
    """Everything the person told us, in the clear, for that person."""
    found = await work.session.execute(select(reports).where(reports.c.reporter_id == person, FILED).order_by(reports.c.id))
    told = []
    for row in found:
        text = await work.unseal(person, "reports", "text", row.id, row.sealed_text)
        said = kept(await answers.opened(work, person, row.id, row.sealed_answers))
        told.append({
            "number": row.number, "submitted_at": row.submitted_at.isoformat(), "text": text, "channel": row.channel,
            "category": row.category, "subcategory": row.subcategory, "answers": said,
        })
    voices = await work.session.execute(
        select(reports.c.number, supports.c.supported_at).join(reports, reports.c.id == supports.c.report_id)
        .where(supports.c.person_id == person).order_by(supports.c.report_id)
    )
    given = [{"number": row.number, "supported_at": row.supported_at.isoformat()} for row in voices]
    stars = await work.session.execute(
        select(reports.c.number, appraisals.c.satisfaction).join(reports, reports.c.id == appraisals.c.report_id)
        .where(appraisals.c.person_id == person).order_by(appraisals.c.said_at)
    )
    said = [{"number": row.number, "satisfaction": row.satisfaction} for row in stars]
    judged = await checks.of_person(work, person)
    return {
        "reports": told, "supports": given, "appraisals": said, "notes": await _notes(work, person),
        "contributions": await _contributions(work, person), "checks": judged,
        "recordings": await recordings.of_person(work, person), "follows": await _follows(work, person),
        "parts": await parts.of_person(work, person),
    }


async def _follows(work: Work, person: UUID) -> list[dict[str, Any]]:
    """What they want to hear of."""
    return [
        {"area": row.area, "category": row.category, "followed_at": row.followed_at.isoformat()}
        for row in await follows.of_person(work, person)
    ]


async def _notes(work: Work, person: UUID) -> list[dict[str, Any]]:
    """What staff wrote for the person to read."""
    told = notes.c.visibility == Visibility.TOLD.value
    found = await work.session.execute(
        select(notes, reports.c.number).join(reports, reports.c.id == notes.c.report_id)
        .where(reports.c.reporter_id == person, told).order_by(notes.c.id)
    )
    return [
        {
            "number": row.number, "written_at": row.written_at.isoformat(),
            "text": await work.unseal(person, "notes", "text", row.id, row.sealed_text),
        }
        for row in found
    ]


async def _contributions(work: Work, person: UUID) -> list[dict[str, Any]]:
    """What units that were summoned to the person's reports did there."""
    found = await work.session.execute(
        select(summonses, reports.c.number).join(reports, reports.c.id == summonses.c.report_id)
        .where(reports.c.reporter_id == person, summonses.c.contributed_at.is_not(None), FILED).order_by(summonses.c.id)
    )
    return [
        {
            "number": row.number, "contributed_at": row.contributed_at.isoformat(),
            "text": await work.unseal(person, "summonses", "contribution", row.id, row.sealed_contribution),
        }
        for row in found
    ]


async def hold(work: Work, person: UUID) -> str | None:
    """Why not yet: a unit is summoned to a report of theirs, or they appealed and it is not decided."""
    mine = reports.c.reporter_id == person
    summoned = select(summonses.c.id).join(reports, reports.c.id == summonses.c.report_id)
    waits = summonses.c.arrived_at.is_(None) & summonses.c.closed_at.is_(None)
    if await work.session.scalar(summoned.where(mine, waits).limit(1)) is not None:
        return "open-whistle"
    appealed = reports.c.appealed_at.is_not(None) & reports.c.status.not_in(ENDED)
    return "under-appeal" if await work.session.scalar(select(reports.c.id).where(mine, appealed).limit(1)) is not None else None


async def erase(work: Work, person: UUID) -> int:
    """The texts stay as bytes nobody can open once the person's key is gone, the problem stays mended; voices and photos go.

    The stars that a voice gave stay counted under an id that nobody has, for the figures of the past are not to change.
    """
    mine = supports.c.person_id == person
    counted_in = select(supports.c.report_id).where(mine, supports.c.retracted_at.is_(None))
    await work.session.execute(update(reports).where(reports.c.id.in_(counted_in)).values(supporters=reports.c.supporters - 1))
    await work.session.execute(delete(supports).where(mine))
    await views.forget(work, person)
    await phrases.forget(work, person)
    await exports.forget(work, person)
    await follows.forget(work, person)
    await recordings.forget_of(work, person)
    await checks.forget_texts(work, select(reports.c.id).where(reports.c.reporter_id == person))
    theirs = appraisals.c.person_id == person
    await work.session.execute(update(appraisals).where(theirs).values(person_id=func.gen_random_uuid()))
    nobodys = {"state": FORGOTTEN, "claimed_by": None, "owner_id": func.gen_random_uuid()}
    await work.session.execute(update(uploads).where(uploads.c.owner_id == person).values(nobodys))
    counted = select(func.count()).select_from(reports).where(reports.c.reporter_id == person, FILED)
    return await work.session.scalar(counted) or 0
