"""Recovery codes: on paper, each good once instead of a second factor that is not at hand."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.identity.domain import second_factor as rules
from services.identity.store import queries
from services.identity.store.tables import recovery_codes

_paper = recovery_codes.c


async def spend(work: Work, person: UUID, code: str) -> bool:
    """Whether it is one that was not used yet."""
    written = rules.on_paper(code)
    if written is None:
        return False
    its = update(recovery_codes).where(_paper.person_id == person, _paper.hash == _hash(work, person, written))
    spent = its.where(_paper.used_at.is_(None)).values(used_at=work.now).returning(_paper.person_id)
    if await work.session.scalar(spent) is None:
        return False
    await work.audit("second-factor.recover", f"person/{person}", actor=person)
    return True


async def new(work: Work, person: UUID) -> list[str]:
    """Ten new ones; those given before are void."""
    codes = rules.new_recovery_codes()
    await work.session.execute(delete(recovery_codes).where(_paper.person_id == person))
    rows = [{"person_id": person, "hash": _hash(work, person, code)} for code in codes]
    await work.session.execute(insert(recovery_codes), rows)
    return codes


async def forget_spare(work: Work, person: UUID) -> None:
    """They stand for a second factor: without one they are good for nothing."""
    if not await queries.is_guarded(work, person):
        await work.session.execute(delete(recovery_codes).where(_paper.person_id == person))


def _hash(work: Work, person: UUID, code: str) -> bytes:
    return work.vault.keys.blind(f"recovery/{person}", code)
