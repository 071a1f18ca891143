"""Which contracts end soon and have nothing after them, so that each person is told twice and no more."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Work
from services.health.domain.contract import PROMPTS, Contract, Prompt, State
from services.health.store.contracts import contracts, prompts

_AT_ONCE = 200
_later = contracts.alias()
_FOLLOWED = exists().where(
    _later.c.person_id == contracts.c.person_id, _later.c.state == State.SIGNED, _later.c.starts_at >= contracts.c.ends_at,
)


async def due(work: Work, prompt: Prompt) -> list[UUID]:
    """Contracts whose end is so near, and whose person was not told so."""
    after, until = (work.now + timedelta(days=days) for days in PROMPTS[prompt])
    told = exists().where(prompts.c.contract_id == contracts.c.id, prompts.c.prompt == prompt)
    near = contracts.c.state == State.SIGNED, contracts.c.ends_at > after, contracts.c.ends_at <= until
    asked = select(contracts.c.id).where(*near, contracts.c.starts_at <= work.now, ~told, ~_FOLLOWED)
    return list(await work.session.scalars(asked.order_by(contracts.c.ends_at).limit(_AT_ONCE)))


async def held(work: Work, key: UUID) -> Contract | None:
    """It, held; none if somebody is about it at this moment."""
    asked = select(Contract).where(contracts.c.id == key).with_for_update(skip_locked=True)
    return (await work.session.scalars(asked)).first()


async def is_first(work: Work, key: UUID, prompt: Prompt) -> bool:
    """Whether nobody told them so before; now somebody does."""
    new = insert(prompts).values(contract_id=key, prompt=prompt, at=work.now).on_conflict_do_nothing()
    return (await work.session.execute(new.returning(prompts.c.at))).first() is not None
