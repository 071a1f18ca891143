"""A file on its way: granted to a person, PUT to the store, claimed by what it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, DateTime, Index, Integer, LargeBinary, Table, Text, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.errors import Conflict, Invalid, NotFound, TooMany
from chassis.files import Files
from chassis.prepared import Prepared, Row
from chassis.process import Running
from chassis.tables import metadata

MAX_BYTES = 10 * 1024 * 1024
_SNIFFED = 64
_SLOWEST = timedelta(minutes=2)  # the gateway ends an upload that takes longer
_UNCLAIMED, _GRANTED = timedelta(days=1), timedelta(minutes=10)
WRITABLE = _GRANTED + _SLOWEST  # so long after its grant the same URL takes the same number of bytes again
_UNUSED = 50  # grants a person may hold at once
_SIGNATURES = {"image/jpeg": (b"\xff\xd8\xff",), "image/png": (b"\x89PNG\r\n\x1a\n",), "image/webp": (b"RIFF",)}
TYPES = frozenset(_SIGNATURES)

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
    Column("swept_at", DateTime(timezone=True), comment="what was sent is deleted for good: its grant is over"),
    Index("ix_uploads_waiting", "created_at", postgresql_where=text("state in ('granted', 'claimed')")),
    Index("ix_uploads_claimed_by", "claimed_by"),
    Index("ix_uploads_granted", "owner_id", postgresql_where=text("state = 'granted'")),
    Index("ix_uploads_unswept", "created_at", postgresql_where=text("swept_at is null")),
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


class UploadsTooMany(TooMany):
    """So many files were granted to this person, and none of them has been used yet."""

    zh = "待使用的照片过多，请先提交已上传的照片"


@dataclass(frozen=True)
class Grant:
    """The permission to PUT one file."""

    id: UUID
    url: str
    expires_at: datetime


async def grant(work: Work, files: Files, *, owner: UUID, kind: str, content_type: str, size: int) -> Grant:
    """Promise a place for a file of exactly this size and type, for ten minutes."""
    unused = select(func.count()).where(uploads.c.owner_id == owner, uploads.c.state == "granted")
    if (await work.session.scalar(unused) or 0) >= _UNUSED:
        raise UploadsTooMany(retry_after=3600)
    granted, key = work.new_id(), files.new_key()
    row = {"id": granted, "owner_id": owner, "kind": kind, "content_type": content_type, "size": size, "key": key}
    await work.session.execute(insert(uploads).values(**row, state="granted", created_at=work.now))
    return Grant(granted, files.upload_url(key, content_type, size, work.now), work.now + _GRANTED)


async def claim(work: Work, files: Files, ids: Sequence[UUID], *, owner: UUID, kind: str, subject: str) -> None:
    """Make the person's uploads part of a thing; refuses what is missing, another file, or taken."""
    for upload_id in ids:
        row = await _granted(work, upload_id, owner, kind)
        size = await files.size(row.key)
        if size is None:
            raise UploadNotThere(upload=str(upload_id))
        first = await files.get(row.key, first=_SNIFFED)
        if size != row.size or not _looks_like(row.content_type, first):
            raise UploadIsAnother(upload=str(upload_id))
        change = uploads.update().where(uploads.c.id == upload_id).values(state="claimed", claimed_by=subject)
        await work.session.execute(change)


def _looks_like(content_type: str, first_bytes: bytes) -> bool:
    return first_bytes.startswith(_SIGNATURES.get(content_type, ()))


async def _granted(work: Work, upload_id: UUID, owner: UUID, kind: str) -> Any:
    asked = select(uploads).where(uploads.c.id == upload_id, uploads.c.owner_id == owner, uploads.c.kind == kind)
    row = (await work.session.execute(asked.with_for_update())).first()
    if row is None:
        raise NotFound("没有这个上传", upload=str(upload_id))
    if row.state != "granted":
        raise UploadTaken(upload=str(upload_id))
    return row


_SHOWN = Prepared(select(
    uploads.c.id, uploads.c.claimed_by, uploads.c.state, uploads.c.reason, uploads.c.web_key, uploads.c.thumb_key
).where(uploads.c.claimed_by == func.any(bindparam("subjects", type_=ARRAY(Text)))).order_by(uploads.c.id))


async def of(work: Work, *subjects: str) -> list[Row]:
    """The uploads that belong to these things, in the order they were granted."""
    return await work.rows(_SHOWN, subjects=subjects)


async def sweep(running: Running) -> None:
    """Forget what was granted a day ago and never claimed; delete what was sent once more when its grant is over.

    Until then the same URL takes the same number of bytes again, behind the back of whoever developed them.
    """

    async def forget(work: Work) -> int:
        over = (uploads.c.state == "granted") & (uploads.c.created_at < work.now - _UNCLAIMED)
        done = uploads.c.state.in_(("ready", "rejected")) & (uploads.c.created_at < work.now - WRITABLE)
        asked = select(uploads).where(uploads.c.swept_at.is_(None), over | done).limit(100)
        found = list(await work.session.execute(asked.with_for_update(skip_locked=True)))
        for row in found:
            await running.files.delete(row.key)
        ids = [row.id for row in found]
        await work.session.execute(uploads.delete().where(uploads.c.id.in_(ids), uploads.c.state == "granted"))
        await work.session.execute(uploads.update().where(uploads.c.id.in_(ids)).values(swept_at=work.now))
        return len(found)

    while await running.database.do(forget) == 100:  # noqa: PLR2004 - a full batch: there may be more
        pass
