"""保存的视图: a worklist's question under a name."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import views as acts
from services.reports.actions.worklists import Slice
from services.reports.api.reports import Category, Path
from services.reports.api.worklists import WorkItem
from services.reports.domain.machine import Status
from services.reports.domain.severity import Severity
from services.reports.domain.view import LONGEST_NAME
from services.reports.domain.worklist import LONGEST_CURSOR, LONGEST_SOUGHT, Filters, List, Order, Question

router = new_router("/api/v1/views", tags=["views"])

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=r"^\S(?:[^\x00-\x1f\x7f]*\S)?$")]


class KeptFilters(Body):
    """What is asked; as of a worklist."""

    category: Annotated[list[Category], Field(max_length=10)] = Field(default_factory=list)
    status: Annotated[list[Status], Field(max_length=15)] = Field(default_factory=list)
    area: Path | None = None
    level: Annotated[int | None, Field(ge=1, le=4)] = None
    unit_id: UUID | None = None
    overdue: bool = False
    mine: bool = False
    has_photo: bool = False
    reopened: bool = False
    severity: Annotated[Severity | None, Field(description="so grave, or graver")] = None
    q: Annotated[str | None, Field(max_length=LONGEST_SOUGHT)] = None

    def filters(self) -> Filters:
        """The same in the words of the rule."""
        said = {name: getattr(self, name) for name in KeptFilters.model_fields}
        return Filters(**{**said, "category": tuple(self.category), "status": tuple(one.value for one in self.status)})


class NewView(Body):
    """A question and its name; with `unit_id` it is shared with all who serve in that unit."""

    name: Name
    worklist: List
    order: Order | None = None
    filters: KeptFilters = Field(default_factory=KeptFilters)
    unit_id: UUID | None = None

    def question(self) -> Question:
        """The same in the words of the rule; OriginUnfit, OrderUnfit, SoughtUnfit."""
        order = self.order or (Order.DUE if self.worklist.is_in_hand else Order.NEW)
        return Question(self.worklist, order, self.filters.filters())


class ViewView(BaseModel):
    """A saved view; `outdated` names what of it can be asked no more, and then it cannot be put."""

    id: UUID
    name: str
    worklist: str
    worklist_label: str
    order: str
    filters: dict[str, Any]
    shared: bool
    unit_id: UUID | None
    own: bool
    outdated: list[str]
    saved_at: datetime
    href: str


class PagingOn(Paging):
    """How much, and from where."""

    cursor: Annotated[str | None, Field(max_length=LONGEST_CURSOR)] = None


@router.post("", status_code=201, response_model=ViewView)
async def save_view(new: NewView, actor: Actor, work: Working) -> dict[str, Any]:
    """Keep it under a name: twenty a person, twenty a unit."""
    actor.may("views.keep")
    return await acts.save(work, by=actor, name=new.name, question=new.question(), unit=new.unit_id)


@router.get("", response_model=list[ViewView])
async def list_views(actor: Actor, work: Working) -> list[dict[str, Any]]:
    """One's own, and those shared in one's units."""
    return await acts.listed(work, by=actor)


@router.get("/{view_id}/reports", response_model=Page[WorkItem])
async def put_view(view_id: UUID, actor: Actor, work: Working, asked: Annotated[PagingOn, Query()]) -> Page[dict[str, Any]]:
    """What it asks for, of what lies where whoever asks now serves."""
    return await acts.put(work, view_id, by=actor, part=Slice(asked.limit, asked.cursor))


@router.delete("/{view_id}", status_code=204)
async def remove_view(view_id: UUID, actor: Actor, work: Working) -> None:
    """It is kept no longer."""
    await acts.remove(work, view_id, by=actor)
