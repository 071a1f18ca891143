"""As whom partners know people: a random id for each person and sector, made at first need (OpenID Connect Core 1.0, 8.1)."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from services.identity.domain.clients import Client, ClientNotRight
from services.identity.store.subjects import pairwise_subjects

_ours = pairwise_subjects.c
_SUBJECT = Prepared(
    select(_ours.subject).where(_ours.person_id == bindparam("person"), _ours.sector == bindparam("sector"))
)
_NEW = Prepared(
    insert(pairwise_subjects).inline().on_conflict_do_nothing(), "subject", "person_id", "sector", "created_at"
)
_PERSON = Prepared(select(_ours.person_id).where(_ours.subject == bindparam("subject")))


async def known_as(work: Work, person: UUID, sector: str | None) -> UUID:
    """What a program of this sector is told of who somebody is: the same at every sign-in; of programs of our own the person."""
    if sector is None:
        return person
    known = await work.value(_SUBJECT, person=person, sector=sector)
    if known is None:
        await work.rows(_NEW, subject=uuid4(), person_id=person, sector=sector, created_at=work.now)
        known = await work.value(_SUBJECT, person=person, sector=sector)  # a twin may have been first; its id is the id
    return UUID(str(known))


async def person(work: Work, subject: UUID | str) -> UUID:
    """Who that is: of a pairwise subject the person, of every other the subject itself."""
    shown = UUID(str(subject))
    known = await work.value(_PERSON, subject=shown)
    return shown if known is None else UUID(str(known))


async def all_of(work: Work, person: UUID) -> list[UUID]:
    """Every id by which a partner knows them."""
    return list(await work.session.scalars(select(_ours.subject).where(_ours.person_id == person).order_by(_ours.subject)))


async def of_person(work: Work, person: UUID) -> list[dict[str, Any]]:
    """For their copy: which sectors' partners know them, as whom, since when."""
    found = await work.session.execute(select(pairwise_subjects).where(_ours.person_id == person).order_by(_ours.sector))
    return [{"sector": row.sector, "subject": str(row.subject), "since": row.created_at.isoformat()} for row in found]


async def forget_person(work: Work, person: UUID) -> None:
    """Nobody can tell any more who was meant."""
    await work.session.execute(delete(pairwise_subjects).where(_ours.person_id == person))


async def check_sector(work: Work, client: Client) -> None:
    """ClientNotRight for a sector that is another owner's: two partners in one could compare the people they know."""
    if client.sector is None:
        return
    await work.taking_turns(client.sector.encode())
    of_sector = select(_column("owner")).where(_column("sector") == client.sector, _column("owner") != client.owner)
    if await work.session.scalar(of_sector.limit(1)) is not None:
        raise ClientNotRight("the sector is another owner's")


def _column(name: str) -> Any:
    return getattr(Client, name)
