"""Reports as they are shown: texts opened for who may read them, photos as links that last ten minutes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import uploads
from chassis.crypto import Place, Unreadable
from chassis.db import Work
from chassis.files import Files
from chassis.pages import Page, Paging
from chassis.prepared import Row
from chassis.rights import Actor, Answer, can
from services.reports.actions import answers, seen
from services.reports.actions.images import DEVELOPED
from services.reports.domain import onsite
from services.reports.domain.chain import CLEAR, Transition, broken_at
from services.reports.domain.field import kept
from services.reports.domain.machine import offered
from services.reports.domain.report import Report
from services.reports.store import catalogues, clusters, parts, queries

FORGOTTEN = "（该内容已应本人要求删除）"


@dataclass(frozen=True)
class _Lying:
    """Where a part lies, and whose it is."""

    area: str
    owner_id: UUID


async def worklist(work: Work, *, by: Actor, paging: Paging, mine: bool, **filters: object) -> Page[dict[str, Any]]:
    """Reports this person may see, newest first, with their texts; the filters are those of the list."""
    found = await queries.REPORTS.page(work, paging, by.scope("reports.read"), mine=by.id if mine else None, **filters)
    for row in found.items:
        work.vault.take(row["reporter_id"], row.pop("wrapped"))
        row["text"] = _text(work, row["reporter_id"], row["id"], row.pop("sealed_text"))
        row["reporter_id"] = row.pop("divided_by") or row["reporter_id"]
    return found


async def one(work: Work, files: Files, report_id: UUID, *, by: Actor) -> dict[str, Any]:
    """A report this person may see, with its photos and what can be done now."""
    report = await work.seen(Report, report_id, by.may("reports.read"))
    await seen.by_staff(work, report, by)
    return await shown(work, files, report, by=by)


async def shown(work: Work, files: Files, report: Report, *, by: Actor) -> dict[str, Any]:
    """The report as an answer."""
    wanted = (
        "id", "number", "area", "category", "status", "assignee_id", "satisfaction", "parent_id", "channel",
        "subcategory", "category_version", "severity",
        "lat", "lng", "anchor_id", "supporters", "submitted_at", "updated_at", "reopen_count", "level",
    )
    found = await uploads.of(work, f"before/{report.id}", f"after/{report.id}")
    photos = [_photo(work, files, row) for row in sorted(found, key=lambda row: row.claimed_by.startswith("after"))]
    await work.vault.fetch({report.reporter_id})
    text = _text(work, report.reporter_id, report.id, report.sealed_text)
    return {
        **{name: getattr(report, name) for name in wanted}, "text": text, "photos": photos,
        "reporter_id": report.owner_id, "said": _said(report),
        "subcategory_names": await _names(work, report), "answers": kept(await answers.of(work, report)),
        **await _resolution(work, report), "merged_into": await _master(work, report), **await _parts(work, report, by),
        "actions": offered(report, _May(by, report)),
    }


async def story(work: Work, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """Every step of a report this person may see."""
    report = await work.seen(Report, report_id, by.may("reports.read"))
    await work.vault.fetch({report.reporter_id})
    return [
        {
            "seq": row.seq, "action": row.action, "from_status": row.from_status, "to_status": row.to_status,
            "actor_id": row.actor_id, "at": row.at, "note": _note(work, report, row), "role": row.role, "level": row.level,
            "reason_code": row.reason_code, "acting_id": row.acting_id,
        }
        for row in await queries.history(work, report_id)
    ]


async def verified(work: Work, report_id: UUID, *, by: Actor) -> dict[str, Any]:
    """Whether its steps are the chain they were written as; the first step that is not."""
    report = await work.seen(Report, report_id, by.may("reports.verify"))
    await work.vault.fetch({report.reporter_id})
    steps = [_linked(work, report, row) for row in await queries.history(work, report_id)]
    broken = broken_at(steps, report.last_seq, report.last_hash)
    return {
        "sound": broken is None, "steps": len(steps), "broken_at": broken,
        "unprovable": [step.seq for step, _ in steps if not step.provable],
    }


def _linked(work: Work, report: Report, row: Any) -> tuple[Transition, bytes]:
    note = _note(work, report, row) if row.spelling == CLEAR else None
    said = {name: value for name, value in row.items() if name not in {"hash", "anew"}}
    return Transition(**said, note=None if note == FORGOTTEN else note), row.hash


async def _master(work: Work, report: Report) -> dict[str, Any] | None:
    """What carries its work now; its reporter sees how that stands, and not whose it is."""
    if report.master_id is None:
        return None
    row = await work.row(clusters.STANDING, report=report.master_id)
    return dict(row) if row is not None else None


async def _names(work: Work, report: Report) -> list[str]:
    """What it is about below its category, as that was called when it was said."""
    if report.subcategory is None:
        return []
    said = await catalogues.of_version(work, report.area, report.category_version)
    return said.names(report.category, report.subcategory)


def _said(report: Report) -> dict[str, Any] | None:
    if report.said_crs is None:
        return None
    return {"lat": report.said_lat, "lng": report.said_lng, "crs": report.said_crs, "accuracy_m": report.accuracy_m}


async def _parts(work: Work, report: Report, by: Actor) -> dict[str, Any]:
    """What it was divided into, or the report it is a part of; nobody's words are among that."""
    if report.parent_id is not None:
        return {"parts": [], "parent_number": await parts.number_of(work, report.parent_id)}
    found = await parts.of(work, report.id)
    report.parts = parts.summed(found)
    return {"parts": [_part(row, by) for row in found], "parent_number": None}


