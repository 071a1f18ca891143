"""Phrases: kept, taken away, and shown with their gaps filled from a report."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import Actor, NotAllowedHere
from contracts.area import community_of, contains, lineage
from contracts.calendar import CHENGDU
from services.reports.domain import labels
from services.reports.domain.phrase import MOST_OWN, MOST_SHARED, Phrase, PhrasesEnough, PhraseThere, PhraseUnfit
from services.reports.domain.report import Report
from services.reports.store import dues, phrases, places


async def keep(work: Work, *, by: Actor, act: str, title: str, said: str, area: str | None) -> dict[str, Any]:
    """One's own, or a community's where an area is named. NotAllowedHere, PhraseUnfit, PhrasesEnough, PhraseThere."""
    serves = by.scope("phrases.read").areas
    if not serves:
        raise NotAllowedHere(action="phrases.read")
    made = Phrase(work.new_id(), area or serves[0], by.id if area is None else None, act, title, said, work.now)
    if area is not None:
        _must_write(by, made)
        if community_of(area) != area:
            raise PhraseUnfit(why="area")
    made.must_be_fit()
    await work.taking_turns(made.owner_id.bytes if made.owner_id else work.vault.keys.blind("phrases.turn", made.area))
    if await phrases.counted(work, made) >= (MOST_SHARED if made.owner_id is None else MOST_OWN):
        raise PhrasesEnough
    if not await phrases.keep(work, made):
        raise PhraseThere
    return _view(made, {})


async def listed(work: Work, *, by: Actor, report_id: UUID | None) -> list[dict[str, Any]]:
    """Those one may use; filled from a report where one is named."""
    areas = by.scope("phrases.read").areas
    facts = {} if report_id is None else await _facts(work, await work.seen(Report, report_id, by.may("phrases.read")))
    return [_view(one, facts) for one in await phrases.for_person(work, by.id, areas)]


async def remove(work: Work, key: UUID, *, by: Actor) -> None:
    """One's own, or a community's by who may write them. NotFound of another's own."""
    by.may("phrases.read")
    held = await work.session.get(Phrase, key, with_for_update=True)
    if held is None or (held.owner_id is not None and held.owner_id != by.id):
        raise NotFound
    if held.owner_id is None:
        _must_write(by, held)
    await phrases.remove(work, held)


def _must_write(by: Actor, made: Phrase) -> None:
    """NotAllowedHere of who reads it, serving in a part of the community; NotFound of a stranger."""
    may = by.may("phrases.write")
    if any(contains(made.area, one) for one in by.scope("phrases.read").areas) and not _serves_over(by, made.area):
        raise NotAllowedHere(action="phrases.write")
    may.check(made)


def _serves_over(by: Actor, area: str) -> bool:
    return any(contains(one.area, area) for one in by.assignments)


async def _facts(work: Work, report: Report) -> dict[str, str]:
    """What fills the gaps: of the report, and of today in Chengdu."""
    below = lineage(report.area)[3:]
    called = await places.names(work, below)
    due = await dues.due_of(work, report.id)
    local = work.now.astimezone(CHENGDU)
    return {
        "编号": report.number, "类别": labels.CATEGORIES[report.category], "今天": f"{local.month}月{local.day}日",
        "地点": " ".join(called.get(path, path.rpartition(".")[2]) for path in below),
        "到期时间": "（无）" if due is None else f"{due.astimezone(CHENGDU):%m月%d日 %H:%M}",
    }


def _view(made: Phrase, facts: dict[str, str]) -> dict[str, Any]:
    return {
        "id": made.id, "title": made.title, "act": made.act, "said": made.said, "own": made.owner_id is not None,
        "area": made.area if made.owner_id is None else None, "filled": made.filled(facts) if facts else None,
    }
