"""Who saw or did what with my data."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import accesses

router = new_router("/api/v1/people/me/accesses", tags=["people"])


class WhoView(BaseModel):
    """A member of staff as they served then: their role and unit; the name is masked."""

    role: str
    unit: str | None
    name: str


class AccessView(BaseModel):
    """One access; `who` is null where the platform itself did it, or a program; `shown_to` is a hospital."""

    at: datetime
    service: str
    act: str
    who: WhoView | None
    shown_to: UUID | None
    reason: str | None


@router.get("", response_model=list[AccessView])
async def list_my_accesses(actor: Actor, work: Working) -> Any:
    """The newest hundred, over all services that say it; docs/privacy.md says which do not."""
    actor.scope("people.read")
    return await accesses.of(work, actor.id)
