"""Entitlements: for whom seats are set aside."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.health.actions import entitlements as acts
from services.health.domain.entitlement import Entitlement, Ground
from services.health.store import queries

router = new_router("/api/v1/slots/entitlements", tags=["slots"])


class NewEntitlement(Body):
    """Who, where, why; until when, if it ends. An end that has passed takes it back."""

    area: Annotated[str, Field(max_length=256, pattern=PATTERN)]
    person_id: UUID
    ground: Ground
    ends_at: AwareDatetime | None = None


class EntitlementView(BaseModel):
    """A person may take seats that are set aside."""

    id: UUID
    area: str
    person_id: UUID
    ground: Ground
    ends_at: datetime | None
    marked_at: datetime


class EntitlementFilter(Paging):
    """Whose."""

    person_id: UUID | None = None


@router.post("", response_model=EntitlementView)
async def mark_entitlement(new: NewEntitlement, actor: Actor, work: Working) -> Entitlement:
    """Say that a resident is 65 or over, or has a contract with the family doctor; said again, the last word holds."""
    said = Entitlement(work.new_id(), marked_by=actor.id, marked_at=work.now, **new.model_dump())
    return await acts.mark(work, said, by=actor)


@router.get("", response_model=Page[EntitlementView])
async def list_entitlements(actor: Actor, work: Working, asked: Annotated[EntitlementFilter, Query()]) -> Any:
    """One's own; for the hut's staff, those of the hut. What has ended is listed with its end."""
    scope = actor.scope("entitlements.read")
    return await queries.ENTITLEMENTS.page(work, asked, scope, person_id=asked.person_id)
