"""What was learned of categories: a model a day, the newest that may be asked; runs by names that nobody can read."""

import json
import zlib
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    select,
    text,
)
from sqlalchemy import Text as Words
from sqlalchemy.dialects.postgresql import insert

from chassis.crypto import person_keys
from chassis.db import Work
from chassis.prepared import Prepared, Row
from services.reports.domain.classifier import Model
from services.reports.store.parts import FILED
from services.reports.store.tables import metadata, reports

_LEARNED_FROM = 20_000  # the newest that were mended

classifiers = Table(
    "classifiers", metadata,
    Column("id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("fit", Boolean, nullable=False, comment="it may be asked"),
    Column("categories", ARRAY(Words), nullable=False),
    Column("cases", ARRAY(Integer), nullable=False),
    Column("temperature", Float, nullable=False),
    Column("judged", Integer, nullable=False),
    Column("right", Integer, nullable=False),
    Column("people", LargeBinary, nullable=False, comment="by run, of each category; JSON, deflated"),
    Index("uq_classifiers_day", "day", unique=True),
)
_MENDED = text("status in ('resolved', 'closed')")
_CASES = Prepared(
    select(reports.c.id, reports.c.reporter_id).where(_MENDED, FILED).order_by(reports.c.id.desc()).limit(_LEARNED_FROM)
)
_TEXTS = Prepared(
    select(reports.c.id, reports.c.reporter_id, reports.c.category, reports.c.sealed_text, person_keys.c.wrapped)
    .join(person_keys, person_keys.c.person_id == reports.c.reporter_id)
    .where(reports.c.id == func.any(bindparam("keys", type_=ARRAY(Uuid))), _MENDED)
)
_FIT = select(classifiers.c.id).where(classifiers.c.fit).order_by(classifiers.c.day.desc()).limit(1)
_NEWEST = Prepared(_FIT)
_ONE = Prepared(select(classifiers).where(classifiers.c.id == bindparam("key")))
_KEEP = Prepared(insert(classifiers).on_conflict_do_nothing(index_elements=["day"]), *classifiers.c.keys())


async def mended(work: Work) -> dict[UUID, list[UUID]]:
    """The newest reports that were mended, by reporter."""
    found: dict[UUID, list[UUID]] = {}
    for row in await work.rows(_CASES):
        found.setdefault(row.reporter_id, []).append(row.id)
    return found


async def texts(work: Work, keys: list[UUID]) -> list[Row]:
    """Of these reports category and sealed text, of those who are not forgotten."""
    return await work.rows(_TEXTS, keys=keys)


async def last_day(work: Work) -> date | None:
    """When a model was kept last."""
    found: date | None = await work.session.scalar(select(func.max(classifiers.c.day)))
    return found


async def keep(work: Work, day: date, model: Model) -> None:
    """The model of a day; of two that were made of one, one is kept. Those before it are gone, but for the one that is asked."""
    people = zlib.compress(json.dumps({str(run): list(counts) for run, counts in model.people.items()}).encode())
    said = {"categories": list(model.categories), "cases": list(model.cases), "temperature": model.temperature}
    await work.rows(
        _KEEP, id=work.new_id(), day=day, fit=model.is_fit, judged=model.judged, right=model.right, people=people, **said
    )
    asked = select(_FIT.subquery().c.id)
    await work.session.execute(delete(classifiers).where(classifiers.c.day < day, classifiers.c.id.not_in(asked)))


async def newest(work: Work) -> UUID | None:
    """Which model is asked."""
    found: UUID | None = await work.value(_NEWEST)
    return found


async def model(work: Work, key: UUID) -> Model | None:
    """One model; None of one that is gone by now."""
    row = await work.row(_ONE, key=key)
    if row is None:
        return None
    counted: dict[str, Any] = json.loads(zlib.decompress(row.people))
    people = {int(run): counts for run, counts in counted.items()}
    return Model(tuple(row.categories), people, row.cases, row.temperature, row.judged, row.right)
