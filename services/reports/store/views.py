"""What reports keeps of saved views."""

from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from services.reports.domain.view import LONGEST_NAME, View
from services.reports.store.tables import metadata

views = Table(
    "views", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False, comment="where who saved it serves"),
    Column("owner_id", Uuid, nullable=False),
    Column("unit_id", Uuid, comment="shared with those who serve in it"),
    Column("name", Text, CheckConstraint(f"char_length(name) between 1 and {LONGEST_NAME}", name="name"), nullable=False),
    Column("list_name", Text, nullable=False),
    Column("order_name", Text, nullable=False),
    Column("said", JSONB, nullable=False, comment="the filters, read again whenever they are put"),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    Index("uq_views_own", "owner_id", "name", unique=True, postgresql_where=text("unit_id is null")),
    Index("uq_views_shared", "unit_id", "name", unique=True, postgresql_where=text("unit_id is not null")),
)
registry(metadata=metadata).map_imperatively(View, views)
_KEEP = Prepared(insert(views).on_conflict_do_nothing().returning(views.c.id), *views.c.keys())


async def counted(work: Work, *, owner: UUID, unit: UUID | None) -> int:
    """How many there are of this person, or of this unit."""
    mine = (views.c.owner_id == owner) & views.c.unit_id.is_(None) if unit is None else views.c.unit_id == unit
    return await work.session.scalar(select(func.count()).where(mine)) or 0


async def keep(work: Work, made: View) -> bool:
    """Keep it; False if one of the name is there."""
    row = {name: getattr(made, name) for name in views.c.keys()}  # noqa: SIM118 - of columns, whose keys are their names
    return await work.row(_KEEP, **row) is not None


async def of_person(work: Work, person: UUID, units: list[UUID]) -> list[View]:
    """One's own, and what is shared in one's units, by name."""
    shared = views.c.unit_id == func.any(bindparam("units", units, type_=ARRAY(Uuid)))
    asked = select(View).where(or_((views.c.owner_id == person) & views.c.unit_id.is_(None), shared))
    return list(await work.session.scalars(asked.order_by(views.c.name, views.c.id)))


async def remove(work: Work, made: View) -> None:
    """It is kept no longer."""
    await work.session.delete(made)


async def forget(work: Work, person: UUID) -> None:
    """What somebody kept for themselves goes with them; what they shared stays their unit's, under nobody's id."""
    mine = views.c.owner_id == person
    await work.session.execute(delete(views).where(mine, views.c.unit_id.is_(None)))
    await work.session.execute(views.update().where(mine).values(owner_id=func.gen_random_uuid()))
