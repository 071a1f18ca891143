"""Recordings on their way from what was sent to what may be heard and seen; the worker's part.

Who develops holds no connection to the database meanwhile, and may be killed at any moment: another does it when the lease is
over. What was sent is deleted before anything is shown, in a transaction after the one that knows what became of it.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from chassis.db import Work
from chassis.errors import Unavailable
from chassis.files import Files
from chassis.process import Running
from chassis.uploads import WRITABLE
from contracts.reports import RecordingRejected
from services.reports.actions import checks, studio
from services.reports.actions.recordings import DEVELOPED, POSTER_AS, STILL
from services.reports.domain.check import Kind as Checked
from services.reports.domain.recording import MOST_STILLS, Kind, Outcome, Recording, State
from services.reports.domain.report import Report
from services.reports.store import checks as kept
from services.reports.store import recordings as store

log = logging.getLogger(__name__)
_PATIENCE = 150.0  # seconds for all of it, less than the lease
_UNUSED = timedelta(days=1)


@dataclass(frozen=True)
class Taken:
    """A recording that is this worker's to develop."""

    id: UUID
    attempt: int
    key: str
    kind: Kind
    made_as: str


async def next_one(running: Running, kind: Kind) -> bool:
    """One recording, one step on; False if there is none, or nothing can be said of it now."""
    if await running.database.do(partial(finish_one, files=running.files)):
        return True
    taken: Taken | None = await running.database.do(partial(take, kind=kind))
    if taken is None:
        return False
    try:
        outcome = await developed(running.files, taken)
    except TimeoutError:
        log.warning("a recording takes too long", extra={"facts": {"recording": str(taken.id)}})
        return True  # it costs too much, or the machine is busy: the lease, when it is over, counts as a failure
    await running.database.do(partial(hear, taken=taken, outcome=outcome))
    return outcome is not None


async def take(work: Work, kind: Kind) -> Taken | None:
    """The next of a kind; what too many died over is rejected."""
    while (due := await store.next_due(work, kind)) is not None:
        if due.take(work.now):
            return Taken(due.id, due.tries, due.key, kind, due.made_as)
        await work.session.flush()
    return None


async def developed(files: Files, taken: Taken) -> Outcome | None:
    """What becomes of it; None while it cannot be told, through no fault of its own. TimeoutError."""
    try:
        async with asyncio.timeout(_PATIENCE):
            if await files.size(taken.key) is None:
                return Outcome(reason="lost")
            content = await files.get(taken.key)
            return await _made(files, taken, content)
    except (Unavailable, studio.StudioAway) as away:
        log.warning("recordings are not developed", extra={"facts": {"why": type(away).__name__}})
        return None


async def _made(files: Files, taken: Taken, content: bytes) -> Outcome:
    digest = hashlib.sha256(content).digest()
    try:
        made = await studio.develop(content, taken.kind)
    except studio.NotARecording as refused:
        return Outcome(sha256=digest, reason=str(refused))
    await files.put(files.key_beside(taken.key, DEVELOPED), made.content, taken.made_as)
    for place, still in enumerate(made.stills):
        await files.put(files.key_beside(taken.key, f"{STILL}{place}"), still, POSTER_AS)
    return Outcome(digest, None, made.milliseconds, len(made.content), made.width, made.height, len(made.stills))


async def hear(work: Work, *, taken: Taken, outcome: Outcome | None) -> None:
    """What became of it; if another worker has it meanwhile, or its person is forgotten, nothing."""
    made = await store.held(work, taken.id)
    if made is None or made.state != State.WAITING or made.tries != taken.attempt:
        return
    if outcome is None:
        made.put_off(work.now)
    else:
        made.hear(outcome)


async def finish_one(work: Work, files: Files) -> bool:
    """What was sent is deleted, and then it is shown, or its sender told why not; who dies in between does it again."""
    made = await store.next_heard_of(work)
    if made is None:
        return False
    await files.delete(made.key)  # only what we wrote ourselves is ever served
    if not made.finish():
        await _tell_rejected(work, made)
    elif made.stills:
        await checks.begin(work, made.report_id, Checked.VIDEO, made.id)
    log.info("recording %s", made.state, extra={"facts": {"recording": str(made.id), "reason": made.reason}})
    return True


async def forget_one(work: Work, files: Files) -> bool:
    """Delete a recording whose person was forgotten, and its row last: who dies in between does it again."""
    made = await store.next_forgotten(work, work.now - WRITABLE)
    if made is None:
        return False
    await _delete(work, files, made)
    await store.remove(work, made.id)
    return True


async def delete_one(work: Work, files: Files) -> bool:
    """What was made of one that was taken back is deleted; once more, with what was sent, when its URL takes it no more."""
    made = await store.next_taken_back(work, work.now - WRITABLE)
    if made is None:
        return False
    await _delete(work, files, made)
    made.empty(work.now, granted=work.now - WRITABLE)
    return True


async def _delete(work: Work, files: Files, made: Recording) -> None:
    for variant in (DEVELOPED, *(f"{STILL}{place}" for place in range(MOST_STILLS))):
        await files.delete(files.key_beside(made.key, variant))
    await files.delete(made.key)
    await kept.forget_video(work, made.id)


async def sweep_one(work: Work, files: Files) -> bool:
    """What nobody sent is forgotten after a day; what was sent is deleted once more when its URL takes it no more."""
    made = await store.next_to_sweep(work, unused=work.now - _UNUSED, granted=work.now - WRITABLE)
    if made is None:
        return False
    await files.delete(made.key)
    made.swept_at = work.now
    if made.state == State.GRANTED:
        await store.remove(work, made.id)
    return True


async def _tell_rejected(work: Work, made: Recording) -> None:
    report = await work.session.get_one(Report, made.report_id)
    work.announce(RecordingRejected(
        area=report.area, recipients=(made.sender_id,), report_id=report.id, number=report.number, sender_id=made.sender_id,
        kind=made.kind, reason=made.reason or "",
    ))
