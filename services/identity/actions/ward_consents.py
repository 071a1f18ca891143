"""A child's consents when a guardianship begins or ends: what was not a guardian's to give, or is no more, is over."""

from collections.abc import Callable
from uuid import UUID

from chassis.db import Work
from services.identity.actions import consents
from services.identity.domain.consents import Consent
from services.identity.domain.proxies import Proxy

_CHANNEL = "guardianship"  # no program: the ledger says so


async def take_back_own(work: Work, child: UUID) -> None:
    """What a child agreed to alone does not stand from the moment a guardian is known (PIPL article 31)."""
    await _take_back(work, child, lambda one: one.guardian_id is None)


async def take_back(work: Work, ended: Proxy) -> None:
    """What a guardian agreed to goes with them: another one, or from fourteen on the person, agrees anew."""
    if ended.kind == "guardian":
        await _take_back(work, ended.principal_id, lambda one: one.guardian_id == ended.actor_id)


async def _take_back(work: Work, child: UUID, which: Callable[[Consent], bool]) -> None:
    await work.taking_turns(child.bytes)
    await work.session.flush()
    for one in await consents.standing(work, child):
        if which(one):
            await consents.withdraw(work, child, one.purpose, channel=_CHANNEL, guardian=one.guardian_id)
