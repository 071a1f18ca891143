"""Exports: asked for, made in the background page by page, fetched once, and swept away."""

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis import crypto, directory
from chassis.db import Work
from chassis.files import Files
from chassis.pages import Page, Paging
from chassis.process import Running
from chassis.rights import Actor, NotAllowedHere
from contracts.reports import RecordShown
from services.reports.actions import worklists
from services.reports.domain import sheet
from services.reports.domain.export import (
    A_DAY,
    KEPT,
    MOST_ROWS,
    PURPOSES,
    Export,
    ListEmpty,
    ListsTooMany,
    ListTooLong,
    Purpose,
    must_be_fresh,
)
from services.reports.domain.sheet import Mark
from services.reports.domain.worklist import Question
from services.reports.store import exported
from services.reports.store import exports as store

_PAGE = 500
_TOLD_AT_ONCE = 200  # people, in a transaction
_BINARY = "application/octet-stream"


async def ask(work: Work, *, by: Actor, question: Question, purpose: Purpose, written: str) -> Export:
    """It is made in a moment. NotAllowedHere, DirectoryStale, ListsTooMany, ListEmpty, ListTooLong.

    Of many at once of one person each counts those before it, so that no more than the day's are made.
    """
    serves = by.scope("exports.make").areas
    if not serves:
        raise NotAllowedHere(action="exports.make")
    await directory.must_be_fresh(work, by)
    await work.taking_turns(by.id.bytes)
    if await store.made_since(work, by.id, work.now - timedelta(days=1)) >= A_DAY:
        raise ListsTooMany(retry_after=3600)
    total = await worklists.how_many(work, by=by, question=question, most=MOST_ROWS + 1)
    if total == 0:
        raise ListEmpty
    if total > MOST_ROWS:
        raise ListTooLong
    made = Export(
        work.new_id(), serves[0], by.id, work.now, purpose.value, written, question.name, total, work.now + KEPT,
        said=question.filters.kept(),
    )
    work.session.add(made)
    await work.audit("exports.make", f"exports/{made.id}", actor=by.id, reason=f"{purpose} {total}")
    return made


async def listed(work: Work, *, by: Actor, paging: Paging) -> Page[dict[str, Any]]:
    """One's own, newest first, with how far each is."""
    return await store.EXPORTS.page(work, paging, by.scope("exports.read"))


async def one(work: Work, key: UUID, *, by: Actor) -> Export:
    """One's own, and how far it is."""
    return await work.seen(Export, key, by.may("exports.read"))


async def fetch(work: Work, files: Files, key: UUID, *, by: Actor, claims: dict[str, Any]) -> tuple[Export, bytes]:
    """The file, once; of many at once one has it. ProofNotFresh, DirectoryStale, NotAllowedHere, ListNotReady, ListOver.

    Who serves there no more does not fetch what they asked for while they did.
    """
    held = await work.locked(Export, key, by.may("exports.read"))
    must_be_fresh(claims, work.now)
    await directory.must_be_fresh(work, by)
    if not by.scope("exports.make").areas:
        raise NotAllowedHere(action="exports.make")
    sealed = await files.get(held.fetch(work.now))
    await work.audit("exports.fetch", f"exports/{held.id}", actor=by.id, reason=f"{held.purpose} {held.done}")
    return held, crypto.unseal(work.vault.keys.kek, _place(held.id), sealed)


async def work_one(running: Running) -> bool:
    """Make one that waits; False when there is none. Each page is a transaction of its own, which says how far it is."""
    held: Export | None = await running.database.do(_take_up)
    if held is None:
        return False
    if held.state != "working":
        return True
    by, _ = (await running.directory.look_up([held.asked_by]))[held.asked_by]
    rows = await _rows(running, held, by)
    if rows is None:
        return True
    who = await running.database.do(lambda work: store.called(work, held.asked_by))
    mark = Mark(str(held.id), who, running.settings.clock.now(), len(rows), PURPOSES[Purpose(held.purpose)])
    content = await asyncio.to_thread(_written, held.written, mark, rows)
    sealed = crypto.seal(running.database.keys.kek, _place(held.id), content)
    key = running.files.new_key()
    await running.files.put(key, sealed, _BINARY)
    if not await running.database.do(lambda work: store.finish(work, held, state="ready", key=key, over_at=work.now + KEPT)):
        await running.files.delete(key)
    return True


async def sweep_one(running: Running) -> bool:
    """What nobody may fetch any more leaves the store; False when there is none."""

    async def sweep(work: Work) -> bool:
        held = await store.next_to_sweep(work)
        if held is None:
            return False
        if held.file_key is not None:
            await running.files.delete(held.file_key)
        held.swept_at = work.now
        if held.state in {"waiting", "working", "ready"}:
            held.state = "over"
            await exported.clear(work, held.id)
        return True

    return bool(await running.database.do(sweep))


async def tell_one(work: Work) -> bool:
    """Say to some of those whose reports a list held that somebody has it: in their register, once; False when there are none."""
    held = await exported.next_to_tell(work)
    if held is None:
        return False
    for person in await exported.take_people(work, held.id, _TOLD_AT_ONCE):
        if person != held.asked_by:
            work.announce(RecordShown(access_id=work.new_id(), person_id=person, actor_id=held.asked_by, act="exports.make"))
    return True


async def _take_up(work: Work) -> Export | None:
    held = await store.next_waiting(work)
    if held is not None:
        held.take_up(work.now)
        await exported.clear(work, held.id)
        if held.state == "failed":
            await work.audit("exports.make", f"exports/{held.id}", actor=None, reason="failed")
    return held


async def _rows(running: Running, held: Export, by: Actor) -> list[tuple[str, ...]] | None:
    """All rows as they are now for who asked; none once somebody else makes it, or it can be asked no more."""
    rows: list[tuple[str, ...]] = []
    after: UUID | None = None

    async def page(work: Work) -> list[dict[str, Any]] | None:
        found = await worklists.page_of(work, by=by, question=held.question(), after=after, limit=_PAGE)
        if not await store.advance(work, held, len(rows) + len(found)):
            return None
        await exported.keep(work, held.id, [one["id"] for one in found])
        return found

    while len(rows) < MOST_ROWS:
        found = await running.database.do(page)
        if found is None:
            return None
        rows += map(sheet.row, found)
        if len(found) < _PAGE:
            break
        after = found[-1]["id"]
    return rows[:MOST_ROWS]


def _written(written: str, mark: Mark, rows: list[tuple[str, ...]]) -> bytes:
    return sheet.as_csv(mark, rows) if written == "csv" else _xlsx(mark, rows)


def _xlsx(mark: Mark, rows: list[tuple[str, ...]]) -> bytes:
    """A workbook of texts alone; the watermark stands above, and at the head and foot of every printed page."""
    from openpyxl import Workbook  # noqa: PLC0415 - the worker carries it only once there is something to write

    book = Workbook(write_only=True)
    page: Any = book.create_sheet("报事")
    page.oddHeader.center.text = page.oddFooter.center.text = mark.line.replace("&", "&&")
    for cells in ([sheet.safe(mark.line)], [*sheet.TITLES, "导出编号"], *([*one, mark.key] for one in rows)):
        page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _place(key: UUID) -> crypto.Place:
    return crypto.Place("exports", "file", key)
