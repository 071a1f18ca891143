"""Notices: planned from events, read by their person."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.rights import Actor
from contracts.event import Event
from contracts.identity_merges import PeopleSplit
from services.notify.domain.notice import TEMPLATES, Notice, notice_id
from services.notify.store import queries

_HISTORY = timedelta(hours=1)


async def tell(work: Work, event: Event, template: str, to: Iterable[UUID], **facts: str) -> None:
    """Put a notice of this event into the inbox of each person, once.

    An event of more than an hour ago is history: kept for the record, announced to nobody.
    """
    if work.received is None:
        raise TypeError("a notice tells of an event that was received")
    happened, event_id = work.received.time, work.received.id
    for person in list(to) if isinstance(event, PeopleSplit) else await queries.led(work, to):
        notice = Notice(
            id=notice_id(event_id, person, template), person_id=person, area=event.area, template=template, facts=facts,
            subject=event.subject, event_id=event_id, created_at=happened, history=work.now - happened > _HISTORY,
        )
        if await queries.keep(work, notice) and not notice.history:
            work.announce(notice.added())


async def read(work: Work, key: UUID, *, by: Actor) -> Notice:
    """Mark as read."""
    notice = await work.locked(Notice, key, by.may("notices.mark"))
    told = notice.read(at=work.now)
    if told is not None:
        work.announce(told)
    return notice


def worded(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list with its title and text."""
    title, text = TEMPLATES[row["template"]]
    return {**row, "title": title, "text": text.format(**row["facts"])}
