"""收回: who sent a photo or a recording takes it back, and nobody is shown it from that moment on; that one was taken back stays.

What was sent is held first and its report after it, as the worker holds them who develops it.
"""

import logging
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from chassis.db import Work
from chassis.errors import NotFound
from chassis.files import Files
from chassis.rights import Actor
from chassis.uploads import WRITABLE, uploads
from services.reports.actions import publications as shown
from services.reports.domain.check import Kind
from services.reports.domain.publication import State as Shown
from services.reports.domain.recording import TAKEN_BACK, Role, must_be_takeable
from services.reports.domain.report import Report
from services.reports.store import checks, prints, publications, recordings

log = logging.getLogger(__name__)


async def recording(work: Work, report_id: UUID, key: UUID, *, by: Actor) -> None:
    """Its sender wants it heard and seen by nobody; said twice it is done once. NotTakenBack."""
    may = by.may("recordings.take_back")
    await work.seen(Report, report_id, may)
    made = await recordings.held(work, key)
    if made is None or made.report_id != report_id or made.sender_id != by.id:
        raise NotFound
    if made.is_gone:
        return
    report = await work.locked(Report, report_id, may)
    mended = made.role == Role.AFTER and report.resolved_at is not None and report.resolved_at >= made.created_at
    waits = await checks.waits_for_staff(work, Kind.VIDEO, key)
    must_be_takeable(report.status, mended=mended, looked_at=waits)
    made.take_back()
    log.info("a recording is taken back", extra={"facts": {"recording": str(key)}})


async def photo(work: Work, report_id: UUID, key: UUID, *, by: Actor) -> None:
    """The same of a photo; what everybody could see is concealed. What a report was resolved by stays. NotTakenBack."""
    may = by.may("photos.take_back")
    await work.seen(Report, report_id, may)
    row = await _sent(work, report_id, key, by)
    if row.state == TAKEN_BACK:
        return
    report = await work.locked(Report, report_id, may)
    mended = row.claimed_by.startswith("after/")
    must_be_takeable(report.status, mended=mended, looked_at=await checks.waits_for_staff(work, Kind.PHOTO, key))
    public = await publications.held(work, report.id, key)
    if public is not None and public.state in {Shown.WANTED, Shown.PUBLIC}:
        work.announce(public.conceal(report, by=by.id, at=work.now))
    gone = {"state": TAKEN_BACK, "reason": None, "sha256": None, "swept_at": None}
    await work.session.execute(update(uploads).where(uploads.c.id == key).values(gone))
    log.info("a photo is taken back", extra={"facts": {"upload": str(key)}})


async def delete_photo(work: Work, files: Files) -> bool:
    """What was made of one that was taken back is deleted; once more, with what was sent, when its URL takes it no more."""
    over = uploads.c.created_at < work.now - WRITABLE
    mine = (uploads.c.state == TAKEN_BACK) & uploads.c.swept_at.is_(None) & or_(uploads.c.web_key.is_not(None), over)
    row = (await work.session.execute(select(uploads).where(mine).limit(1).with_for_update(skip_locked=True))).first()
    if row is None:
        return False
    for key in (row.key, files.key_beside(row.key, "web"), files.key_beside(row.key, "thumb")):
        await files.delete(key)
    await shown.forget(work, files, row.id, row.key)
    await prints.forget(work, row.id)
    await checks.forget_photo(work, row.id)
    done = {"web_key": None, "thumb_key": None, "width": None, "height": None}
    swept = {"swept_at": work.now} if row.created_at < work.now - WRITABLE else {}
    await work.session.execute(update(uploads).where(uploads.c.id == row.id).values(done | swept))
    return True


async def _sent(work: Work, report_id: UUID, key: UUID, by: Actor) -> Any:
    of = uploads.c.claimed_by.in_((f"before/{report_id}", f"after/{report_id}"))
    mine = (uploads.c.id == key) & (uploads.c.owner_id == by.id) & of
    row = (await work.session.execute(select(uploads).where(mine).with_for_update())).first()
    if row is None:
        raise NotFound
    return row
