"""Requests to be forgotten as their person and the register show them."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.pages import Page, Paging
from chassis.rights import Scope
from contracts.part import PARTS
from services.identity.actions import erasures, proofs
from services.identity.domain.erasure import Erasure, State
from services.identity.domain.policy import Policy
from services.identity.domain.proof import Shown
from services.identity.store.privacy import ERASURES


async def asked(work: Work, policy: Policy, person: UUID, proof: Shown) -> dict[str, Any]:
    """A new request, by who showed that it is them."""
    await proofs.must_show(work, policy, person, "people.erase", proof)
    return await shown(work, await erasures.ask(work, person))


async def shown(work: Work, erasure: Erasure) -> dict[str, Any]:
    """One's own, and why it waits."""
    return {**vars(erasure), "due_on": erasure.due_on, "reasons": await erasures.reasons(work, erasure)}


async def page(work: Work, paging: Paging, scope: Scope, *, open_ones: bool) -> Page[dict[str, Any]]:
    """Lines of the register, with what each service said."""
    found = await ERASURES.page(work, paging, scope, open=open_ones)
    told = await erasures.parts_of(work, [one["id"] for one in found.items])
    found.items = [_line(one, told.get(one["id"], {}), work) for one in found.items]
    return found


def _line(row: dict[str, Any], parts: dict[str, Any], work: Work) -> dict[str, Any]:
    kept = Erasure(**{name: row[name] for name in Erasure.__dataclass_fields__} | {"state": State(row["state"])})
    ends = kept.closed_at or kept.withdrawn_at or work.now
    missing = [service for service in PARTS if service not in parts] if kept.state is State.ERASING else []
    return {
        **vars(kept), "age_days": (ends - kept.asked_at).days, "due_on": kept.due_on, "overdue": kept.is_overdue(work.now),
        "parts": parts, "missing": missing,
    }
