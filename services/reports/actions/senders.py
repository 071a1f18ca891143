"""Programs that may hand in reports over Open311: given a key, listed and ended by command."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from chassis.db import Work
from services.reports.domain.sender import NoSuchSender, Sender, SenderThere, hashed, new_key
from services.reports.store import open311 as store
from services.reports.store.tables import senders


class NoSuchCommunity(Exception):
    """No community of this path is served here."""


@dataclass(frozen=True)
class Wanted:
    """What an operator says of a sender."""

    name: str
    owner: str
    area: str
    daily: int
    expires_at: datetime | None = None


async def add(work: Work, wanted: Wanted) -> str:
    """Its key, which is kept nowhere; SenderThere if its name was ever used, NoSuchCommunity."""
    if wanted.area not in await store.communities(work):
        raise NoSuchCommunity(wanted.area)
    key = new_key()
    made = Sender(
        work.new_id(), wanted.name, wanted.owner, wanted.area, hashed(key), wanted.daily, work.now, wanted.expires_at,
    )
    if not await store.keep_sender(work, made):
        raise SenderThere(wanted.name)
    await work.audit("senders.add", f"sender/{made.id}", actor=None, reason=wanted.owner)
    return key


async def end(work: Work, name: str) -> None:
    """Its key opens nothing any more; what it handed in stays. NoSuchSender."""
    sender = await work.session.scalar(select(Sender).where(senders.c.name == name).with_for_update())
    if sender is None:
        raise NoSuchSender(name)
    if sender.ended_at is None:
        sender.ended_at = work.now
        await work.audit("senders.end", f"sender/{sender.id}", actor=None)


async def listed(work: Work) -> list[Sender]:
    """All there ever were."""
    return list(await work.session.scalars(select(Sender).order_by(senders.c.name)))
