"""关注: what a neighbour wants to hear of."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import follows as acts
from services.reports.api.reports import Category, Path

router = new_router("/api/v1/follows", tags=["follows"])


class NewFollow(Body):
    """A place, from the community to the unit of a building, or a poster by its code; all that is filed there, or a category."""

    area: Path | None = None
    anchor: Annotated[str | None, Field(min_length=1, max_length=64, description="the code of a poster")] = None
    category: Category | None = None


class FollowView(BaseModel):
    """What one follows."""

    id: UUID
    area: str
    anchor_id: UUID | None
    category: str | None
    followed_at: datetime


@router.post("", status_code=201, response_model=FollowView)
async def begin_following(new: NewFollow, actor: Actor, work: Working) -> dict[str, Any]:
    """Hear of what is filed there, and that it is mended; twenty a person, the same twice is one."""
    return await acts.begin(work, by=actor, area=new.area, code=new.anchor, category=new.category)


@router.get("", response_model=list[FollowView])
async def list_followed(actor: Actor, work: Working) -> list[dict[str, Any]]:
    """What one follows, oldest first."""
    return await acts.listed(work, by=actor)


@router.delete("/{follow_id}", status_code=204)
async def end_following(follow_id: UUID, actor: Actor, work: Working) -> None:
    """Hear of it no longer."""
    await acts.end(work, follow_id, by=actor)
