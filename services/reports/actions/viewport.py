"""The map: exact for staff where they serve; for everybody by cells, and as it was some months ago."""

from typing import Any

from chassis.db import Work
from chassis.rights import Actor
from services.reports.actions import worklists
from services.reports.domain import labels
from services.reports.domain import viewport as rules
from services.reports.domain.board import NoSuchCommunity, is_board, settled
from services.reports.domain.viewport import Box, NotOnTheMap
from services.reports.domain.worklist import Question
from services.reports.store import board
from services.reports.store import viewport as store
from services.reports.store.dues import told


async def drawn(work: Work, *, by: Actor, question: Question, box: Box, gcj02: bool) -> dict[str, Any]:
    """What of a list lies in the box where this person serves: at most 500 points, else cells with counts. NotOnTheMap."""
    if not question.name.is_in_hand or question.filters.words:
        raise NotOnTheMap
    filters, values = await worklists.asked_of(work, by=by, right="maps.read", question=question)
    values |= vars(box)
    rows = await work.rows(store.points(question.name, filters), **values, limit=rules.MOST_POINTS + 1)
    if len(rows) > rules.MOST_POINTS:
        found = await work.rows(store.cells(question.name, filters), **values, side=box.cell)
        made = [rules.cell(row.x, row.y, box.cell, {"count": row.many, "overdue": row.overdue}, gcj02=gcj02) for row in found]
        return rules.collection(made) | {"by": "cells"}
    return rules.collection([rules.point(row.lat, row.lng, _said(work, row), gcj02=gcj02) for row in rows]) | {"by": "points"}


async def heat(work: Work, community: str, *, box: Box, gcj02: bool) -> dict[str, Any]:
    """Where what was filed in the last settled months of a community: whole cells behind which five people stand.

    Told a month late and once, and by cells that never move, so that no two answers differ by one report.
    """
    if not is_board(community) or community not in await board.communities(work):
        raise NoSuchCommunity
    months, _ = settled(work.now, rules.MONTHS)
    rows = await store.public(work, community, box, since=months.since, before=months.before)
    made = [rules.cell(row.x, row.y, rules.PUBLIC_CELL, {"count": row.many}, gcj02=gcj02) for row in rows]
    return rules.collection(made) | {"by": "cells", "since": months.since, "before": months.before}


def _said(work: Work, row: Any) -> dict[str, Any]:
    due = told(row.due_at)
    return {
        "id": str(row.id), "number": row.number, "category": row.category, "category_label": labels.CATEGORIES[row.category],
        "status": row.status, "status_label": labels.STATUSES[row.status], "level": row.level, "reopened": row.reopen_count > 0,
        "parent_number": row.parent_number,
        "due_at": None if due is None else due.isoformat(), "overdue": due is not None and due <= work.now,
        "href": f"/api/v1/reports/{row.id}",
    }