def _part(row: Row, by: Actor) -> dict[str, Any]:
    """Its reporter reads how it stands and opens none."""
    opens = can(by, by.rights["reports.read"], _Lying(row.area, row.divided_by)) is Answer.ALLOWED
    return {"id": row.id if opens else None, "number": row.number, "category": row.category, "status": row.status}


async def _resolution(work: Work, report: Report) -> dict[str, Any]:
    """What was done, and where it was photographed, while that is where it stands."""
    if report.resolved_at is None:
        return {"resolution": None, "resolved_where": None}
    step = await queries.last_note(work, report.id, "resolve")
    where = onsite.told(step.reason_code) if step is not None else None
    return {"resolution": _note(work, report, step), "resolved_where": where}


def _note(work: Work, report: Report, step: Any) -> str | None:
    if step is None or step.sealed_note is None:
        return None
    table, sealed = ("transitions", step.sealed_note) if step.anew is None else ("notes_anew", step.anew)
    return opened(work, report.reporter_id, Place(table, str(step.seq), report.id), sealed)


class _May:
    """Whether this person may take a step on this report, for the table of offers."""

    def __init__(self, actor: Actor, report: Report) -> None:
        self.actor_id = actor.id
        self._actor = actor
        self._report = report

    def __call__(self, right: str) -> bool:
        return can(self._actor, self._actor.rights[right], self._report) is Answer.ALLOWED


def _photo(work: Work, files: Files, row: Any) -> dict[str, Any]:
    role = row.claimed_by.partition("/")[0]
    return {"id": row.id, "role": role, "state": row.state, "reason": row.reason, **_links(work, files, row)}


def _links(work: Work, files: Files, row: Any) -> dict[str, str]:
    if row.state != "ready":
        return {}
    keys = {"url": row.web_key, "thumb_url": row.thumb_key}
    return {name: files.link(key, work.now, DEVELOPED) for name, key in keys.items()}


def _text(work: Work, reporter: UUID, report: UUID, sealed: bytes) -> str:
    return opened(work, reporter, Place("reports", "text", report), sealed)


def opened(work: Work, person: UUID, place: Place, sealed: bytes) -> str:
    """What was sealed for somebody; that it is gone, if they were forgotten."""
    try:
        return work.vault.read(person, place, sealed)
    except Unreadable:
        return FORGOTTEN
