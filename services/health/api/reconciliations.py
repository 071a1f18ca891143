"""Reconciliations with hospitals, and the queue of what people have to see to."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.health.actions import divergences, reconciliations
from services.health.domain.reconciliation import Divergence, Reconciliation, Remedy, Settlement, Verdict
from services.health.store import ledger

router = new_router("/api/v1", tags=["reconciliations"])


class NewReconciliation(Body):
    """With which hospital."""

    hospital_id: UUID


class ReconciliationView(BaseModel):
    """One comparison; how many appointments stand how, once it has ended. `failed`: the hospital did not answer all night.

    `tried_again_at`: the hospital did not show its side, and is asked for it again then.
    """

    id: UUID
    area: str
    hospital_id: UUID
    ordered_at: datetime
    ordered_by: UUID | None
    tried_again_at: datetime | None
    ended_at: datetime | None
    failed: bool
    both: int
    ours_only: int
    theirs_only: int
    differ: int


class OfHospital(Paging):
    """Of which hospital."""

    hospital_id: UUID | None = None


class DivergenceFilter(OfHospital):
    """And whether only what is open."""

    is_open: Annotated[bool, Field(alias="open")] = False


class DivergenceView(BaseModel):
    """What the two sides do not say the same of, what was done about it, and how it ended."""

    id: UUID
    area: str
    hospital_id: UUID
    appointment_id: UUID | None
    external_ref: str | None
    verdict: Verdict
    remedy: Remedy
    starts_at: datetime
    found_at: datetime
    settled_at: datetime | None
    settled_by: UUID | None
    settlement: Settlement | None


class Settled(Body):
    """Why it is none any more."""

    why: Literal[Settlement.CALLED, Settlement.REBOOKED, Settlement.CORRECTED_THERE, Settlement.NOTHING_TO_DO]


@router.post("/reconciliations", status_code=201, response_model=ReconciliationView)
async def order_reconciliation(new: NewReconciliation, actor: Actor, work: Working) -> Reconciliation:
    """Compare with a hospital now; each night it is done anyway."""
    return await reconciliations.order(work, new.hospital_id, by=actor)


@router.get("/reconciliations", response_model=Page[ReconciliationView])
async def list_reconciliations(actor: Actor, work: Working, asked: Annotated[OfHospital, Query()]) -> Any:
    """What was compared when, and what was found."""
    return await ledger.RECONCILIATIONS.page(work, asked, actor.scope("divergences.read"), hospital_id=asked.hospital_id)


@router.get("/divergences", response_model=Page[DivergenceView])
async def list_divergences(actor: Actor, work: Working, asked: Annotated[DivergenceFilter, Query()]) -> Any:
    """What the two sides do not say the same of."""
    given = {"hospital_id": asked.hospital_id, "open": asked.is_open}
    return await ledger.DIVERGENCES.page(work, asked, actor.scope("divergences.read"), **given)


@router.post("/divergences/{divergence_id}/settlement", response_model=DivergenceView)
async def settle_divergence(divergence_id: UUID, said: Settled, actor: Actor, work: Working) -> Divergence:
    """Somebody has seen to it."""
    return await divergences.settle(work, divergence_id, said.why, by=actor)
