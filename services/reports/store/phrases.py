"""What reports keeps of phrases."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Table, Text, Uuid, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import registry

from chassis.db import Work
from chassis.prepared import Prepared
from chassis.tables import AreaPath
from contracts.area import community_of
from services.reports.domain.phrase import ACTS, LONGEST, LONGEST_TITLE, Phrase
from services.reports.store.tables import metadata

phrases = Table(
    "phrases", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("owner_id", Uuid, comment="whose own it is; none of a community's"),
    Column("act", Text, CheckConstraint(f"act in ({', '.join(map(repr, ACTS))})", name="act"), nullable=False),
    Column("title", Text, CheckConstraint(f"char_length(title) between 1 and {LONGEST_TITLE}", name="title"), nullable=False),
    Column("said", Text, CheckConstraint(f"char_length(said) between 1 and {LONGEST}", name="said"), nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Index("uq_phrases_own", "owner_id", "title", unique=True, postgresql_where=text("owner_id is not null")),
    Index("uq_phrases_shared", "area", "title", unique=True, postgresql_where=text("owner_id is null")),
)
registry(metadata=metadata).map_imperatively(Phrase, phrases)
_KEEP = Prepared(insert(phrases).on_conflict_do_nothing().returning(phrases.c.id), *phrases.c.keys())
_SHARED = phrases.c.owner_id.is_(None)


async def counted(work: Work, made: Phrase) -> int:
    """How many there are beside it."""
    mine = _SHARED & (phrases.c.area == made.area) if made.owner_id is None else phrases.c.owner_id == made.owner_id
    return await work.session.scalar(select(func.count()).where(mine)) or 0


async def keep(work: Work, made: Phrase) -> bool:
    """Keep it; False if one of the title is there."""
    row = {name: getattr(made, name) for name in phrases.c.keys()}  # noqa: SIM118 - of columns, whose keys are their names
    return await work.row(_KEEP, **row) is not None


async def for_person(work: Work, person: UUID, areas: tuple[str, ...]) -> list[Phrase]:
    """One's own, and those of the communities where one serves, by title."""
    communities = sorted({community_of(one) for one in areas})
    shared = _SHARED & or_(*(phrases.c.area == one for one in communities)) if communities else text("false")
    asked = select(Phrase).where(or_(phrases.c.owner_id == person, shared)).order_by(phrases.c.title, phrases.c.id)
    return list(await work.session.scalars(asked))


async def remove(work: Work, made: Phrase) -> None:
    """It is kept no longer."""
    await work.session.delete(made)


async def forget(work: Work, person: UUID) -> None:
    """What somebody kept for themselves goes with them."""
    await work.session.execute(delete(phrases).where(phrases.c.owner_id == person))
