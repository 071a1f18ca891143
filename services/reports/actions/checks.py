"""What people wrote and photographed is asked about by the worker; what was not let pass is looked at by staff.

Who asks holds no connection to the database meanwhile, and may be killed at any moment: the question is asked again.
A report of which something was blocked is held: nothing of it is shown to everybody. Work and clocks go on, for what is wrong
in a stairwell is wrong whatever words it is told in (decision 0031).
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.crypto import Unreadable
from chassis.db import Work
from chassis.errors import NotFound, Unavailable
from chassis.files import Files
from chassis.pages import Page, Paging
from chassis.rights import Actor
from contracts.reports_outside import CheckWaiting, ReportHeld, ReportReleased
from services.reports.actions import answers, notes, reports, stills
from services.reports.clients.moderation import Moderation, ProviderAway
from services.reports.domain.check import Check, Kind, State, Verdict, parts, worst
from services.reports.domain.labels import masked
from services.reports.domain.machine import STEPS
from services.reports.domain.note import Visibility
from services.reports.domain.publication import State as Shown
from services.reports.domain.report import Report
from services.reports.store import checks as store
from services.reports.store import parts as parts_of
from services.reports.store import publications

_PATIENCE = 60.0  # seconds for all parts of a text, less than a question is anybody's
UNSAFE = "unsafe-content"  # why a report is declined that staff looked at


@dataclass(frozen=True)
class Taken:
    """A question that is this worker's to ask: a text, or where a photo lies, or the stills of a video."""

    check: UUID
    report: UUID
    attempt: int
    at: datetime
    text: str | None
    photo: str | None
    stills: int = 0


async def begin(work: Work, report_id: UUID, kind: Kind, subject: UUID) -> None:
    """What was written or sent waits until somebody has said something of it; of a report that is gone nothing does."""
    if await work.session.get(Report, report_id) is not None:
        await store.begin(work, report_id, kind, subject)


async def take(work: Work) -> Taken | None:
    """The next question; of what is there no more nobody is asked."""
    while (check := await store.next_due(work)) is not None:
        text = await _text(work, check) if check.kind == Kind.TEXT else None
        what, photo, many = (text, None, 0) if check.kind == Kind.TEXT else await stills.of(work, check)
        if what:
            attempt = check.take(work.vault.keys.blind("checks", f"{check.subject_id}/{what}"), work.now)
            return Taken(check.id, check.report_id, attempt, work.now, text, photo, many)
        check.drop(work.now)
        await work.session.flush()
    return None


async def _text(work: Work, check: Check) -> str | None:
    report = await work.session.get_one(Report, check.report_id)
    try:
        text = await work.unseal(report.reporter_id, "reports", "text", report.id, report.sealed_text)
    except Unreadable:
        return None
    return "\n".join([text, *answers.words(await answers.of(work, report))])


async def asked(taken: Taken, files: Files, provider: Moderation) -> Verdict | None:
    """What the provider says; None, where it says nothing that can be believed."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _said(taken, files, provider)
    except (ProviderAway, Unavailable, TimeoutError):
        return None


async def _said(taken: Taken, files: Files, provider: Moderation) -> Verdict:
    """Numbers of phones and papers are nobody's outside to know (个人信息保护法 第六条: no more than is needed)."""
    if taken.photo is not None:
        return worst([
            await provider.photo(stills.about(taken.check, place), await files.get(key), at=taken.at)
            for place, key in enumerate(stills.keys(files, taken.photo, taken.stills))
        ])
    said = [
        await provider.text(f"{taken.check}-{place}", one, at=taken.at)
        for place, one in enumerate(parts(masked(taken.text or "", None)))
    ]
    return worst(said)


async def hear(work: Work, *, taken: Taken, verdict: Verdict | None) -> None:
    """What came of a question; if another worker has it meanwhile, nothing."""
    report = await work.session.get_one(Report, taken.report, with_for_update=True, populate_existing=True)
    check = await store.held(work, taken.check)
    if check is None or check.state != State.WAITING or check.tries != taken.attempt:
        return
    if verdict is None:
        check.put_off(work.now)
        return
    was_held = await store.is_held(work, report.id)
    check.hear(verdict, work.now)
    if check.state == State.BLOCKED and not was_held:
        people = dict.fromkeys((*report.hearers, *((report.assignee_id,) if report.assignee_id else ())))
        work.announce(ReportHeld(**report.named() | {"recipients": tuple(people), "reporter_id": report.owner_id}))


