"""What a service holds of a person: how it is handed out, and how it is forgotten.

A service registers an export and an erase; at its start it is refused if a table with sealed columns is in neither. Identity
asks all of them at once, by events; each answers with its `part_settled`, in the transaction of what it did.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Uuid, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import IntegrityError

from chassis.bus import Consumers
from chassis.crypto import Unreadable, forgotten_people, person_keys
from chassis.db import Work
from chassis.tables import metadata
from contracts import identity, identity_merges
from contracts.event import EVENTS

if TYPE_CHECKING:
    from chassis.process import Running

Exporter = Callable[[Work, UUID], Awaitable[dict[str, Any]]]
Eraser = Callable[[Work, UUID], Awaitable[int]]
Holder = Callable[[Work, UUID], Awaitable[str | None]]
LATE = timedelta(minutes=3)  # a token of who was merged may be taken for 60 s, and an act of it ends soon after
TRIES, _PAUSE = 10, timedelta(seconds=30)  # of handing out: an outage of the store of nearly half an hour

log = logging.getLogger(__name__)

handing_out = Table(
    "handing_out", metadata,
    Column("export_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("public_jwk", JSONB, nullable=False, comment="of the request: whoever asked can open what is sealed to it"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False, index=True),
)

moved = Table(
    "moved", metadata,
    Column("merge_id", Uuid, primary_key=True), Column("rows", JSONB(none_as_null=True), comment="column: keys of what moved"),
    *(Column(name, Uuid, nullable=False, index=True) for name in ("source_id", "survivor_id")),
    *(Column(name, DateTime(timezone=True), nullable=name != "until") for name in ("until", "next_at", "split_at")),
)


class ForgottenTable(Exception):
    """A table keeps sealed personal values, and neither export nor erase covers it."""


async def nothing_waits(_work: Work, _person: UUID) -> None:
    """Of a service that has no reason to keep anybody longer than they wish."""


@dataclass(frozen=True)
class PersonalData:
    """The tables with personal columns, the two functions that cover them, and one that says why to wait with forgetting.

    `columns` say whose a row is, and do so for the survivor once two are merged; `follow` moves what hangs on these rows.
    """

    tables: frozenset[str]
    export: Exporter
    erase: Eraser
    hold: Holder = nothing_waits
    columns: tuple[Column[Any], ...] = ()
    follow: Callable[[Work, Column[Any], list[str], tuple[UUID, UUID]], Awaitable[None]] | None = None


def check(tables: MetaData, held: PersonalData | None) -> None:
    """Refuse a service that would keep what it can neither hand out nor forget."""
    sealed = {
        table.name for table in tables.tables.values()
        if any(column.name.startswith("sealed_") and isinstance(column.type, LargeBinary) for column in table.columns)
    }
    missing = sealed - (held.tables if held else frozenset())
    if missing:
        raise ForgottenTable(", ".join(sorted(missing)))


async def erase(work: Work, held: PersonalData, person: UUID) -> int:
    """Let the service forget what it can, then destroy the person's key for good: what stays sealed stays so for ever.

    Whoever was merged into them is forgotten with them.
    """
    await work.taking_turns(person.bytes)
    count = await held.erase(work, person) + sum([await erase(work, held, one) for one in await sources(work, person)])
    await work.session.execute(update(moved).where(moved.c.source_id == person).values(next_at=None, rows=None))
    for column in (person_keys.c.person_id, handing_out.c.person_id, metadata.tables["idempotency"].c.actor_id):
        await work.session.execute(delete(column.table).where(column == person))
    gone = insert(forgotten_people).values(person_id=person, forgotten_at=work.now)
    await work.session.execute(gone.on_conflict_do_nothing())
    await work.audit("privacy.erase", f"person/{person}", actor=None)
    return count


def consumers(service: str, held: PersonalData) -> Consumers:
    """What every service does when identity asks all of them about a person."""
    listening = Consumers(service, "privacy")

    @listening.on(identity.ErasureProposed)
    async def look(event: identity.ErasureProposed, work: Work) -> None:
        settle(work, event.look_id, "look", reason=await held.hold(work, event.person_id))

    @listening.on(identity.ErasureRequested)
    async def forget(event: identity.ErasureRequested, work: Work) -> None:
        settle(work, event.erasure_id, "erase", count=await erase(work, held, event.person_id))

    @listening.on(identity.ExportRequested)
    async def note(event: identity.ExportRequested, work: Work) -> None:
        row = {"export_id": event.export_id, "person_id": event.person_id, "public_jwk": event.public_jwk, "due_at": work.now}
        await work.session.execute(insert(handing_out).values(row).on_conflict_do_nothing())

    for shape in (identity_merges.PeopleMerged, identity_merges.PeopleSplit):
        listening.on(shape)(lambda event, work: merge(work, held, event))
    return listening


async def merge(work: Work, held: PersonalData, event: identity_merges.PeopleMerged | identity_merges.PeopleSplit) -> None:
    """Two are one, or are two again; each once and in any order: who was split is not merged by a word that comes late."""
    said, is_split = event.model_dump(include={"merge_id", "source_id", "survivor_id", "until"}), event.topic.endswith("split.v1")
    new = insert(moved).values(**said, next_at=work.now, split_at=work.now if is_split else None)
    to: dict[str, Any] = {"split_at": work.now, "next_at": work.now} if is_split else {"until": event.until}
    await work.session.execute(new.on_conflict_do_update(index_elements=["merge_id"], set_=to, where=moved.c.split_at.is_(None)))
    await _move(work, held, moved.c.merge_id == event.merge_id)


async def sources(work: Work, person: UUID) -> list[UUID]:
    """Who was merged into them, can be split still, and so keeps what collided; into those nobody ever was."""
    merged = (moved.c.survivor_id == person) & moved.c.next_at.is_not(None)
    return list(await work.session.scalars(select(moved.c.source_id).where(merged).order_by(moved.c.merge_id)))


async def move(running: "Running") -> None:
    """A job: what an act of the source wrote late follows; once none can be split any more, the source is forgotten."""
    held = running.service.personal
    while held is not None and await running.database.do(lambda work: _move(work, held, moved.c.next_at.is_not(None))):
        pass


async def _move(work: Work, held: PersonalData, which: Any) -> bool:
    due = select(moved).where(which, moved.c.next_at <= work.now).limit(1).with_for_update(skip_locked=True)
    if (one := (await work.session.execute(due)).first()) is None:
        return False
    for person in sorted((one.source_id, one.survivor_id)):
        await work.taking_turns(person.bytes)
    is_over, rows = not one.split_at and one.until <= work.now, dict(one.rows or {})
    way = (one.survivor_id, one.source_id) if one.split_at else (one.source_id, one.survivor_id)
    for column in held.columns:
        had = rows.get(str(column), [])
        rows[str(column)] = sorted({*had, *await carry(work, column, way, only=had if one.split_at else None)})
        if held.follow is not None:
            await held.follow(work, column, rows[str(column)], way)
    later = None if one.split_at or is_over else one.until if one.rows is not None else work.now + LATE
    await work.session.execute(update(moved).where(moved.c.merge_id == one.merge_id).values(rows=rows, next_at=later))
    if is_over:
        await erase(work, held, one.source_id)
    return True


async def carry(work: Work, column: Any, way: tuple[UUID, UUID], *, only: list[str] | None = None) -> list[str]:
    """Rows of the one are the other's, sealed anew for them. What collides stays; of the rest the keys, without this column."""
    key = func.concat_ws(" ", *(one for one in column.table.primary_key if one is not column))
    asked = select(key.label("kept_as"), column.table).where(column == way[0], *([] if only is None else [key.in_(only)]))
    carried = []
    for row in (await work.session.execute(asked.order_by(*column.table.primary_key).with_for_update())).mappings().all():
        sealed = {one: (column.table.name, one[7:], row["id"]) for one, kept in row.items() if one[:7] == "sealed_" and kept}
        with suppress(IntegrityError, Unreadable):
            anew = {one: await work.seal(way[1], *at, await work.unseal(way[0], *at, row[one])) for one, at in sealed.items()}
            async with work.session.begin_nested():
                await work.session.connection()  # only now is the savepoint set
                its = update(column.table).where(*(one == row[one.name] for one in column.table.primary_key))
                await work.session.execute(its.values({column.name: way[1], **anew}))
            carried.append(row["kept_as"])
    return carried


