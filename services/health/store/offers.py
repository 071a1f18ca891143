"""What hospitals call their times, and the schedules they announced before there is any time in them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Time,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.health.domain.offering import Aside
from services.health.store.tables import metadata, slots

offered = Table(
    "offered_schedules", metadata,
    Column("id", Uuid, primary_key=True, comment="of the doctor in the department, as the FHIR door calls it"),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("department_id", Uuid, ForeignKey("departments.id"), nullable=False),
    Column("doctor_id", Uuid, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True), comment="since when nothing new is offered in it"),
    Column("set_aside", Integer, nullable=False, server_default="0", comment="of each new time that does not say it itself"),
    Column("back_days", Integer),
    Column("back_at", Time),
    CheckConstraint(
        "set_aside between 0 and 200 and (set_aside > 0) = (back_days is not null) and (back_days is null) = (back_at is null)",
        name="flows_back",
    ),
    Index("uq_offered_schedules_pair", "department_id", "doctor_id", unique=True),
)

_NAME = ("hospital_id", "system", "value")
offer_names = Table(
    "offer_names", metadata,
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("system", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("slot_id", Uuid, ForeignKey("slots.id", ondelete="CASCADE"), index=True),
    Column("offered_id", Uuid, ForeignKey("offered_schedules.id"), index=True),
    CheckConstraint("num_nonnulls(slot_id, offered_id) = 1", name="of_one"),
    *(
        Index(f"uq_offer_names_{kind}", *_NAME, unique=True, postgresql_where=text(f"{column} is not null"))
        for kind, column in (("slot", "slot_id"), ("offered", "offered_id"))
    ),
)

_COLUMNS = {"Slot": offer_names.c.slot_id, "Schedule": offer_names.c.offered_id}


def given(kind: str, key: ColumnElement[Any]) -> Any:
    """What the hospital that asks calls a slot or schedule, as identifiers."""
    names = func.json_build_object("system", offer_names.c.system, "value", offer_names.c.value)
    asked = select(func.json_agg(names)).where(*_of(kind, key))
    return asked.correlate_except(offer_names).scalar_subquery()


def is_called(kind: str, key: ColumnElement[Any], system: str | None, value: str) -> ColumnElement[bool]:
    """Whether the hospital that asks calls it so."""
    said = [column == word for column, word in ((offer_names.c.system, system), (offer_names.c.value, value or None)) if word]
    asked = select(offer_names.c.value).where(*_of(kind, key), *said)
    return asked.correlate_except(offer_names).exists()


def _of(kind: str, key: ColumnElement[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _COLUMNS[kind] == key, offer_names.c.hospital_id == bindparam("hospital", type_=Uuid)


async def name(work: Work, hospital: UUID, kind: str, key: UUID, names: Sequence[tuple[str, str]]) -> bool:
    """It is called so, and nothing else, from now on; False if something else of the hospital is."""
    column = _COLUMNS[kind]
    await work.session.execute(delete(offer_names).where(column == key, offer_names.c.hospital_id == hospital))
    said_so = sorted(set(names))  # in one order, so that nobody waits for who waits for them
    rows = [{"hospital_id": hospital, "system": system, "value": value, column.name: key} for system, value in said_so]
    if not rows:
        return True
    said = insert(offer_names).values(rows).on_conflict_do_nothing().returning(offer_names.c.value)
    return len((await work.session.execute(said)).all()) == len(rows)


async def announce(work: Work, hospital: UUID, key: UUID, department: UUID, doctor: UUID) -> None:
    """The doctor has a schedule in the department, whether or not there is a time in it."""
    row = {"id": key, "hospital_id": hospital, "department_id": department, "doctor_id": doctor, "made_at": work.now}
    await work.session.execute(insert(offered).values(row).on_conflict_do_nothing())


async def sets_aside(work: Work, key: UUID, aside: Aside) -> None:
    """A schedule's rule from now on; of times that are there nothing changes."""
    said = {"set_aside": aside.seats, "back_days": aside.days, "back_at": aside.at}
    await work.session.execute(update(offered).where(offered.c.id == key).values(said))


async def release(work: Work, department: UUID, doctor: UUID, day: date | None, *, at: datetime | None) -> int:
    """What a doctor has in a department and would be released later is released then, or at once; how many times.

    What is released at once has no such moment any more: whoever waited meanwhile began earlier, and would move it once more.
    """
    since = at or work.now
    mine = [slots.c.department_id == department, slots.c.doctor_id == doctor, slots.c.starts_at > since, ~slots.c.closed]
    if day is not None:
        mine.append(func.date(func.timezone("Asia/Shanghai", slots.c.starts_at)) == day)
    rows = select(slots.c.id).where(*mine, slots.c.opens_at > since).order_by(slots.c.id).with_for_update()
    said = update(slots).where(slots.c.id.in_(rows)).values(opens_at=at).returning(slots.c.id)
    return len((await work.session.execute(said)).all())
