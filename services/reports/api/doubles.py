"""疑似重复: asked before one files, and looked through by staff afterwards."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import anchors
from services.reports.actions import doubles as acts
from services.reports.api.reports import Category, Place
from services.reports.domain.anchor import PlaceOrAnchor, Scan
from services.reports.domain.coordinates import Point
from services.reports.domain.double import Double, Sought
from services.reports.domain.machine import Status

router = new_router("/api/v1/doubles", tags=["doubles"])


class Spot(Body):
    """A point alone, where the area is not known (yet)."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]
    crs: Literal["gcj02", "wgs84"] = "gcj02"

    def point(self) -> Point:
        """The same in the words of the rule."""
        return Point(self.lat, self.lng, self.crs)


class Doubt(Body):
    """What somebody is about to report: where (one of the three), and what about; none of it is kept, no words are wanted."""

    category: Category | None = None
    place: Place | None = None
    anchor: Annotated[str | None, Field(max_length=256)] = None
    point: Spot | None = None

    def sought(self, scan: Scan | None, at: datetime) -> Sought:
        """The same in the words of the rule; PlaceOrAnchor unless it says where, and once; AnchorUnknown of an old poster."""
        where = [one for one in (self.place, self.point, scan) if one is not None]
        category = self.category if scan is None else self.category or scan.anchor.category
        if len(where) != 1 or category is None:
            raise PlaceOrAnchor
        if scan is not None:
            scan.must_open()
        return Sought(category, at, None, *self._where(scan))

    def _where(self, scan: Scan | None) -> tuple[str | None, UUID | None, Point | None]:
        if scan is not None:
            return scan.anchor.area, scan.anchor.id, scan.anchor.point()
        if self.place is not None:
            point = self.place.point()
            return self.place.area, None, point.wgs84() if point is not None else None
        return None, None, self.point.point().wgs84() if self.point is not None else None


class DoubleView(BaseModel):
    """A report that is likely the same: what anybody who lives there may know of it; `id` is what 我也遇到 names."""

    id: UUID
    number: str
    category: str
    status: Status
    since: datetime
    supporters: int
    why: list[str]


class PairView(BaseModel):
    """Two reports that are likely the same, `report` the later one; `score` is 0 to 100."""

    id: UUID
    area: str
    score: int
    why: list[str]
    found_at: datetime
    report_id: UUID
    number: str
    category: str
    status: Status
    other_id: UUID
    other_number: str
    other_category: str
    other_status: Status
    other_supporters: int


class SettledView(BaseModel):
    """Two reports that somebody said are not the same."""

    id: UUID
    report_id: UUID
    other_id: UUID
    settled_at: datetime
    settled_by: UUID


@router.post("", response_model=list[DoubleView])
async def ask_doubles(doubt: Doubt, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """What is likely the same and open there already; best first, five at most."""
    scan = await anchors.behind(work, doubt.anchor, by=actor)
    return await acts.asked(work, by=actor, sought=doubt.sought(scan, work.now))


@router.get("", response_model=Page[PairView])
async def list_doubles(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Page[dict[str, Any]]:
    """What staff are to look at: merge the two, or dismiss it."""
    return await acts.waiting(work, by=actor, paging=asked)


@router.post("/{double_id}/dismissal", response_model=SettledView)
async def dismiss_double(double_id: UUID, actor: Actor, work: Working) -> Double:
    """They are two problems."""
    return await acts.dismiss(work, double_id, by=actor)
