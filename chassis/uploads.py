"""A file on its way: granted to a person, PUT to the store, claimed by what it belongs to, developed by the worker."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chassis import images
from chassis.db import Work
from chassis.errors import Conflict, Invalid, NotFound
from chassis.files import Files
from chassis.process import Running
from chassis.tables import metadata

MAX_BYTES = 10 * 1024 * 1024
_SNIFFED = 64
_UNCLAIMED = timedelta(days=1)

log = logging.getLogger(__name__)

uploads = Table(
    "uploads", metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False, comment="granted, claimed, ready, rejected"),
    Column("claimed_by", Text, comment="the subject it belongs to, `<thing>/<id>`"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text),
    Column("sha256", LargeBinary),
    Column("width", Integer),
    Column("height", Integer),
    Column("web_key", Text),
    Column("thumb_key", Text),
    Index("ix_uploads_waiting", "created_at", postgresql_where=text("state in ('granted', 'claimed')")),
    Index("ix_uploads_claimed_by", "claimed_by"),
)


class UploadNotThere(Conflict):
    """The upload was granted, but its bytes have not arrived (or its grant is over): PUT them first."""

    zh = "照片尚未上传完成，请重新上传"


class UploadIsAnother(Invalid):
    """What arrived is not what was announced: size, type or first bytes differ."""

    zh = "上传的文件与声明的大小或类型不符"


class UploadTaken(Conflict):
    """The upload belongs to something already."""

    zh = "该照片已被使用"


@dataclass(frozen=True)
class Grant:
    """The permission to PUT one file."""

    id: UUID
    url: str
    expires_at: datetime


async def grant(work: Work, files: Files, *, owner: UUID, kind: str, content_type: str, size: int) -> Grant:
    """Promise a place for a file of exactly this size and type, for ten minutes."""
    granted, key = work.new_id(), files.new_key()
    row = {"id": granted, "owner_id": owner, "kind": kind, "content_type": content_type, "size": size, "key": key}
    await work.session.execute(insert(uploads).values(**row, state="granted", created_at=work.now))
    return Grant(granted, files.upload_url(key, content_type, size, work.now), work.now + timedelta(minutes=10))


async def claim(work: Work, files: Files, ids: Sequence[UUID], *, owner: UUID, kind: str, subject: str) -> None:
    """Make the person's uploads part of a thing; refuses what is missing, another file, or taken."""
    for upload_id in ids:
        row = await _granted(work, upload_id, owner, kind)
        size = await files.size(row.key)
        if size is None:
            raise UploadNotThere(upload=str(upload_id))
        first = await files.get(row.key, first=_SNIFFED)
        if size != row.size or not images.looks_like(row.content_type, first):
            raise UploadIsAnother(upload=str(upload_id))
        change = update(uploads).where(uploads.c.id == upload_id).values(state="claimed", claimed_by=subject)
        await work.session.execute(change)


async def _granted(work: Work, upload_id: UUID, owner: UUID, kind: str) -> Any:
    asked = select(uploads).where(uploads.c.id == upload_id, uploads.c.owner_id == owner, uploads.c.kind == kind)
    row = (await work.session.execute(asked.with_for_update())).first()
    if row is None:
        raise NotFound("没有这个上传", upload=str(upload_id))
    if row.state != "granted":
        raise UploadTaken(upload=str(upload_id))
    return row


async def of(work: Work, subject: str) -> list[Any]:
    """The uploads that belong to a thing, in the order they were granted."""
    asked = select(uploads).where(uploads.c.claimed_by == subject).order_by(uploads.c.id)
    return list(await work.session.execute(asked))


Rejected = Callable[[Work, UUID, str], Awaitable[None]]


def developing(tell: Rejected) -> Callable[[Running], Awaitable[None]]:
    """The job that develops claimed photos; `tell(work, thing, reason)` hears of those that are rejected."""

    async def develop_all(running: Running) -> None:
        while await running.database.do(lambda work: _develop_one(work, running.files, tell)):
            pass

    return develop_all


async def _develop_one(work: Work, files: Files, tell: Rejected) -> bool:
    """One photo, one step on: its variants are kept in one transaction, what was sent is deleted in the next.

    Deleting in the first would lose the photo if the process died before its commit; both steps may run again.
    """
    asked = select(uploads).where(uploads.c.state == "claimed").order_by(uploads.c.created_at).limit(1)
    row = (await work.session.execute(asked.with_for_update(skip_locked=True))).first()
    if row is None:
        return False
    result = await _finished(work, files, row, tell) if row.web_key or row.reason else await _developed(files, row)
    await work.session.execute(update(uploads).where(uploads.c.id == row.id).values(**result))
    return True


async def _developed(files: Files, row: Any) -> dict[str, Any]:
    if await files.size(row.key) is None:
        return {"reason": "lost"}
    content = await files.get(row.key)
    try:
        photo = await asyncio.to_thread(images.develop, content)
    except images.NotAPhoto as refused:
        return {"reason": str(refused), "sha256": hashlib.sha256(content).digest()}
    web, thumb = files.key_beside(row.key, "web"), files.key_beside(row.key, "thumb")
    await files.put(web, photo.web, images.DEVELOPED)
    await files.put(thumb, photo.thumb, images.DEVELOPED)
    return {
        "web_key": web, "thumb_key": thumb, "width": photo.width, "height": photo.height,
        "sha256": hashlib.sha256(content).digest(),
    }


async def _finished(work: Work, files: Files, row: Any, tell: Rejected) -> dict[str, Any]:
    await files.delete(row.key)  # only what we wrote ourselves is ever served
    if row.reason:
        await tell(work, UUID(row.claimed_by.split("/")[1]), row.reason)
    state = "rejected" if row.reason else "ready"
    log.info("photo %s", state, extra={"facts": {"upload": row.id}})
    return {"state": state}


async def sweep(running: Running) -> None:
    """Forget what was granted a day ago and never claimed."""

    async def forget(work: Work) -> None:
        asked = select(uploads.c.id, uploads.c.key).where(
            uploads.c.state == "granted", uploads.c.created_at < work.now - _UNCLAIMED
        )
        for row in await work.session.execute(asked.limit(100).with_for_update(skip_locked=True)):
            await running.files.delete(row.key)
            await work.session.execute(uploads.delete().where(uploads.c.id == row.id))

    await running.database.do(forget)
