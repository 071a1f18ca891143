"""录音、录像: a place is asked for, the bytes go to the store, and then who sent them says that they are there."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import NotFound
from chassis.files import LINK_SECONDS, Files
from chassis.rights import Actor
from services.reports.actions import seen
from services.reports.domain.recording import SNIFFED, Recording, RecordingNotThere, Role, State, Wanted, must_take_recording
from services.reports.domain.report import Report
from services.reports.store import recordings as store

DEVELOPED, STILL = "developed", "still"  # variants of a recording's key
POSTER_AS = "image/jpeg"
_NOTHING: dict[str, Any] = dict.fromkeys(("reason", "milliseconds", "size", "width", "height"))  # of what was taken back


async def ask(work: Work, files: Files, report_id: UUID, *, by: Actor, wanted: Wanted) -> dict[str, Any]:
    """A place for one, for ten minutes; whose report it is or who serves there, of what was mended who serves there alone.

    RecordingNotTaken, RecordingTooLate, RecordingsTooMany.
    """
    may = by.may("recordings.mend") if wanted.role is Role.AFTER else by.may("recordings.add")
    report = await work.locked(Report, report_id, may)
    wanted.must_be_taken()
    must_take_recording(report.status, *await store.counted(work, report.id))
    made = Recording(
        id=work.new_id(), report_id=report.id, sender_id=by.id, kind=wanted.kind.value, role=wanted.role.value,
        content_type=wanted.content_type, size=wanted.size, key=files.new_key(), created_at=work.now, due_at=work.now,
    )
    work.session.add(made)
    await work.session.flush()
    url = files.upload_url(made.key, made.content_type, made.size, work.now)
    put = {"url": url, "headers": {"content-type": made.content_type}, "seconds": LINK_SECONDS}
    return _shown(work, files, made) | {"put": put}


async def submit(work: Work, files: Files, report_id: UUID, key: UUID, *, by: Actor) -> dict[str, Any]:
    """Its sender says that its bytes are there; said twice it is looked at once. RecordingNotThere, RecordingIsAnother."""
    report = await work.seen(Report, report_id, by.may("recordings.add"))
    made = await store.held(work, key)
    if made is None or made.report_id != report.id or made.sender_id != by.id:
        raise NotFound
    if made.state == State.GRANTED:
        size = await files.size(made.key)
        if size is None:
            raise RecordingNotThere
        made.submit(size, await files.get(made.key, first=SNIFFED), work.now)
    return _shown(work, files, made)


async def listed(work: Work, files: Files, report_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """Those of a report; hearing them is opening the report, and audited."""
    report = await work.seen(Report, report_id, by.may("recordings.read"))
    await seen.by_staff(work, report, by)
    return [_shown(work, files, one) for one in await store.of_report(work, report.id)]


def _shown(work: Work, files: Files, made: Recording) -> dict[str, Any]:
    if made.state == State.TAKEN_BACK:
        return {name: getattr(made, name) for name in ("id", "kind", "role", "state", "sender_id", "created_at")} | _NOTHING
    wanted = ("id", "kind", "role", "state", "reason", "sender_id", "milliseconds", "width", "height", "created_at")
    said = {name: getattr(made, name) for name in wanted} | {"size": made.made_size}
    return said | (_links(work, files, made) if made.state == State.READY else {})


def _links(work: Work, files: Files, made: Recording) -> dict[str, str]:
    links = {"url": files.link(files.key_beside(made.key, DEVELOPED), work.now, made.made_as)}
    if made.stills:
        links["poster_url"] = files.link(files.key_beside(made.key, f"{STILL}0"), work.now, POSTER_AS)
    return links
