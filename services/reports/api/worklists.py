"""工作清单: what a member of staff has before them, with counts, filters, order by due time or distance, and search."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.reports.actions import worklists as acts
from services.reports.api.reports import Category, Path, Subcategory
from services.reports.domain.coordinates import Point
from services.reports.domain.machine import Status
from services.reports.domain.severity import Severity
from services.reports.domain.worklist import (
    FARTHEST,
    LONGEST_CURSOR,
    LONGEST_SOUGHT,
    NEAREST,
    Filters,
    List,
    Order,
    Origin,
    OriginUnfit,
    Question,
)

router = new_router("/api/v1/worklists", tags=["worklists"])


class Asks(Paging):
    """What is asked of a list: each that is left out asks nothing; several words of `category` or `status` mean any of them."""

    category: Annotated[list[Category], Field(max_length=10)] = Field(default_factory=list)
    status: Annotated[list[Status], Field(max_length=15)] = Field(default_factory=list)
    area: Path | None = None
    level: Annotated[int | None, Field(ge=1, le=4, description="the office it lies with")] = None
    unit_id: Annotated[UUID | None, Field(description="summoned to it, or its people have it in hand")] = None
    overdue: bool = False
    mine: bool = False
    has_photo: bool = False
    reopened: bool = False
    severity: Annotated[Severity | None, Field(description="so grave, or graver")] = None
    subcategory: Annotated[Subcategory | None, Field(description="and what lies below it")] = None
    q: Annotated[str | None, Field(
        max_length=LONGEST_SOUGHT, description="one to four words, all of which name it: category, place, poster, number"
    )] = None

    def filters(self) -> Filters:
        """The same in the words of the rule."""
        said = {name: getattr(self, name) for name in Asks.model_fields if name not in Paging.model_fields}
        return Filters(**{**said, "category": tuple(self.category), "status": tuple(one.value for one in self.status)})


class Ordered(Asks):
    """Also by what it is ordered; by distance (`near`) from which point, said in which datum; answers' points are in it too."""

    cursor: Annotated[str | None, Field(max_length=LONGEST_CURSOR)] = None
    order: Annotated[Order | None, Field(description="by due time unless said; what is over, newest first")] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lng: Annotated[float | None, Field(ge=-180, le=180)] = None
    crs: Literal["wgs84", "gcj02"] | None = None
    within: Annotated[int, Field(ge=NEAREST, le=FARTHEST, description="metres around the point")] = 2000

    def question(self, name: List) -> Question:
        """The same in the words of the rule; OriginUnfit, OrderUnfit, SoughtUnfit."""
        return Question(name, self.order or (Order.DUE if name.is_in_hand else Order.NEW), self.filters(), self._origin())

    def part(self) -> acts.Slice:
        """Which part of it."""
        return acts.Slice(self.limit, self.cursor)

    def _origin(self) -> Origin | None:
        if self.lat is None and self.lng is None:
            return None
        if self.lat is None or self.lng is None or self.crs is None:
            raise OriginUnfit
        return Origin(Point(self.lat, self.lng, self.crs), self.within)


class DueView(BaseModel):
    """When it is due next, and for what."""

    at: datetime
    clock: Literal["respond", "contact", "resolve"]
    label: str
    overdue: bool


class ButtonView(BaseModel):
    """An act that is allowed now."""

    name: str
    label: str
    href: str


class WorkItem(BaseModel):
    """A report as a dashboard draws it; `text` is cut short, and numbers of phones and papers in it are masked."""

    id: UUID
    number: str
    area: str
    place: str
    category: str
    category_label: str
    subcategory: str | None
    subcategory_label: Annotated[str | None, Field(description="as it was called in that version, from below the category on")]
    status: Status
    status_label: str
    severity: Severity
    severity_label: str
    level: int
    level_label: str
    text: str
    reporter_id: UUID
    assignee_id: UUID | None
    lat: float | None
    lng: float | None
    metres: Annotated[int | None, Field(description="from the point that was given, along the ground")]
    photos: int
    supporters: int
    reopen_count: int
    parent_id: Annotated[UUID | None, Field(description="the report it is a part of")]
    parent_number: str | None
    parts: Annotated[int, Field(description="that it was divided into")]
    open_parts: int
    submitted_at: datetime
    updated_at: datetime
    due: Annotated[DueView | None, Field(description="null while its time stands still, or nothing is awaited")]
    actions: list[ButtonView]


class ListView(BaseModel):
    """A list, and how many it has under the filters asked for."""

    name: List
    label: str
    total: int
    total_is: Literal["exact", "at_least"]
    href: str


@router.get("", response_model=list[ListView])
async def count_worklists(actor: Actor, work: Working, asked: Annotated[Asks, Query()]) -> list[dict[str, Any]]:
    """The lists of whoever asks, with their counts under these filters."""
    return await acts.counted(work, by=actor, filters=asked.filters())


@router.get("/{name}", response_model=Page[WorkItem])
async def read_worklist(name: List, actor: Actor, work: Working, asked: Annotated[Ordered, Query()]) -> Page[dict[str, Any]]:
    """A page of a list, soonest due first unless another order is asked for; all of it lies where one serves."""
    actor.may("worklists.read")
    found = await acts.listed(work, by=actor, question=asked.question(name), part=asked.part())
    return turned(found, gcj02=asked.crs == "gcj02")


def turned(found: Page[dict[str, Any]], *, gcj02: bool) -> Page[dict[str, Any]]:
    """The page with its points in the datum that was asked for."""
    return found.model_copy(update={"items": [acts.gcj02(one) for one in found.items]}) if gcj02 else found
