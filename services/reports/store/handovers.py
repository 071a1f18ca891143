"""What reports keeps of handovers: who is away, and which report went to whom meanwhile."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
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
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import registry

from chassis.crypto import person_keys
from chassis.db import Work
from chassis.directory import assignments, reached
from chassis.pages import Listing
from chassis.tables import AreaPath
from contracts.event import OFFICES
from services.reports.domain.handover import Handover, Why
from services.reports.domain.report import Report
from services.reports.store.tables import metadata, reports

_moment = DateTime(timezone=True)
handovers = Table(
    "handovers", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False, comment="where who is away serves"),
    Column("from_id", Uuid, nullable=False),
    Column("to_id", Uuid, nullable=False),
    Column("starts_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("why", Text, CheckConstraint(f"why in ({', '.join(repr(one.value) for one in Why)})", name="why"), nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", _moment, nullable=False),
    Column("ended_at", _moment, comment="before its time"),
    CheckConstraint("starts_at < ends_at", name="in_order"),
    CheckConstraint("from_id <> to_id", name="to_another"),
    Index("ix_handovers_from", "from_id", "ends_at", postgresql_where=text("ended_at is null")),
    Index("ix_handovers_area_gist", "area", postgresql_using="gist"),
)
handed = Table(
    "handed", metadata,
    Column("handover_id", Uuid, ForeignKey("handovers.id"), primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), primary_key=True),
    Column("handed_at", _moment, nullable=False),
    Column("back_at", _moment, comment="looked at again when it was over, whether or not it went back"),
    Index("ix_handed_out", "handover_id", postgresql_where=text("back_at is null")),
)
registry(metadata=metadata).map_imperatively(Handover, handovers)
HANDOVERS = Listing(
    select(handovers).where(or_(reached(handovers.c.area, owner=handovers.c.from_id), handovers.c.to_id == bindparam("owner"))),
    handovers.c.id,
    under_way=and_(handovers.c.ended_at.is_(None), handovers.c.ends_at > bindparam("at", type_=_moment)),
)
_IN_HAND = text("reports.status in ('assigned', 'processing', 'whistled')")


async def is_away(work: Work, person: UUID, made: Handover) -> bool:
    """Whether somebody hands over their own at some time within another handover's."""
    meanwhile = (handovers.c.starts_at < made.ends_at) & (handovers.c.ends_at > made.starts_at) & handovers.c.ended_at.is_(None)
    asked = select(handovers.c.id).where(handovers.c.from_id == person, meanwhile, handovers.c.ends_at > work.now)
    return await work.session.scalar(asked.limit(1)) is not None


async def takes_over(work: Work, person: UUID, made: Handover) -> bool:
    """Whether somebody takes over another's within that time."""
    meanwhile = (handovers.c.starts_at < made.ends_at) & (handovers.c.ends_at > made.starts_at) & handovers.c.ended_at.is_(None)
    asked = select(handovers.c.id).where(handovers.c.to_id == person, meanwhile, handovers.c.ends_at > work.now)
    return await work.session.scalar(asked.limit(1)) is not None


async def office_of(work: Work, person: UUID) -> str | None:
    """Where somebody holds an office now; the widest."""
    asked = select(assignments.c.area).where(assignments.c.person_id == person, _holds(work), _office())
    return await work.session.scalar(asked.order_by(func.nlevel(assignments.c.area), assignments.c.id).limit(1))


async def serves_in_part(work: Work, person: UUID, area: str) -> bool:
    """Whether somebody holds an office there: over all of it, or over a part."""
    there = or_(assignments.c.area.op("@>", is_comparison=True)(bindparam("area", area, type_=AreaPath)),
                assignments.c.area.op("<@", is_comparison=True)(bindparam("area", area, type_=AreaPath)))
    asked = select(assignments.c.id).where(assignments.c.person_id == person, _holds(work), _office(), there)
    return await work.session.scalar(asked.limit(1)) is not None


async def next_to_hand(work: Work) -> tuple[Report, Handover] | None:
    """A report, held, in the hand of somebody who is away and hands over to who serves where it lies; none that another holds.

    A step with a reason is sealed for the reporter; of one who was forgotten there is no key, so theirs stay where they are.
    """
    serving = select(assignments.c.id).where(
        assignments.c.person_id == handovers.c.to_id, _holds(work), _office(),
        assignments.c.area.op("@>", is_comparison=True)(reports.c.area),
    ).exists()
    known = select(person_keys.c.person_id).where(person_keys.c.person_id == reports.c.reporter_id).exists()
    away = (handovers.c.starts_at <= work.now) & (handovers.c.ends_at > work.now) & handovers.c.ended_at.is_(None)
    asked = select(Report, Handover).join(handovers, handovers.c.from_id == reports.c.assignee_id)
    asked = asked.where(away, _IN_HAND, serving, known).order_by(reports.c.id).limit(1)
    found = (await work.session.execute(asked.with_for_update(skip_locked=True, of=reports))).first()
    return (found[0], found[1]) if found is not None else None


async def keep_handed(work: Work, handover: UUID, report: UUID) -> None:
    """Who is away had it; given out once more meanwhile, it is looked at again all the same."""
    made = insert(handed).values(handover_id=handover, report_id=report, handed_at=work.now)
    again = made.on_conflict_do_update(index_elements=[handed.c.handover_id, handed.c.report_id], set_={"back_at": None})
    await work.session.execute(again)


async def next_back(work: Work) -> tuple[Report, Handover, bool] | None:
    """A report, held, that was handed out by a handover which is over; and whether who was away serves there (again)."""
    serving: Any = select(assignments.c.id).where(
        assignments.c.person_id == handovers.c.from_id, _holds(work), _office(),
        assignments.c.area.op("@>", is_comparison=True)(reports.c.area),
    ).exists()
    over = or_(handovers.c.ended_at.is_not(None), handovers.c.ends_at <= work.now)
    asked = select(Report, Handover, serving).join(handed, handed.c.report_id == reports.c.id)
    asked = asked.join(handovers, handovers.c.id == handed.c.handover_id).where(handed.c.back_at.is_(None), over)
    asked = asked.order_by(handed.c.handed_at, reports.c.id).limit(1)
    found = (await work.session.execute(asked.with_for_update(skip_locked=True, of=reports))).first()
    return (found[0], found[1], found[2]) if found is not None else None


async def settled(work: Work, handover: UUID, report: UUID) -> None:
    """It was looked at, and is not handed out any more."""
    this = (handed.c.handover_id == handover) & (handed.c.report_id == report)
    await work.session.execute(update(handed).where(this).values(back_at=work.now))


def _holds(work: Work) -> Any:
    still = assignments.c.ends_at.is_(None) | (assignments.c.ends_at > work.now)
    return (assignments.c.starts_at <= work.now) & still


def _office() -> Any:
    return assignments.c.role == func.any(bindparam("offices", sorted(OFFICES), type_=ARRAY(Text), unique=True))
