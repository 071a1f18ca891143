"""Tickets that let somebody in: so that each does once, one on each side is in the room, and who is there is known everywhere.

No person stands here: who came is in the audit. A ticket that nobody used is nowhere.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Index, Table, Uuid, bindparam, delete, insert, select, text, update

from chassis.db import Work
from chassis.prepared import Prepared, Row
from services.health.domain.ticket import AFTER, Present, Side, Ticket
from services.health.store.tables import appointments, metadata, one_of

SEEN = timedelta(seconds=30)  # of whom no process said so long that they are there, is not
_KEPT = timedelta(days=1)
_moment = DateTime(timezone=True)

tickets = Table(
    "tickets", metadata,
    Column("id", Uuid, primary_key=True),
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), nullable=False),
    Column("side", one_of(Side, "side"), nullable=False),
    Column("by_proxy", Boolean, nullable=False),
    Column("redeemed_at", _moment, nullable=False),
    Column("seen_at", _moment, nullable=False),
    Column("left_at", _moment),
    Index("uq_tickets_side", "appointment_id", "side", unique=True, postgresql_where=text("left_at is null")),
    Index("ix_tickets_appointment_id", "appointment_id"),
    Index("ix_tickets_seen_at", "seen_at", postgresql_where=text("left_at is null")),
)

_THIS = bindparam("this", type_=Uuid)
_AT = bindparam("at", type_=_moment)
_HERE = Prepared(select(tickets.c.side, tickets.c.id, tickets.c.by_proxy).where(
    tickets.c.appointment_id == _THIS, tickets.c.left_at.is_(None), tickets.c.seen_at > bindparam("since", type_=_moment),
))
_STAYS = Prepared(
    update(tickets).where(tickets.c.id == _THIS, tickets.c.left_at.is_(None)).values(seen_at=_AT).returning(tickets.c.id)
)
_LEAVES = Prepared(
    update(tickets).where(tickets.c.id == _THIS, tickets.c.left_at.is_(None)).values(left_at=_AT).returning(tickets.c.id)
)

_MISSED = Prepared(
    update(tickets).where(tickets.c.left_at.is_(None), tickets.c.seen_at <= bindparam("since", type_=_moment))
    .values(left_at=_AT).returning(tickets.c.appointment_id, tickets.c.side, tickets.c.id)
)


async def take(work: Work, ticket: Ticket) -> bool:
    """Whether this ticket lets in: it does once. Whoever was on that side before is not any more; the appointment is locked."""
    if await work.session.scalar(select(tickets.c.id).where(tickets.c.id == ticket.id)) is not None:
        return False
    theirs = tickets.c.appointment_id == ticket.appointment_id, tickets.c.side == ticket.side, tickets.c.left_at.is_(None)
    await work.session.execute(update(tickets).where(*theirs).values(left_at=work.now))
    row = {"id": ticket.id, "appointment_id": ticket.appointment_id, "side": ticket.side, "by_proxy": ticket.by_proxy}
    await work.session.execute(insert(tickets).values(**row, redeemed_at=work.now, seen_at=work.now))
    return True


async def here(work: Work, appointment_id: UUID) -> dict[Side, Present]:
    """Who is in a room, and by which ticket."""
    rows: Sequence[Row] = await work.rows(_HERE, this=appointment_id, since=work.now - SEEN)
    return {Side(row.side): Present(row.id, row.by_proxy) for row in rows}


async def stays(work: Work, key: UUID) -> bool:
    """Say that who came by this ticket is there still; false if somebody else is in their place, or they were taken for gone."""
    return await work.value(_STAYS, this=key, at=work.now) is not None


async def leave(work: Work, key: UUID) -> bool:
    """Whoever came by this ticket is there no more; false if that was known."""
    return await work.value(_LEAVES, this=key, at=work.now) is not None


async def miss(work: Work) -> list[tuple[UUID, Side, UUID]]:
    """Take for gone whom no process has seen for half a minute."""
    rows = await work.rows(_MISSED, since=work.now - SEEN, at=work.now)
    return [(row.appointment_id, Side(row.side), row.id) for row in rows]


async def forget(work: Work) -> None:
    """A ticket is over after minutes, and a room with its appointment: a day later nobody asks about either."""
    over = select(appointments.c.id).where(appointments.c.ends_at < work.now - AFTER - _KEPT)
    await work.session.execute(delete(tickets).where(tickets.c.appointment_id.in_(over)))
