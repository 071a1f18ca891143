"""Who stands in line for which seats, and where: questions that a row's own facts and the clock answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Index,
    Integer,
    Table,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.directory import assignments, bindings, reached
from chassis.pages import Listing
from chassis.prepared import Prepared, Row
from chassis.tables import AreaPath
from contracts.area import Role
from services.health.domain.appointment import DEPARTMENTS_A_DAY
from services.health.domain.calling_off import NOTICE
from services.health.domain.machine import FIRM, State
from services.health.domain.waiting import OFFERS, Wait, What
from services.health.store.breaches import bars
from services.health.store.contracts import GROUNDS
from services.health.store.online import refused_to_a_child
from services.health.store.tables import appointments, metadata, one_of, slots

_moment = DateTime(timezone=True)
_PAIRS = 200

waits = Table(
    "waits", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("what", one_of(What, "what"), nullable=False),
    Column("target_id", Uuid, nullable=False),
    Column("since", _moment, nullable=False),
    Column("until", _moment, nullable=False),
    Column("asked_at", _moment, nullable=False),
    Column("acting_id", Uuid, comment="who asked for them, by proxy"),
    Column("left_at", _moment),
    CheckConstraint("since < until", name="some_time"),
    Index("ix_waits_line", "target_id", "asked_at", postgresql_where=text("left_at is null")),
    Index("ix_waits_until", "until"),
    Index("ix_waits_area_gist", "area", postgresql_using="gist"),
)

registry(metadata=metadata).map_imperatively(Wait, waits)

_at = bindparam("now", type_=_moment)


def _lasts(table: FromClause) -> ColumnElement[bool]:
    return or_(table.c.ends_at.is_(None), table.c.ends_at > _at)


def _holds(seat: FromClause) -> ColumnElement[bool]:
    return and_(seat.c.state == State.HELD, seat.c.held_until > _at)


def _firm(seat: FromClause) -> ColumnElement[bool]:
    return or_(*(seat.c.state == state for state in FIRM))  # a prepared statement knows no `in_`


def _live(seat: FromClause) -> ColumnElement[bool]:
    return or_(_firm(seat), _holds(seat))


def _meant(wait: FromClause, of: FromClause, slot: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a slot, or a seat, is one of what is waited for."""
    in_team = select(assignments.c.id).where(
        assignments.c.person_id == of.c.doctor_id, assignments.c.unit_id == wait.c.target_id,
        assignments.c.role == Role.DOCTOR.value, assignments.c.starts_at <= _at, _lasts(assignments),
        assignments.c.area.op("@>", is_comparison=True)(of.c.area),
    )
    return and_(of.c.starts_at >= wait.c.since, of.c.starts_at < wait.c.until, or_(
        and_(wait.c.what == What.SLOT, slot == wait.c.target_id),
        and_(wait.c.what == What.DOCTOR, of.c.doctor_id == wait.c.target_id),
        and_(wait.c.what == What.DEPARTMENT, of.c.department_id == wait.c.target_id),
        and_(wait.c.what == What.TEAM, in_team.correlate(of, wait).exists()),
    ))


