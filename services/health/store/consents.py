"""What people agreed to: this service's copy, filled by identity's events."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Table, Text, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from chassis.prepared import Prepared
from services.health.domain.consent import HOSPITAL
from services.health.store.tables import metadata

consents = Table(
    "consents", metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

_GIVEN = Prepared(select(consents.c.given).where(
    consents.c.person_id == bindparam("person", type_=Uuid), consents.c.purpose == HOSPITAL
))


async def keep(work: Work, person: UUID, purpose: str, *, given: bool, seq: int, at: datetime) -> bool:
    """Keep what is so now; False of what is older than what is known."""
    saying = insert(consents).values(person_id=person, purpose=purpose, given=given, seq=seq, changed_at=at)
    newer = saying.on_conflict_do_update(
        index_elements=[consents.c.person_id, consents.c.purpose], where=consents.c.seq < saying.excluded.seq,
        set_={name: saying.excluded[name] for name in ("given", "seq", "changed_at")},
    )
    return (await work.session.execute(newer.returning(consents.c.seq))).first() is not None


async def may_tell(work: Work, person: UUID) -> bool:
    """Whether a hospital may be told of this person."""
    return bool(await work.value(_GIVEN, person=person))
