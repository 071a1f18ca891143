"""交接: all that somebody has in hand goes to somebody else while they are away, and comes back by itself."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import handovers as acts
from services.reports.domain.handover import Handover, Why

router = new_router("/api/v1/handovers", tags=["handovers"])


class NewHandover(Body):
    """Who is away (by oneself: one's own id), who takes over, from when until when, and why."""

    from_id: UUID
    to_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    why: Why


class HandoverView(BaseModel):
    """A handover; `ended_at` is there when it ended before its time."""

    id: UUID
    area: str
    from_id: UUID
    to_id: UUID
    starts_at: datetime
    ends_at: datetime
    why: Why
    made_by: UUID
    made_at: datetime
    ended_at: datetime | None


class HandoverFilter(Paging):
    """Which."""

    under_way: bool = False


@router.post("", status_code=201, response_model=HandoverView)
async def make_handover(new: NewHandover, actor: Actor, work: Working) -> Handover:
    """Hand over one's own list; for somebody else an officer of the community or the subdistrict does."""
    during = (new.starts_at, new.ends_at)
    return await acts.make(work, by=actor, away=new.from_id, to=new.to_id, during=during, why=new.why)


@router.get("", response_model=Page[HandoverView])
async def list_handovers(actor: Actor, work: Working, asked: Annotated[HandoverFilter, Query()]) -> Page[dict[str, Any]]:
    """Those where one serves and one's own, newest first."""
    return await acts.listed(work, by=actor, paging=asked, under_way=asked.under_way)


@router.post("/{handover_id}/ending", response_model=HandoverView)
async def end_handover(handover_id: UUID, actor: Actor, work: Working) -> Handover:
    """Back before the time: what is left comes back."""
    return await acts.end(work, handover_id, by=actor)
