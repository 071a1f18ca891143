"""What comes again is noticed, and an officer makes somebody own it until it ends."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.crypto import Place
from chassis.db import Work
from chassis.directory import serving
from chassis.pages import Page, Paging
from chassis.rights import Actor, Answer, can
from contracts.calendar import CHENGDU
from contracts.event import OFFICES
from services.reports.domain.cure import Cure, CureNote, CureThere, Outcome, OwnerLeft, OwnerNotServing, Repeat, must_be_fit
from services.reports.domain.report import Report
from services.reports.store import cures


async def notice(work: Work, report_id: UUID) -> None:
    """Whether a report that was filed says again what was mended there a short while ago."""
    report = await work.session.get(Report, report_id)
    before = None if report is None or report.parent_id is not None else await cures.former(work, report)
    if report is not None and before is not None:
        made = Repeat(work.new_id(), report.id, before, report.area, report.anchor_id, report.category, work.now)
        await cures.keep_repeat(work, made)


async def repeated(work: Work, *, by: Actor, paging: Paging) -> Page[dict[str, Any]]:
    """What came again where this person serves, newest first."""
    return await cures.REPEATS.page(work, paging, by.scope("cures.read"))


async def listed(work: Work, *, by: Actor, paging: Paging, under_way: bool) -> Page[dict[str, Any]]:
    """The cures where this person serves, newest first."""
    return await cures.CURES.page(work, paging, by.scope("cures.read"), under_way=under_way)


async def begin(work: Work, *, by: Actor, repeat_id: UUID, owner_id: UUID, review_on: date) -> Cure:
    """An officer makes somebody own the cause; of those who do so at once one does: CureThere."""
    repeat = await work.seen(Repeat, repeat_id, by.may("cures.write"))
    must_be_fit(review_on, work.now.astimezone(CHENGDU).date())
    if not await _serves(work, owner_id, repeat.area):
        raise OwnerNotServing
    made = Cure(
        work.new_id(), repeat.id, repeat.area, repeat.anchor_id, repeat.category, owner_id, review_on, by.id, work.now
    )
    if await cures.keep_cure(work, made) is None:
        raise CureThere
    work.announce(made.begun())
    await work.audit("cures.write", f"cures/{made.id}", actor=by.id, reason="begun")
    return made


async def end(work: Work, cure_id: UUID, *, by: Actor, outcome: Outcome) -> Cure:
    """Its owner, while they serve there, or an officer, says how it ended; once."""
    cure = await work.locked(Cure, cure_id, by.may("cures.end"))
    officer = can(by, by.rights["cures.write"], cure) is Answer.ALLOWED
    if not officer and not await _serves(work, by.id, cure.area):
        raise OwnerLeft
    cure.end(outcome, by=by.id, at=work.now)
    await work.audit("cures.end", f"cures/{cure.id}", actor=by.id, reason=outcome.value)
    return cure


async def hand_on(work: Work, cure_id: UUID, *, by: Actor, owner_id: UUID) -> Cure:
    """An officer makes somebody else own it, who serves there; both hear. CureEnded, CureOwned, OwnerNotServing."""
    cure = await work.locked(Cure, cure_id, by.may("cures.write"))
    said = cure.hand_on(owner_id)
    if not await _serves(work, owner_id, cure.area):
        raise OwnerNotServing
    work.announce(said)
    await work.audit("cures.write", f"cures/{cure.id}", actor=by.id, reason="handed on")
    return cure


async def remind_one(work: Work) -> bool:
    """Say of one that its day has come, or is a week over; False when there is none."""
    today = work.now.astimezone(CHENGDU).date()
    cure = await cures.next_due(work, today)
    if cure is None:
        return False
    work.announce(cure.remind(today, work.now))
    return True


async def write_note(work: Work, cure_id: UUID, *, by: Actor, text: str) -> dict[str, Any]:
    """What staff want each other to know of it, whether it is under way or over."""
    cure = await work.seen(Cure, cure_id, by.may("cures.note"))
    made = CureNote(work.new_id(), cure.id, by.id, work.now)
    made.sealed_text = await work.seal(cure.id, "cure_notes", "text", made.id, text)
    await work.add(made)
    return {name: getattr(made, name) for name in ("id", "written_by", "written_at")} | {"text": text}


async def notes(work: Work, cure_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """What was written of it where this person serves, oldest first."""
    cure = await work.seen(Cure, cure_id, by.may("cures.read"))
    await work.vault.fetch({cure.id})
    return [
        {name: row[name] for name in ("id", "written_by", "written_at")}
        | {"text": work.vault.read(cure.id, Place("cure_notes", "text", row.id), row.sealed_text)}
        for row in await cures.notes_of(work, cure.id)
    ]


async def _serves(work: Work, person: UUID, area: str) -> bool:
    return any([person in await serving(work, role, area) for role in sorted(OFFICES)])
