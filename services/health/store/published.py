"""What is open to everybody, and the files in which it was last published: whoever asks reads what is kept, and costs a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, String, Table, Text, bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared, Row
from services.health.domain.online import Modality
from services.health.store.queries import _FREE, _ROOM_BUSY  # the one rule of what is free
from services.health.store.registered import pair
from services.health.store.tables import departments, hospitals, metadata, rooms, slots

published = Table(
    "published_files", metadata,
    Column("name", String(64), primary_key=True),
    Column("body", Text, nullable=False, comment="nobody's: times, places and doctors' roles without a name"),
    Column("etag", String(32), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, comment="since when it says so"),
)

_at = bindparam("now", type_=DateTime(timezone=True))
_OPEN = (  # a place is the hospital's own or none is named: what lies in the hut is its residents'
    select(
        slots.c.id, slots.c.area, slots.c.starts_at, slots.c.ends_at, slots.c.department_id, slots.c.room_id,
        departments.c.name.label("department"), departments.c.hospital_id, hospitals.c.name.label("hospital"),
        rooms.c.name.label("room"), pair(slots.c.department_id, slots.c.doctor_id).label("pair_id"), _FREE.label("free"),
    )
    .join(departments, departments.c.id == slots.c.department_id).join(hospitals, hospitals.c.id == departments.c.hospital_id)
    .outerjoin(rooms, rooms.c.id == slots.c.room_id)
    .where(
        ~slots.c.closed, slots.c.modality == Modality.IN_PERSON, departments.c.closed_at.is_(None), rooms.c.closed_at.is_(None),
        slots.c.room_id.is_(None) | rooms.c.hospital_id.is_not(None), _FREE > 0, ~_ROOM_BUSY,
    )
)
_NEAR = _OPEN.where(
    slots.c.starts_at > _at, slots.c.starts_at < bindparam("until", type_=_at.type),
    or_(slots.c.opens_at.is_(None), slots.c.opens_at <= _at),
).order_by(slots.c.starts_at, slots.c.id)
_KEPT = Prepared(select(published).where(published.c.name == bindparam("name", type_=Text)))


async def kept(work: Work, name: str) -> Row | None:
    """A file as it was last published."""
    return await work.row(_KEPT, name=name)


async def open_to_all(work: Work, until: datetime, most: int) -> list[Any]:
    """What anybody could book now of what begins until then: so many, the nearest first."""
    said = {"now": work.now, "until": until, "person": None}
    return list((await work.session.execute(_NEAR.limit(most), said)).all())


async def keep(work: Work, files: dict[str, tuple[str, str]]) -> None:
    """These are the files from now on, by name with content and etag; one that says the same stays as it was."""
    await work.session.execute(delete(published).where(published.c.name.not_in(files)))
    rows = [
        {"name": name, "body": body, "etag": tag, "changed_at": work.now}
        for name, (body, tag) in sorted(files.items())
    ]
    said = insert(published)
    differs = published.c.etag != said.excluded.etag
    await work.session.execute(said.on_conflict_do_update(index_elements=["name"], where=differs, set_={
        column: said.excluded[column] for column in ("body", "etag", "changed_at")
    }), rows)