async def remind_one(work: Work) -> bool:
    """Say of one that it has waited for staff too long, once to the office, once above it; False when there is none."""
    found = await store.next_to_remind(work)
    if found is None:
        return False
    report, key = found
    check = await store.held(work, key)
    reminder = check.remind(work.now) if check is not None else None
    if check is not None and reminder is not None:
        work.announce(CheckWaiting(**report.named() | {"recipients": (), "check_id": check.id, "reminder": reminder}))
        await work.session.flush()
    return True


async def listed(work: Work, *, by: Actor, paging: Paging, waiting: bool) -> Page[dict[str, Any]]:
    """Those where this person serves, newest first; `waiting`: for somebody to look."""
    return await store.CHECKS.page(work, paging, by.scope("checks.read"), waiting=waiting)


async def of_report(work: Work, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """What was said of a report and of its photos, for staff and for whose report it is."""
    report = await work.seen(Report, report_id, by.may("checks.read"))
    return [dict(row) for row in await store.of_report(work, report.id)]


async def clear(work: Work, key: UUID, *, by: Actor) -> dict[str, Any]:
    """Somebody looked: it is harmless. NotToBeLookedAt. With the last that was blocked the report is held no more."""
    report, check = await _locked(work, key, by)
    was_held = check.state == State.BLOCKED
    check.decide(clear=True, by=by.id, at=work.now)
    await work.audit("checks.decide", f"checks/{check.id}", actor=by.id, reason=State.CLEARED.value)
    await work.session.flush()
    if was_held and not await store.is_held(work, report.id):
        work.announce(ReportReleased(**report.called()))
    return await _one(work, report.id, key)


async def reject(work: Work, key: UUID, *, by: Actor, reason: str) -> dict[str, Any]:
    """Somebody looked: it is never shown. NotToBeLookedAt.

    A report whose words are so is declined where it can be; else it goes on. Its reporter reads the reason either way.
    """
    report, check = await _locked(work, key, by)
    check.decide(clear=False, by=by.id, at=work.now)
    await work.audit("checks.decide", f"checks/{check.id}", actor=by.id, reason=State.REJECTED.value)
    await work.session.flush()
    if check.kind == Kind.PHOTO:
        await _take_back(work, report, check.subject_id, by)
    report.parts = await parts_of.counted(work, report.id)
    if check.kind == Kind.TEXT and STEPS["decline"].can_begin(report):
        await reports.decline(work, report.id, by=by, reason_code=UNSAFE, instead=reason)
    else:
        whose = Visibility.TOLD if report.parent_id is None else Visibility.STAFF  # a part's photo is no reporter's
        await notes.write(work, report.id, by=by, text=reason, visibility=whose)
    return await _one(work, report.id, key)


async def _take_back(work: Work, report: Report, photo: UUID, by: Actor) -> None:
    """A photo that everybody could see: its copy goes as well."""
    shown = await publications.held(work, report.id, photo)
    if shown is not None and shown.state in {Shown.WANTED, Shown.PUBLIC}:
        work.announce(shown.conceal(report, by=by.id, at=work.now))


async def _locked(work: Work, key: UUID, by: Actor) -> tuple[Report, Check]:
    """A check and its report, the report first, as who hears a verdict holds them."""
    may = by.may("checks.decide")
    there = await work.session.get(Check, key)
    if there is None:
        raise NotFound
    report = await work.locked(Report, there.report_id, may)
    check = await store.held(work, key)
    if check is None:
        raise NotFound
    return report, check


async def _one(work: Work, report: UUID, key: UUID) -> dict[str, Any]:
    await work.session.flush()
    return next(dict(row) for row in await store.of_report(work, report) if row.id == key)
