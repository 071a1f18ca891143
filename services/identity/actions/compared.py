"""What a real-name check left behind is forgotten when the consent it rests on is taken back."""

from uuid import UUID

from sqlalchemy import delete, select, update

from chassis.db import Work
from services.identity.actions import facts
from services.identity.domain.facts import Fact
from services.identity.store.facts import facts as kept
from services.identity.store.real_name import numbers, real_name_checks


async def forget_numbers(work: Work, person: UUID) -> None:
    """What waits is asked of nobody, no number leads to them, what was compared is a fact no more (PIPL articles 15, 47)."""
    checks = real_name_checks.c
    waits = (checks.person_id == person) & (checks.state == "asked")
    await work.session.execute(update(real_name_checks).where(waits).values(
        state="unanswered", sealed_asked=None, decided_at=work.now,
    ))
    await work.session.execute(delete(numbers).where(numbers.c.person_id == person))
    stands = (kept.c.person_id == person) & (kept.c.kind == "real-name") & kept.c.ended_at.is_(None)
    for one in (await work.session.scalars(select(Fact).where(stands).with_for_update())).all():
        await facts.let_go(work, one)
