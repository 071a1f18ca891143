"""Duplicates: two persons for whom one number of papers was shown."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.store import queries

router = new_router("/api/v1/duplicates", tags=["duplicates"])


class DuplicateView(BaseModel):
    """Who showed it, whom it led to already, and the smallest area where both live."""

    id: UUID
    person_id: UUID
    other_id: UUID
    area: str
    found_at: datetime


@router.get("", response_model=Page[DuplicateView])
async def list_duplicates(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """Those of the areas one serves, the newest first."""
    return await queries.DUPLICATES.page(work, asked, actor.scope("duplicates.read"))
