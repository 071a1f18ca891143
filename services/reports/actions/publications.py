"""Photos on their way to everybody: looked at by the detector, then by staff, covered, shown, and taken back.

The photo itself stays where it was, for its reporter and for staff; everybody is shown a copy, by a key of its own.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import uploads
from chassis.db import Work
from chassis.errors import NotFound
from chassis.files import Files
from chassis.rights import Actor
from services.reports.actions import seen
from services.reports.actions.images import DEVELOPED
from services.reports.actions.shutter import Covered, NotCovered, Shutter
from services.reports.domain.check import ContentHeld
from services.reports.domain.publication import Box, Publication, State, must_be_showable
from services.reports.domain.report import Report
from services.reports.store import checks
from services.reports.store import publications as store

log = logging.getLogger(__name__)


async def listed(work: Work, files: Files, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """The photos of a report and how far each is on its way to everybody; opening them is opening the report, and audited."""
    report = await work.seen(Report, report_id, by.may("photos.read"))
    await seen.by_staff(work, report, by)
    known = await store.of_report(work, report.id)
    found = await uploads.of(work, f"before/{report.id}", f"after/{report.id}")
    return [_shown(work, files, row, known.get(row.id)) for row in found if row.state == "ready"]


async def prepare(work: Work, files: Files, report_id: UUID, photo: UUID, *, by: Actor) -> dict[str, Any]:
    """An office means to publish it: the detector will look at it; asked for twice it looks once. HomesStayClosed, NotFound."""
    report = await work.locked(Report, report_id, by.may("photos.publish"))
    must_be_showable(report)
    await store.begin(work, report.id, photo)
    (await _held(work, report, photo)).look_again()
    return await _one(work, files, report, photo)


async def publish(work: Work, files: Files, report_id: UUID, photo: UUID, *, by: Actor, boxes: Sequence[Box]) -> dict[str, Any]:
    """An office looked at it: with these covered everybody may see it.

    NotToBePublished, HomesStayClosed, CoverUnfit; ContentHeld of what the provider did not let pass.
    """
    report = await work.locked(Report, report_id, by.may("photos.publish"))
    made = await _held(work, report, photo)
    if await checks.keeps_back(work, report.id, photo):
        raise ContentHeld
    before = made.covered
    work.announce(made.publish(report, boxes, by=by.id, at=work.now))
    how = f"{len(boxes)} boxes, {len({*before} - {*boxes})} taken away, {len({*boxes} - {*before})} added"
    await work.audit("photos.publish", f"photos/{photo}", actor=by.id, reason=how)
    return await _one(work, files, report, photo)


async def conceal(work: Work, files: Files, report_id: UUID, photo: UUID, *, by: Actor) -> dict[str, Any]:
    """Staff, or whose report it is, take it back from everybody. NotPublic."""
    report = await work.locked(Report, report_id, by.may("photos.conceal"))
    made = await _held(work, report, photo)
    work.announce(made.conceal(report, by=by.id, at=work.now))
    await work.audit("photos.conceal", f"photos/{photo}", actor=by.id)
    return await _one(work, files, report, photo)


async def opened(work: Work, files: Files, photo: UUID) -> str:
    """Where everybody may read the covered copy for ten minutes; NotFound of all that is not shown to everybody now."""
    key = await store.public(work, photo)
    if key is None:
        raise NotFound
    return files.link(key, work.now, DEVELOPED)


async def take_one(work: Work, files: Files, shutter: Shutter) -> bool:
    """One photo, one step on. What is written to the store is named by the version, so that a step may be done again.

    Nothing is held meanwhile: who takes a photo back does not wait for a detector.
    """
    made = await store.next_to_do(work)
    if made is None:
        return False
    stood = made.stands
    if made.state != State.WAITING and made.copy_key is not None:  # what is shown no more, before anything takes its place
        await files.delete(made.copy_key)
        if await store.still(work, made.id, stood) is not None:
            made.copy_key = None
        return True
    photo = await store.photo_of(work, made)
    content = await files.get(photo.web_key) if photo is not None and await files.size(photo.web_key) is not None else None
    await _covered(work, files, shutter, made, (photo.key, content) if photo is not None and content is not None else None)
    return True


async def forget(work: Work, files: Files, photo: UUID, key: str) -> None:
    """Delete every copy there may be; the worker that made one may have died before it said so."""
    for version in range(1, await store.forget(work, photo) + 1):
        await files.delete(_named(files, key, version))


async def _covered(
    work: Work, files: Files, shutter: Shutter, made: Publication, photo: tuple[str, bytes] | None
) -> None:
    stood, mine, key = made.stands, made.id, _named(files, photo[0], made.version) if photo is not None else None
    boxes = None if made.state == State.WAITING else made.covered
    await work.release()  # a detector takes its time
    done = await _copied(shutter, mine, boxes, photo[1]) if photo is not None else None
    if done is not None and key is not None:
        await files.put(key, done.copy, DEVELOPED)
    held = await store.still(work, mine, stood)
    if held is None and key is not None and not await store.is_named(work, key):
        await files.delete(key)  # it was taken back meanwhile, or forgotten
    elif held is not None:
        held.covered_as(key, done.boxes, done.size, work.now) if done is not None else held.give_up(work.now)


async def _copied(shutter: Shutter, photo: UUID, boxes: Sequence[Box] | None, content: bytes) -> Covered | None:
    try:
        return await shutter.cover(content, boxes)
    except NotCovered:
        log.warning("photo cannot be covered", extra={"facts": {"upload": photo}})
        return None


def _named(files: Files, key: str, version: int) -> str:
    return files.key_beside(key, f"public-{version}")


async def _held(work: Work, report: Report, photo: UUID) -> Publication:
    made = await store.held(work, report.id, photo)
    if made is None:
        raise NotFound
    return made


async def _one(work: Work, files: Files, report: Report, photo: UUID) -> dict[str, Any]:
    await work.session.flush()
    known = await store.of_report(work, report.id)
    found = await uploads.of(work, f"before/{report.id}", f"after/{report.id}")
    return next(_shown(work, files, row, known.get(row.id)) for row in found if row.id == photo)


def _shown(work: Work, files: Files, row: Any, made: Any) -> dict[str, Any]:
    told = {"id": row.id, "role": row.claimed_by.partition("/")[0], "url": files.link(row.web_key, work.now, DEVELOPED)}
    if made is None:
        return told | {"state": None, "boxes": []}
    wanted = {name: made[name] for name in ("state", "boxes", "width", "height", "decided_by", "decided_at")}
    is_made = made.copy_key is not None and made.state in {State.FOUND, State.PUBLIC}
    return told | wanted | {"covered_url": files.link(made.copy_key, work.now, DEVELOPED) if is_made else None}
