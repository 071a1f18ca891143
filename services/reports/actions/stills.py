"""Pictures that a provider is asked about: a photo, or the stills of a video. Of what is said in a recording nobody is asked."""

from uuid import UUID

from chassis.db import Work
from chassis.files import Files
from services.reports.actions.recordings import STILL
from services.reports.domain.check import Check, Kind
from services.reports.store import checks, recordings


async def of(work: Work, check: Check) -> tuple[str | None, str | None, int]:
    """What it is known again by, the key, and of a video how many stills there are beside it; None once it is gone."""
    if check.kind == Kind.PHOTO:
        photo = await checks.photo_of(work, check.subject_id)
        return (None, None, 0) if photo is None else (photo.sha256.hex(), photo.web_key, 0)
    video = await recordings.still_ready(work, check.subject_id)
    return (None, None, 0) if video is None else ((video.sha256 or b"").hex(), video.key, video.stills)


def keys(files: Files, key: str, stills: int) -> list[str]:
    """Where the pictures lie."""
    return [files.key_beside(key, f"{STILL}{place}") for place in range(stills)] or [key]


def about(check: UUID, place: int) -> str:
    """The number of a question: of the first it is the check's own."""
    return f"{check}-{place}" if place else str(check)
