"""Refused accesses, for who looks at them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.store.refusals import REFUSALS

router = new_router("/api/v1/refusals", tags=["refusals"])


class RefusalView(BaseModel):
    """How often in an hour an operation refused somebody with a status."""

    id: UUID
    hour: datetime
    operation: str
    status: int
    person_id: UUID
    area: str | None
    times: int


@router.get("", response_model=Page[RefusalView])
async def list_refusals(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """Of people who serve or live in the areas one answers for, the newest first."""
    return await REFUSALS.page(work, asked, actor.scope("refusals.read"))
