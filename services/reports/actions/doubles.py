"""Likely doubles are looked for before a report is filed, and after it; staff say of each whether it is one.

Texts are sealed under their reporters' keys, and nothing that could be searched is kept of them. For staff, a search compares the
words of a bounded handful of reports that lie near (at most eighty), opened in memory for that moment; once a reporter is
forgotten, their words no longer count. For whoever is about to file, words count for nothing.
"""

from typing import Any
from uuid import UUID

from chassis.crypto import Place, Unreadable
from chassis.db import Work
from chassis.pages import Page, Paging
from chassis.prepared import Row
from chassis.rights import Actor
from contracts.area import community_of, lineage
from services.reports.domain.anchor import NARROWEST
from services.reports.domain.coordinates import Point
from services.reports.domain.double import MOST_SUGGESTED, MOST_TOLD, Candidate, Double, Likeness, Sought, likeness
from services.reports.domain.likeness import are_alike, is_shown, pictured
from services.reports.domain.machine import STEPS
from services.reports.domain.report import Report
from services.reports.store import doubles, prints

_COURTYARD = 5  # depth from which on a place is small enough to look at all that was filed for it


async def asked(work: Work, *, by: Actor, sought: Sought) -> list[dict[str, Any]]:
    """What is likely the same, in the communities where this person lives or serves: best first, and nothing of any person.

    No text is opened for it: whoever may ask again and again would read a neighbour's words from the order of the answers.
    """
    by.may("reports.file")
    communities = {community_of(place) for place in (*by.bindings, *(one.area for one in by.assignments))}
    found = await _likely(work, sought, sorted(communities), with_words=False)
    told = [(like, one) for like, one in found if like.is_told][:MOST_TOLD]
    wanted = ("id", "number", "category", "status", "since", "supporters")
    return [{**{name: getattr(one, name) for name in wanted}, "why": list(like.why)} for like, one in told]


async def suggest(work: Work, report_id: UUID) -> None:
    """What a report that was filed is likely the same as, of those before it: for staff to look at."""
    report = await work.session.get(Report, report_id)
    if report is None or report.parent_id is not None or report.status not in STEPS["merge"].begins:
        return
    sought = _sought(report, await _opened(work, report))
    found = await _likely(work, sought, [community_of(report.area)], with_words=True)
    earlier = [(like, one) for like, one in found if like.is_suggested and one.id < report.id]
    for like, one in earlier[:MOST_SUGGESTED]:
        why = [*like.why, *(["描述相近"] if like.words_alike else [])]
        made = Double(work.new_id(), report.id, one.id, report.area, round(100 * like.whole), why, work.now)
        await doubles.keep_double(work, made)


async def suggest_by_photo(work: Work, report_id: UUID, photo: UUID) -> None:
    """A photo was developed: what lies near and shows the same is for staff to look at, whichever of the two was sent first."""
    report = await work.session.get(Report, report_id)
    ours = await prints.one(work, photo)
    if report is None or ours is None or report.status not in STEPS["merge"].begins:
        return
    sought = _sought(report, None)
    near = [one for _, one in await _likely(work, sought, [community_of(report.area)], with_words=False) if one.id != report.id]
    theirs = await prints.of(work, [one.id for one in near])
    alike = [(pictured(sought, one), one) for one in near if are_alike([ours], theirs.get(one.id, ()))]
    for like, one in sorted((pair for pair in alike if is_shown(pair[0])), key=lambda pair: -pair[0].whole)[:MOST_SUGGESTED]:
        later, earlier = max(report.id, one.id), min(report.id, one.id)
        score = round(100 * like.whole)
        await doubles.keep_double(work, Double(work.new_id(), later, earlier, report.area, score, [*like.why], work.now))


async def waiting(work: Work, *, by: Actor, paging: Paging) -> Page[dict[str, Any]]:
    """What staff are to look at: pairs of which both lie where they serve, and which can still be merged; newest first."""
    return await doubles.WAITING.page(work, paging, by.scope("doubles.read"))


async def dismiss(work: Work, double_id: UUID, *, by: Actor) -> Double:
    """They are two problems; of those who say so at once one does."""
    double = await work.locked(Double, double_id, by.may("doubles.settle"))
    double.dismiss(by=by.id, at=work.now)
    return double


def _sought(report: Report, text: str | None) -> Sought:
    return Sought(report.category, report.submitted_at, text, report.area, report.anchor_id, report.point)


async def _likely(
    work: Work, sought: Sought, communities: list[str], *, with_words: bool
) -> list[tuple[Likeness, Candidate]]:
    around = [path for path in lineage(sought.area or "") if _COURTYARD <= path.count(".") + 1 <= NARROWEST]
    rows = await doubles.near(work, communities=communities, anchor=sought.anchor_id, around=around, point=sought.point)
    found = [_candidate(row, _words(work, row) if with_words else None) for row in rows]
    return sorted(((likeness(sought, one), one) for one in found), key=lambda pair: (-pair[0].whole, pair[1].id))


def _words(work: Work, row: Row) -> str | None:
    work.vault.take(row.reporter_id, row.wrapped)
    try:
        return work.vault.read(row.reporter_id, Place("reports", "text", row.id), row.sealed_text)
    except Unreadable:
        return None


def _candidate(row: Row, text: str | None) -> Candidate:
    point = Point(row.lat, row.lng) if row.lat is not None else None
    return Candidate(
        row.id, row.number, row.category, row.status, row.submitted_at, row.supporters, row.area, row.anchor_id, point, text
    )


async def _opened(work: Work, report: Report) -> str | None:
    try:
        return await work.unseal(report.reporter_id, "reports", "text", report.id, report.sealed_text)
    except Unreadable:
        return None
