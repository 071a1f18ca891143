"""关注: followed, listed, left; and who is told that something went on where they look."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.directory import area_exists
from chassis.errors import NotFound
from chassis.rights import Actor
from contracts.reports import ReportResolved, ReportSubmitted
from contracts.reports_outside import FollowersTold
from services.reports.actions.anchors import hanging_by
from services.reports.domain.anchor import NARROWEST
from services.reports.domain.follow import MOST, TOLD_TOGETHER, Follow, FollowsEnough, NothingToFollow
from services.reports.domain.report import Report
from services.reports.domain.routing import NoSuchArea
from services.reports.domain.support import neighbourly
from services.reports.store import follows as store


async def begin(work: Work, *, by: Actor, area: str | None, code: str | None, category: str | None) -> dict[str, Any]:
    """Followed from now on; the same twice is one. NothingToFollow, NoSuchArea, AnchorUnknown, FollowsEnough."""
    may = by.may("follows.keep")
    if (area is None) == (code is None):
        raise NothingToFollow
    anchor = await hanging_by(work, code) if code is not None else None
    made = Follow(work.new_id(), by.id, anchor.area if anchor is not None else area or "", work.now, category=category)
    made.anchor_id = anchor.id if anchor is not None else None
    made.must_be_public()
    neighbourly(may).check(made)
    if not await area_exists(work, made.area):
        raise NoSuchArea
    await work.taking_turns(by.id.bytes)
    kept = await store.of_person(work, by.id)
    same = [row for row in kept if (row.area, row.anchor_id, row.category) == (made.area, made.anchor_id, made.category)]
    if same:
        return dict(same[0])
    if len(kept) >= MOST:
        raise FollowsEnough
    await store.keep(work, made)
    return vars(made)


async def listed(work: Work, *, by: Actor) -> list[dict[str, Any]]:
    """One's own."""
    by.may("follows.keep")
    return [dict(row) for row in await store.of_person(work, by.id)]


async def end(work: Work, key: UUID, *, by: Actor) -> None:
    """No longer. NotFound of another's."""
    by.may("follows.keep")
    if not await store.remove(work, key, by.id):
        raise NotFound


async def tell(work: Work, event: ReportSubmitted | ReportResolved) -> None:
    """Who follows the place hears of it: of no dwelling, nor of what concerns them already as reporter or voice."""
    report = await work.session.get(Report, event.report_id)
    if report is None or report.area.count(".") + 1 > NARROWEST:
        return
    if report.parent_id is not None:  # a part says nothing that is not said of its report
        return
    known = {event.reporter_id, *(event.voices if isinstance(event, ReportResolved) else ())}
    found = await store.concerned(work, report.area, anchor=report.anchor_id, category=report.category)
    concerned = [one for one in found if one not in known]
    step = "submitted" if isinstance(event, ReportSubmitted) else "resolved"
    for first in range(0, len(concerned), TOLD_TOGETHER):
        told = tuple(concerned[first : first + TOLD_TOGETHER])
        work.announce(FollowersTold(area=report.area, report_id=report.id, number=report.number, step=step, followers=told))