def _lives(wait: FromClause, area: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether who waits has a home there, as whoever books has."""
    home = select(bindings.c.id).where(
        bindings.c.person_id == wait.c.person_id, bindings.c.starts_at <= _at, _lasts(bindings),
        bindings.c.area.op("<@", is_comparison=True)(area),
    )
    return home.correlate_except(bindings).exists()


def _passed_by(wait: FromClause) -> ColumnElement[int]:
    """How many offers were let pass, or given back."""
    seat = appointments.alias()
    over = or_(seat.c.state == State.EXPIRED, and_(seat.c.state == State.HELD, seat.c.held_until <= _at))
    return select(func.count(seat.c.id)).where(seat.c.waited_id == wait.c.id, over).correlate(wait).scalar_subquery()


def _in_line(wait: FromClause) -> ColumnElement[bool]:
    """Not left, not over, living there, without what they wait for (by this wait or by themselves), and not past it thrice."""
    seat = appointments.alias()
    offered = and_(seat.c.waited_id == wait.c.id, seat.c.state != State.HELD, seat.c.state != State.EXPIRED)
    theirs = and_(_firm(seat), _meant(wait, seat, seat.c.slot_id))
    has = select(seat.c.id).where(seat.c.person_id == wait.c.person_id, or_(offered, theirs))
    lasts = wait.c.left_at.is_(None), wait.c.until > _at, _lives(wait, wait.c.area)
    return and_(*lasts, ~has.correlate(wait).exists(), _passed_by(wait) < OFFERS)


def _entitled(person: ColumnElement[Any], area: ColumnElement[Any]) -> ColumnElement[bool]:
    meets = GROUNDS.c.area.op("@>", is_comparison=True)(area) | GROUNDS.c.area.op("<@", is_comparison=True)(area)
    marked = select(GROUNDS.c.id).where(GROUNDS.c.person_id == person, _lasts(GROUNDS), meets)
    return marked.correlate_except(GROUNDS).exists()


def _turn(wait: FromClause) -> tuple[ColumnElement[Any], ...]:
    """Those for whom seats are set aside first, then whoever asked first."""
    return case((_entitled(wait.c.person_id, wait.c.area), 0), else_=1), wait.c.asked_at, wait.c.id


_OFFER = appointments.alias()
_OFFERS = select(_OFFER.c.id).where(_OFFER.c.waited_id == waits.c.id, _holds(_OFFER)).limit(1)
_AHEAD = waits.alias()
_BEFORE = select(func.count()).select_from(_AHEAD).where(
    _AHEAD.c.what == waits.c.what, _AHEAD.c.target_id == waits.c.target_id, _AHEAD.c.since < waits.c.until,
    waits.c.since < _AHEAD.c.until, _in_line(_AHEAD), tuple_(*_turn(_AHEAD)) < tuple_(*_turn(waits)),
)
LINE = Listing(
    select(
        waits, _BEFORE.correlate(waits).scalar_subquery().label("before"),
        _OFFERS.correlate(waits).scalar_subquery().label("hold_id"),
    ).where(reached(waits.c.area, owner=waits.c.person_id), _in_line(waits)),
    waits.c.id, rising=True, target_id=waits.c.target_id == bindparam("target_id", type_=Uuid),
)


def _seat_left() -> ColumnElement[bool]:
    """Whether a seat of the slot is free for who waits, by the rule of what is set aside."""
    is_open = or_(slots.c.set_aside == 0, slots.c.set_aside_until <= _at, _entitled(waits.c.person_id, slots.c.area))
    aside, seat = case((is_open, 0), else_=slots.c.set_aside), appointments.alias()
    used = select(func.count()).select_from(seat).where(seat.c.slot_id == slots.c.id, _live(seat), seat.c.seat > aside)
    return slots.c.capacity - aside - used.correlate_except(seat).scalar_subquery() > 0


def _room_left() -> ColumnElement[bool]:
    seat = appointments.alias()
    return ~select(seat.c.id).where(
        seat.c.room_id == slots.c.room_id, seat.c.slot_id != slots.c.id, _live(seat),
        seat.c.starts_at < slots.c.ends_at, slots.c.starts_at < seat.c.ends_at,
    ).correlate(slots).exists()


def _nothing_in_the_way() -> ColumnElement[bool]:
    """As `check_beside` decides it once the slot is held."""
    seat = appointments.alias()
    that_day = seat.c.day == func.date(func.timezone("Asia/Shanghai", slots.c.starts_at))
    same = or_(seat.c.doctor_id == slots.c.doctor_id, seat.c.department_id == slots.c.department_id)
    at_once = and_(seat.c.starts_at < slots.c.ends_at, slots.c.starts_at < seat.c.ends_at)
    theirs = seat.c.person_id == waits.c.person_id, _live(seat)
    departments = select(func.count(seat.c.department_id)).where(*theirs, that_day).correlate(slots, waits).scalar_subquery()
    beside = select(seat.c.id).where(*theirs, or_(and_(same, that_day), at_once)).correlate(slots, waits).exists()
    return ~beside & or_(slots.c.department_id.is_(None), departments < DEPARTMENTS_A_DAY)


def _not_offered_before() -> ColumnElement[bool]:
    """Who is offered something already waits for the answer; the same time is offered to a wait once."""
    seat = appointments.alias()
    offered = select(seat.c.id).where(seat.c.waited_id == waits.c.id, or_(seat.c.slot_id == slots.c.id, _holds(seat)))
    return ~offered.correlate(slots, waits).exists()


_SOON = bindparam("soon", type_=_moment)
_OFFERABLE = and_(
    ~slots.c.closed, slots.c.their_ref.is_(None), slots.c.starts_at > _SOON,
    or_(slots.c.opens_at.is_(None), slots.c.opens_at <= _at),
)
_BARRED = bars(waits.c.person_id, slots.c.area).correlate(waits, slots).exists()  # else each second such a pair is tried in vain
_ALONE = refused_to_a_child(waits.c.person_id, waits.c.acting_id)  # the same
_MAY = and_(_in_line(waits), _lives(waits, slots.c.area), ~_BARRED, ~_ALONE, _not_offered_before())
_PAIR = select(slots.c.id.label("slot_id"), waits.c.id.label("wait_id"), waits.c.person_id)
_WANTED = Prepared(
    _PAIR.select_from(slots.join(waits, _meant(waits, slots, slots.c.id)))
    .where(_OFFERABLE, _MAY, _seat_left(), _room_left(), _nothing_in_the_way())
    .order_by(slots.c.starts_at, slots.c.id, *_turn(waits)).limit(bindparam("pairs", type_=Integer))
)
_STILL = Prepared(
    select(waits.c.id).select_from(slots.join(waits, _meant(waits, slots, slots.c.id)))
    .where(slots.c.id == bindparam("slot", type_=Uuid), waits.c.id == bindparam("wait", type_=Uuid), _OFFERABLE, _MAY)
)
_MINE = Prepared(select(waits).where(waits.c.person_id == bindparam("person", type_=Uuid), _in_line(waits)))
_IS_IN_LINE = Prepared(select(waits.c.id).where(waits.c.id == bindparam("wait", type_=Uuid), _in_line(waits)))
_SERVES = Prepared(select(assignments.c.area).where(
    or_(assignments.c.person_id == bindparam("doctor", type_=Uuid), assignments.c.unit_id == bindparam("team", type_=Uuid)),
    assignments.c.role == Role.DOCTOR.value, assignments.c.starts_at <= _at, _lasts(assignments),
))


async def wanted(work: Work) -> list[Row]:
    """Free seats and who is to be offered them, as `slot_id`, `wait_id`, `person_id`: of each slot those first who are first."""
    return await work.rows(_WANTED, now=work.now, soon=work.now + NOTICE, pairs=_PAIRS)


async def is_still(work: Work, slot: UUID, wait: UUID) -> bool:
    """Whether the slot may be offered to who waits, seen with both held."""
    return await work.value(_STILL, now=work.now, soon=work.now + NOTICE, slot=slot, wait=wait) is not None


async def lines_of(work: Work, person: UUID) -> Sequence[Row]:
    """What a person is in line for."""
    return await work.rows(_MINE, now=work.now, person=person)


async def is_in_line(work: Work, wait: UUID) -> bool:
    """Whether it is not over from its beginning."""
    return await work.value(_IS_IN_LINE, now=work.now, wait=wait) is not None


async def serves_in(work: Work, what: What, target: UUID) -> list[str]:
    """Where a doctor serves now, or a team's doctors do."""
    doctor, team = (target, None) if what is What.DOCTOR else (None, target)
    return [row.area for row in await work.rows(_SERVES, now=work.now, doctor=doctor, team=team)]


async def offers_of(work: Work, wait: UUID) -> list[UUID]:
    """What is held because of a wait."""
    asked = select(appointments.c.id).where(appointments.c.waited_id == wait, appointments.c.state == State.HELD)
    return list(await work.session.scalars(asked))
