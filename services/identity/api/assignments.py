"""Assignments: who serves in which role where."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from contracts.area import Role
from services.identity.actions import assignments as acts
from services.identity.actions import covers
from services.identity.api.areas import Path
from services.identity.api.fresh import StepUpRoute, fresh
from services.identity.api.units import Short
from services.identity.domain.place import Assignment
from services.identity.store import queries

router = new_router("/api/v1/assignments", tags=["assignments"])
router.route_class = StepUpRoute


class NewAssignment(Body):
    """Let this person serve in this role there."""

    person_id: UUID
    role: Role
    area: Path
    unit_id: UUID | None = None
    display_name: Short
    ends_at: AwareDatetime | None = None


class NewCover(Body):
    """This person, who serves in the same role, serves in this place meanwhile."""

    person_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: covers.Reason


class AssignmentView(BaseModel):
    """Who serves where, since and until."""

    id: UUID
    person_id: UUID
    role: str
    area: str
    unit_id: UUID | None
    display_name: str
    starts_at: datetime
    ends_at: datetime | None
    basis: Literal["granted", "cover", "emergency"]
    reason: str | None
    covers_id: UUID | None


@router.get("", response_model=Page[AssignmentView])
async def list_assignments(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """Assignments in the areas one administers, and one's own."""
    return await queries.ASSIGNMENTS.page(work, asked, actor.scope("assignments.read"))


@router.post("", status_code=201, dependencies=[fresh("assignments.grant")], response_model=AssignmentView)
async def grant_assignment(new: NewAssignment, actor: Actor, work: Working) -> Assignment:
    """Grant a role in an area of one's own."""
    return await acts.grant(
        work, by=actor, person=new.person_id, role=new.role, area=new.area, unit=new.unit_id, display_name=new.display_name,
        ends_at=new.ends_at,
    )


@router.post(
    "/{assignment_id}/cover", status_code=201, dependencies=[fresh("assignments.cover")], response_model=AssignmentView
)
async def cover_assignment(assignment_id: UUID, new: NewCover, actor: Actor, work: Working) -> Assignment:
    """Somebody who serves in the same role in the community takes this place meanwhile."""
    return await covers.arrange(
        work, assignment_id, by=actor, person=new.person_id, starts_at=new.starts_at, ends_at=new.ends_at, reason=new.reason
    )


@router.post("/{assignment_id}/ending", dependencies=[fresh("assignments.grant")], response_model=AssignmentView)
async def end_assignment(assignment_id: UUID, actor: Actor, work: Working) -> Assignment:
    """End it now."""
    return await acts.end(work, assignment_id, by=actor)
