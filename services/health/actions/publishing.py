"""What is open to everybody is published, by the clock and not by whoever asks: looked at once a minute, however many ask."""

from datetime import timedelta
from functools import partial

from chassis.db import Work
from chassis.process import Running
from services.health.domain.published import DAYS, EVERY, MANIFEST, MOST, etag, files, manifest
from services.health.store import published as store

_TURN = b"published files"


async def publish(running: Running) -> None:
    """Look again, unless somebody did within the minute; any number of workers may."""
    async with running.database.reading() as work:
        if await _is_fresh(work):
            return
    origin = running.settings.public_origin
    page = running.settings.booking_page or f"{origin}/app/"  # type: ignore[attr-defined]
    await running.database.do(partial(_look, base=f"{origin}/fhir", page=page))


async def _look(work: Work, *, base: str, page: str) -> None:
    await work.taking_turns(_TURN)
    if await _is_fresh(work):
        return
    made = files(await store.open_to_all(work, work.now + timedelta(days=DAYS), MOST), page)
    kept = {one.name: (one.body, one.etag) for one in made}
    said = manifest(made, base, at=work.now)
    await store.keep(work, kept | {MANIFEST: (said, etag(said))})


async def _is_fresh(work: Work) -> bool:
    last = await store.kept(work, MANIFEST)
    return last is not None and work.now < last.changed_at + EVERY
