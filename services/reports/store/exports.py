"""What reports keeps of lists on their way out."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import assignments
from chassis.pages import Listing
from chassis.tables import AreaPath
from services.reports.domain.export import STALLED, Export, Purpose
from services.reports.store.tables import metadata

_moment = DateTime(timezone=True)
_STATES = ("waiting", "working", "ready", "fetched", "over", "failed")
exports = Table(
    "exports", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False, comment="where who asked serves"),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", _moment, nullable=False),
    Column("purpose", Text, CheckConstraint(f"purpose in ({', '.join(repr(one.value) for one in Purpose)})", name="purpose"),
           nullable=False),
    Column("written", Text, CheckConstraint("written in ('csv', 'xlsx')", name="written"), nullable=False),
    Column("list_name", Text, nullable=False),
    Column("said", JSONB, nullable=False, comment="the filters"),
    Column("state", Text, CheckConstraint(f"state in ({', '.join(map(repr, _STATES))})", name="state"), nullable=False),
    Column("total", Integer, nullable=False, comment="rows when it was asked for"),
    Column("done", Integer, nullable=False, comment="rows that are written so far"),
    Column("tries", SmallInteger, nullable=False),
    Column("worked_at", _moment),
    Column("file_key", Text, comment="where its file lies, sealed with the service's own key"),
    Column("over_at", _moment, nullable=False),
    Column("fetched_at", _moment),
    Column("swept_at", _moment, comment="its file is deleted"),
    CheckConstraint("(state = 'fetched') = (fetched_at is not null)", name="fetched_once"),
    CheckConstraint("state <> 'ready' or file_key is not null", name="ready_has_file"),
    Index("ix_exports_asked", "asked_by", "asked_at"),
    Index("ix_exports_waiting", "asked_at", postgresql_where=text("state in ('waiting', 'working')")),
    Index("ix_exports_unswept", "over_at", postgresql_where=text("swept_at is null")),
)
registry(metadata=metadata).map_imperatively(Export, exports)
EXPORTS = Listing(select(exports).where(exports.c.asked_by == bindparam("owner", type_=Uuid)), exports.c.id)


async def made_since(work: Work, person: UUID, since: datetime) -> int:
    """How many lists somebody asked for since then, whatever became of them."""
    asked = select(func.count()).where(exports.c.asked_by == person, exports.c.asked_at > since)
    return await work.session.scalar(asked) or 0


async def next_waiting(work: Work) -> Export | None:
    """One that waits, or whose maker says nothing any more; held. One that somebody else holds is left to them."""
    stalled = and_(exports.c.state == "working", exports.c.worked_at < work.now - STALLED)
    asked = select(Export).where(or_(exports.c.state == "waiting", stalled)).order_by(exports.c.asked_at).limit(1)
    return await work.session.scalar(asked.with_for_update(skip_locked=True))


async def advance(work: Work, made: Export, done: int) -> bool:
    """So many rows are written; False once somebody else makes it, or it is over."""
    mine = (exports.c.id == made.id) & (exports.c.state == "working") & (exports.c.tries == made.tries)
    said = update(exports).where(mine).values(done=done, worked_at=work.now).returning(exports.c.id)
    return await work.session.scalar(said) is not None


async def finish(work: Work, made: Export, *, state: str, key: str | None, over_at: datetime) -> bool:
    """It is ready, or will never be; False once somebody else makes it."""
    mine = (exports.c.id == made.id) & (exports.c.state == "working") & (exports.c.tries == made.tries)
    said = update(exports).where(mine).values(state=state, file_key=key, over_at=over_at).returning(exports.c.id)
    return await work.session.scalar(said) is not None


async def next_to_sweep(work: Work) -> Export | None:
    """One whose file nobody may fetch any more, held; what was fetched a moment ago may still be on its way out of the store."""
    over = or_(exports.c.over_at <= work.now, exports.c.state.in_(("over", "failed")),
               and_(exports.c.state == "fetched", exports.c.fetched_at < work.now - timedelta(minutes=1)))
    asked = select(Export).where(exports.c.swept_at.is_(None), over).order_by(exports.c.over_at).limit(1)
    return await work.session.scalar(asked.with_for_update(skip_locked=True))


async def called(work: Work, person: UUID) -> str:
    """What a member of staff is called; their id, where nothing says it."""
    asked = select(assignments.c.display_name).where(assignments.c.person_id == person).order_by(assignments.c.starts_at.desc())
    return await work.session.scalar(asked.limit(1)) or str(person)


async def forget(work: Work, person: UUID) -> None:
    """Who asked is told of no more; what waits is not made."""
    mine = exports.c.asked_by == person
    waits = exports.c.state.in_(("waiting", "working", "ready"))
    await work.session.execute(update(exports).where(mine, waits).values(state="over"))
    await work.session.execute(update(exports).where(mine).values(asked_by=func.gen_random_uuid()))