def settle(work: Work, request: UUID, act: str, *, failed: bool = False, count: int = 0, reason: str | None = None) -> None:
    """Say that this service's part of a request is done, or held for a reason, or failed for good."""
    state = "failed" if failed else "held" if reason else "done"
    said = {"request_id": request, "act": act, "state": state, "count": count, "reason": reason}
    work.announce(EVENTS[f"{work.service}.part_settled.v1"].model_validate(said))


async def hand_out(running: "Running") -> None:
    """A job: what was asked for is sealed to its request and put into the store; one that fails for good is said."""
    held = running.service.personal
    while held is not None and await running.database.do(lambda work: _hand_out_one(work, held, running)):
        pass


async def _hand_out_one(work: Work, held: PersonalData, running: "Running") -> bool:
    due = select(handing_out).where(handing_out.c.due_at <= work.now).order_by(handing_out.c.due_at).limit(1)
    if (row := (await work.session.execute(due.with_for_update(skip_locked=True))).first()) is None:
        return False
    this = handing_out.c.export_id == row.export_id
    try:
        async with work.session.begin_nested():
            await work.session.connection()  # only now is the savepoint set
            told = await held.export(work, row.person_id)
            told["merged"] = [await held.export(work, one) for one in await sources(work, row.person_id)]
        sealed = await asyncio.to_thread(_sealed, told, row.public_jwk)
        await running.files.put(running.files.key_beside(str(row.export_id), "export"), sealed, "application/jose")
    except Exception as failed:  # noqa: BLE001 - whatever it is, the person is told that this part is missing
        log.warning("a part was not handed out", extra={"facts": {"export": row.export_id, "why": type(failed).__name__}})
        if row.tries + 1 < TRIES:
            later = update(handing_out).where(this).values(tries=row.tries + 1, due_at=work.now + _PAUSE * (row.tries + 1))
            await work.session.execute(later)
            return True
        settle(work, row.export_id, "export", failed=True)
    else:
        settle(work, row.export_id, "export", count=sum(len(one) if isinstance(one, list) else 1 for one in told.values()))
    await work.session.execute(delete(handing_out).where(this))
    return True


def _sealed(told: dict[str, Any], public_jwk: dict[str, Any]) -> bytes:
    """JWE (RFC 7516), so that nobody who holds the store, nor this service itself, opens it again."""
    from joserfc import jwe, jwk  # noqa: PLC0415 - a worker must not carry it

    clear = json.dumps(told, ensure_ascii=False, default=str).encode()
    return jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM"}, clear, jwk.ECKey.import_key(public_jwk)).encode()
