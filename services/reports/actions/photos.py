"""Photos of reports, from what was sent to what may be shown; and what happens when one cannot be used."""

import hashlib
import logging
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from chassis.db import Work
from chassis.errors import Unavailable
from chassis.files import Files
from chassis.process import Running
from chassis.uploads import WRITABLE, uploads
from contracts.reports import PhotoRejected
from services.reports.actions import doubles, images, publications
from services.reports.actions.darkroom import Darkroom
from services.reports.domain.check import Kind
from services.reports.domain.report import Report
from services.reports.store import checks, prints

log = logging.getLogger(__name__)
FORGOTTEN = "forgotten"  # whose person is: nobody is shown it any more, and it is deleted


async def prepare(running: Running) -> None:
    """Make the bucket, if the store answers; a report without photos is filed even when it does not."""
    try:
        await running.files.prepare()
    except Unavailable:
        log.warning("object store unavailable at start")


async def develop_one(work: Work, files: Files, darkroom: Darkroom) -> bool:
    """One photo, one step on: its variants are kept in one transaction, what was sent is deleted in the next.

    Deleting in the first would lose the photo if the process died before its commit; both steps may run again.
    """
    asked = select(uploads).where(uploads.c.state == "claimed").order_by(uploads.c.created_at).limit(1)
    row = (await work.session.execute(asked.with_for_update(skip_locked=True))).first()
    if row is None:
        return False
    result = await _finished(work, files, row) if row.web_key or row.reason else await _developed(work, files, row, darkroom)
    await work.session.execute(update(uploads).where(uploads.c.id == row.id).values(**result))
    return True


async def _developed(work: Work, files: Files, row: Any, darkroom: Darkroom) -> dict[str, Any]:
    if await files.size(row.key) is None:
        return {"reason": "lost"}
    content = await files.get(row.key)
    try:
        photo = await darkroom.develop(content)
    except images.NotAPhoto as refused:
        return {"reason": str(refused), "sha256": hashlib.sha256(content).digest()}
    if photo.looks is not None and row.claimed_by.startswith("before/"):  # what was mended looks like nothing that is reported
        await prints.keep(work, row.id, UUID(row.claimed_by.split("/")[1]), photo.looks)
    web, thumb = files.key_beside(row.key, "web"), files.key_beside(row.key, "thumb")
    await files.put(web, photo.web, images.DEVELOPED)
    await files.put(thumb, photo.thumb, images.DEVELOPED)
    return {
        "web_key": web, "thumb_key": thumb, "width": photo.width, "height": photo.height,
        "sha256": hashlib.sha256(content).digest(),
    }


async def _finished(work: Work, files: Files, row: Any) -> dict[str, Any]:
    await files.delete(row.key)  # only what we wrote ourselves is ever served
    if row.reason:
        await _tell_rejected(work, UUID(row.claimed_by.split("/")[1]), row.reason)
    else:
        report = UUID(row.claimed_by.split("/")[1])
        await checks.begin(work, report, Kind.PHOTO, row.id)
        await doubles.suggest_by_photo(work, report, row.id)
    state = "rejected" if row.reason else "ready"
    log.info("photo %s", state, extra={"facts": {"upload": row.id}})
    return {"state": state}


async def forget_one(work: Work, files: Files) -> bool:
    """Delete a photo whose person was forgotten, and its row last: who dies in between does it again."""
    over = uploads.c.created_at < work.now - WRITABLE
    asked = select(uploads).where(uploads.c.state == FORGOTTEN, over).limit(1).with_for_update(skip_locked=True)
    row = (await work.session.execute(asked)).first()
    if row is None:
        return False
    for key in (row.key, files.key_beside(row.key, "web"), files.key_beside(row.key, "thumb")):
        await files.delete(key)
    await publications.forget(work, files, row.id, row.key)
    await prints.forget(work, row.id)
    await checks.forget_photo(work, row.id)
    await work.session.execute(delete(uploads).where(uploads.c.id == row.id))
    return True


async def _tell_rejected(work: Work, report_id: UUID, reason: str) -> None:
    report = await work.session.get_one(Report, report_id)
    work.announce(PhotoRejected(**report.called(), reason=reason))
