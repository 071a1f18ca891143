"""Children under fourteen: who is known to be one, who their guardians are, and which consents stand because of them."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from services.identity.domain.facts import Fact, Papers
from services.identity.domain.proxies import Proxy
from services.identity.store.proxies import proxies

_ours = proxies.c
_PAPERS: dict[str, Papers] = {"court-paper": "guardianship-paper"}  # the others are called alike


async def is_child(work: Work, person: UUID) -> bool:
    """Whether papers that two saw say that they are not fourteen yet.

    Also when one of the two, or nobody, ended it before that; what staff ended may have been a mistake, and says nothing.
    """
    known = (_ours.principal_id == person) & (_ours.kind == "guardian") & (_ours.ends_at > work.now)
    of_theirs = _ours.ended_by.is_(None) | _ours.ended_by.in_((_ours.principal_id, _ours.actor_id))
    asked = select(_ours.id).where(known, _ours.state.in_(("confirmed", "ended")), of_theirs).limit(1)
    return await work.session.scalar(asked) is not None


async def guards(work: Work, guardian: UUID, child: UUID) -> bool:
    """Whether somebody is a child's guardian now."""
    pair = (_ours.actor_id == guardian) & (_ours.principal_id == child) & (_ours.kind == "guardian")
    lives = (_ours.state == "confirmed") & (_ours.starts_at <= work.now) & (_ours.ends_at > work.now)
    return await work.session.scalar(select(_ours.id).where(pair, lives).limit(1)) is not None


async def as_facts(work: Work, guardian: UUID) -> list[Fact]:
    """Whose guardian somebody is or was, as facts of theirs: read where guardianships are kept, and kept nowhere twice."""
    mine = (_ours.actor_id == guardian) & (_ours.kind == "guardian") & _ours.state.in_(("confirmed", "ended"))
    held: Sequence[Proxy] = (await work.session.scalars(select(Proxy).where(mine).order_by(_ours.id.desc()))).all()
    return [_fact(work, one) for one in held]


def _fact(work: Work, one: Proxy) -> Fact:
    ended: Any = one.ended_at if one.ended_at is not None or one.ends_at > work.now else one.ends_at
    by_hand, papers = one.ended_by is not None, _PAPERS.get(one.evidence, cast(Papers, one.evidence))
    return Fact(
        one.id, one.actor_id, "guardian-of", papers, one.decided_at or one.starts_at,
        checked_by=one.decided_by, child_id=one.principal_id, expires_at=one.ends_at, ended_at=ended,
        ended_by=one.ended_by, why=None if ended is None else "ended" if by_hand else "over",
    )
