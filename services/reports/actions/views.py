"""Saved views: kept under a name, put again, taken away."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.pages import Page
from chassis.rights import Actor, NotAllowedHere
from services.reports.actions import worklists
from services.reports.actions.worklists import Slice
from services.reports.domain import labels
from services.reports.domain.view import MOST, NotInTheUnit, View, ViewsEnough, ViewThere
from services.reports.domain.worklist import Question
from services.reports.store import views as store


async def save(work: Work, *, by: Actor, name: str, question: Question, unit: UUID | None) -> dict[str, Any]:
    """Kept for oneself or for one's unit. NotAllowedHere of who serves nowhere; NotInTheUnit, ViewsEnough, ViewThere."""
    serves = by.scope("views.keep").areas
    if not serves:
        raise NotAllowedHere(action="views.keep")
    if unit is not None and unit not in _units(by):
        raise NotInTheUnit
    await work.taking_turns((unit or by.id).bytes)
    if await store.counted(work, owner=by.id, unit=unit) >= MOST:
        raise ViewsEnough
    made = View(work.new_id(), serves[0], by.id, unit, name, question.name, question.order, work.now, question.filters.kept())
    made.question()
    if not await store.keep(work, made):
        raise ViewThere
    return _view(made, by)


async def listed(work: Work, *, by: Actor) -> list[dict[str, Any]]:
    """One's own and those shared in one's units; of one that can be put no more, which words of it are none any more."""
    by.may("views.keep")
    return [_view(one, by) for one in await store.of_person(work, by.id, _units(by))]


async def put(work: Work, key: UUID, *, by: Actor, part: Slice) -> Page[dict[str, Any]]:
    """The reports it asks for, of what lies where *this* person serves. NotFound of another's, ViewOutdated."""
    by.may("views.keep")
    held = await work.session.get(View, key)
    _must_be_seen(held, by)
    if held is None:
        raise NotFound
    return await worklists.listed(work, by=by, question=held.question(), part=part)


async def remove(work: Work, key: UUID, *, by: Actor) -> None:
    """Its owner keeps it no longer; what is shared, anybody of the unit takes away. NotFound of another's."""
    by.may("views.keep")
    held = await work.session.get(View, key, with_for_update=True)
    _must_be_seen(held, by)
    if held is not None:
        await store.remove(work, held)


def _must_be_seen(held: View | None, by: Actor) -> None:
    """NotFound unless it is one's own, or shared where one serves: that others keep views is nobody's business."""
    own = held is not None and held.unit_id is None and held.owner_id == by.id
    if held is None or not (own or held.unit_id in _units(by)):
        raise NotFound


def _units(by: Actor) -> list[UUID]:
    return [one.unit_id for one in by.assignments if one.unit_id is not None]


def _view(made: View, by: Actor) -> dict[str, Any]:
    shown = {"id": made.id, "name": made.name, "worklist": made.list_name, "order": made.order_name, "saved_at": made.saved_at}
    return {
        **shown, "filters": made.said, "shared": made.unit_id is not None, "unit_id": made.unit_id, "own": made.owner_id == by.id,
        "worklist_label": labels.LISTS.get(made.list_name, made.list_name), "outdated": made.outdated(),
        "href": f"/api/v1/views/{made.id}/reports",
    }
