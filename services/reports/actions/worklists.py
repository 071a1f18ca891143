"""Worklists: pages of reports by due time, by distance or newest first, each with what it is called and what can be done now."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.crypto import Place, Unreadable
from chassis.db import Work
from chassis.pages import COUNTED, Page
from chassis.prepared import Row
from chassis.rights import Actor, Answer, Scope, can
from contracts.area import community_of, lineage
from services.reports.actions.looking import FORGOTTEN
from services.reports.domain import labels
from services.reports.domain.catalogue import Catalogue
from services.reports.domain.coordinates import Point
from services.reports.domain.machine import Status, offered
from services.reports.domain.part import Parts
from services.reports.domain.severity import at_least
from services.reports.domain.worklist import (
    Cursor,
    Filters,
    List,
    Order,
    Origin,
    Question,
    key_metres,
    key_moment,
    metres_key,
    moment_key,
    shortened,
)
from services.reports.store import catalogues, places, worklists
from services.reports.store.dues import told

_LEAVES = "exports.make"
_DEGREE = 111_320.0  # metres of latitude
_BELOW_THE_COMMUNITY = 3  # a place is called by its grid, courtyard, building and unit; the community goes without saying


@dataclass(frozen=True)
class Slice:
    """How much of a list, from where."""

    limit: int
    cursor: str | None = None


@dataclass(frozen=True)
class _Asked:
    """A question as it is put: to whom, with which values."""

    by: Actor
    question: Question
    values: Mapping[str, Any]
    filters: frozenset[str]

    def prepared(self, **phase: bool) -> Any:
        asked = self.question
        return worklists.question(asked.name, asked.order, self.filters, len(asked.filters.words), **phase)


async def listed(work: Work, *, by: Actor, question: Question, part: Slice) -> Page[dict[str, Any]]:
    """A page of a list, of what lies where this person serves. CursorRefused, PlacesTooMany."""
    asked = await _asked(work, by, question, "worklists.read")
    after = Cursor.decode(part.cursor, question) if part.cursor else None
    rows, phases = await _rows(work, asked, after, part.limit + 1)
    counted, _ = asked.prepared()
    total = await work.value(counted, **asked.values)
    cursor = _ended(question, rows[part.limit - 1], after, moved=phases[part.limit - 1]) if len(rows) > part.limit else None
    items = await shown(work, rows[: part.limit], by=by)
    return Page(items=items, next=cursor, total=min(total, COUNTED - 1), total_is="exact" if total < COUNTED else "at_least")


async def counted(work: Work, *, by: Actor, filters: Filters) -> list[dict[str, Any]]:
    """How many reports each list has for this person."""
    by.may("worklists.read")
    asked = await _asked(work, by, Question(List.EVERY, Order.NEW, filters), "worklists.read")
    row = await work.row(worklists.counts(asked.filters), **asked.values)
    found = dict(row) if row is not None else {}
    return [
        {
            "name": one, "label": labels.LISTS[one], "total": min(found[one], COUNTED - 1), "href": f"/api/v1/worklists/{one}",
            "total_is": "exact" if found[one] < COUNTED else "at_least",
        }
        for one in List
    ]


async def how_many(work: Work, *, by: Actor, question: Question, most: int) -> int:
    """How many reports a list has for this person, up to so many."""
    asked = await _asked(work, by, question, _LEAVES)
    counting = worklists.counting(question.name, asked.filters, len(question.filters.words), most)
    return int(await work.value(counting, **asked.values))


async def page_of(work: Work, *, by: Actor, question: Question, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """So many reports of a list, newest first, after this one; with their texts masked, and not cut short."""
    asked = await _asked(work, by, question, _LEAVES)
    _, page = asked.prepared(further=after is not None)
    rows = await work.rows(page, **asked.values, after_id=after, limit=limit)
    items = await shown(work, rows, by=by)
    return [{**item, "text": labels.masked(text_of(work, row), longest=None)} for item, row in zip(items, rows, strict=True)]


async def shown(work: Work, rows: list[Row], *, by: Actor) -> list[dict[str, Any]]:
    """Rows as a dashboard draws them: texts masked, words in Chinese, places by name, the acts that are allowed now."""
    paths = {path for row in rows for path in lineage(row.area)}
    called = await places.names(work, paths)
    versions = {(community_of(row.area), row.category_version) for row in rows if row.subcategory is not None}
    said = {one: await catalogues.of_version(work, *one) for one in versions}
    return [{**_item(work, row, called, by), **_below(said, row)} for row in rows]


def _below(said: Mapping[tuple[str, int], Catalogue], row: Row) -> dict[str, str | None]:
    """What a report is about below its category, as that was called when it was said."""
    if row.subcategory is None:
        return {"subcategory": None, "subcategory_label": None}
    names = said[community_of(row.area), row.category_version].names(row.category, row.subcategory)
    return {"subcategory": row.subcategory, "subcategory_label": " › ".join(names)}


async def asked_of(work: Work, *, by: Actor, right: str, question: Question) -> tuple[frozenset[str], dict[str, Any]]:
    """Which filters a question has, and the values they are put with, within what this right reaches."""
    asked = await _asked(work, by, question, right)
    return asked.filters, dict(asked.values)


async def _asked(work: Work, by: Actor, question: Question, right: str) -> _Asked:
    scope: Scope = by.scope(right)
    given = {name: value for name, value in vars(question.filters).items() if value and name in worklists.FILTERS}
    units = [one.unit_id for one in by.assignments if one.unit_id is not None]
    values: dict[str, Any] = {**worklists.moments(work), **given, "areas": scope.areas, "person": by.id, "units": units}
    if question.filters.severity is not None:
        values["severity"] = at_least(question.filters.severity)
    if question.origin is not None:
        values |= _around(question.origin)
    for n, word in enumerate(question.filters.words):
        values |= await _word(work, n, word, scope)
    filed = {"filed"} if right == _LEAVES else set()  # what leaves the platform is what people filed, each once
    return _Asked(by, question, values, frozenset(given) | filed)


async def _word(work: Work, n: int, word: str, scope: Scope) -> dict[str, Any]:
    categories = [code for code, called in labels.KEYWORDS.items() if any(word in one for one in called)]
    return {
        f"like{n}": worklists.like(word), f"categories{n}": categories, f"is_long{n}": len(word) > 2,  # noqa: PLR2004 - of trigrams
        f"places{n}": await worklists.places(work, word, scope.areas),
    }


def _around(origin: Origin) -> dict[str, Any]:
    point, reach = origin.point.wgs84(), origin.within / _DEGREE
    east = reach / max(0.01, math.cos(math.radians(point.lat)))
    return {"lat": point.lat, "lng": point.lng, "within": origin.within, "reach_lat": reach * 1.01, "reach_lng": east * 1.01}


async def _rows(work: Work, asked: _Asked, after: Cursor | None, limit: int) -> tuple[list[Row], list[bool]]:
    """So many rows after the cursor, and of each whether it moved since the walk began: the first phase, and then the second."""
    rows: list[Row] = []
    if after is None or not after.moved:
        _, page = asked.prepared(further=after is not None)
        rows = await work.rows(page, **asked.values, **_after(asked.question, after), limit=limit)
    still = len(rows)
    if asked.question.order is Order.DUE and after is not None and still < limit:
        _, page = asked.prepared(moved=True, further=True)
        began = {"after_key": after.key, "after_id": after.id} if after.moved else {"after_key": 0, "after_id": UUID(int=0)}
        walk = {"after_floor": after.floor, "snapshot": after.snapshot}
        rows += await work.rows(page, **asked.values, **began, **walk, limit=limit - still)
    return rows, [place >= still for place in range(len(rows))]


def _after(question: Question, after: Cursor | None) -> dict[str, Any]:
    if after is None:
        return {}
    keys = {Order.DUE: key_moment, Order.NEAR: key_metres}
    key = keys[question.order](after.key) if question.order in keys else None
    return {"after_key": key, "after_id": after.id, "snapshot": after.snapshot}


def _ended(question: Question, last: Row, after: Cursor | None, *, moved: bool) -> str:
    """The cursor of the page after the one that ends with this row; the walk keeps the snapshot it began with."""
    snapshot = after.snapshot if after is not None else shortened(last.snapshot)
    if question.order is Order.NEAR:
        key = metres_key(last.metres)
    elif question.order is Order.NEW:
        key = 0
    else:
        key = last.moved_in if moved else moment_key(last.due_at)
    return Cursor(moved, snapshot, key, last.id).encode(question)


@dataclass(frozen=True)
class _Standing:
    """What the table of steps asks of a report."""

    id: UUID
    area: str
    status: Status
    owner_id: UUID
    assignee_id: UUID | None
    level: int
    appealed_at: Any
    parent_id: UUID | None
    parts: Parts


class _May:
    """Whether this person may take a step on this report."""

    def __init__(self, actor: Actor, report: _Standing) -> None:
        self.actor_id, self._actor, self._report = actor.id, actor, report

    def __call__(self, right: str) -> bool:
        return can(self._actor, self._actor.rights[right], self._report) is Answer.ALLOWED


def _item(work: Work, row: Row, called: Mapping[str, str], by: Actor) -> dict[str, Any]:
    report = _Standing(
        row.id, row.area, Status(row.status), row.divided_by or row.reporter_id, row.assignee_id, row.level, row.appealed_at,
        row.parent_id, Parts(row.many_parts, tuple(row.open_parts or ())),
    )
    steps = [one for one in offered(report, _May(by, report)) if "href" in one]
    plain = ("id", "number", "area", "category", "status", "assignee_id", "level", "lat", "lng", "supporters", "reopen_count",
             "submitted_at", "updated_at", "photos", "parent_id", "parent_number")
    due = told(row.due_at) if row.due_at is not None else None
    return {
        **{name: row[name] for name in plain}, "text": labels.masked(text_of(work, row)),
        "reporter_id": report.owner_id, "parts": row.many_parts, "open_parts": len(report.parts.open),
        "category_label": labels.CATEGORIES[row.category], "status_label": labels.STATUSES[row.status],
        "severity": row.severity, "severity_label": labels.SEVERITIES[row.severity],
        "level_label": labels.OFFICES[row.level], "place": _called(row.area, called),
        "metres": round(row["metres"]) if "metres" in row else None,
        "due": None if due is None else {
            "at": due, "clock": row.kind, "label": labels.CLOCKS[row.kind], "overdue": due <= work.now,
        },
        "actions": [{**one, "label": labels.BUTTONS[one["name"]]} for one in steps],
    }


def text_of(work: Work, row: Row) -> str:
    """What its reporter wrote, in the clear; a sentence of ours once they were forgotten."""
    work.vault.take(row.reporter_id, row.wrapped)
    try:
        return work.vault.read(row.reporter_id, Place("reports", "text", row.id), row.sealed_text)
    except Unreadable:
        return FORGOTTEN


def _called(area: str, called: Mapping[str, str]) -> str:
    """The place by its names, from the grid down; what has no name by its code."""
    below = lineage(area)
    return " ".join(called.get(path, path.rpartition(".")[2]) for path in sorted(below, key=len)[_BELOW_THE_COMMUNITY:])


def gcj02(item: dict[str, Any]) -> dict[str, Any]:
    """The same with its point as Chinese maps draw it."""
    if item["lat"] is None or item["lng"] is None:
        return item
    shifted = Point(item["lat"], item["lng"]).gcj02()
    return {**item, "lat": shifted.lat, "lng": shifted.lng}
