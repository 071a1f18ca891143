"""公示: the public board of a community; no token, no text, no person, no place finer than a grid."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import Response
from pydantic import BaseModel, Field

from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.reports.actions import board as acts
from services.reports.api.anchors import Code

router = new_router("/api/v1/board", tags=["board", PUBLIC])
at_anchors = new_router("/api/v1/anchors", tags=["board", PUBLIC])

Community = Annotated[str, InPath(max_length=256, pattern=PATTERN)]
_KEPT = "public, max-age=300"


class CommunityView(BaseModel):
    """A community that has a board."""

    area: str
    name: str


class BoardRateView(BaseModel):
    """A rate with what it rests on; `low` is the lower end of Wilson's interval at 95 %."""

    numerator: int
    denominator: int
    value: float
    low: float


class GroupView(BaseModel):
    """A category (`rest`: those too small to stand alone); a rate is null while fewer than `fewest` are behind it."""

    group: str
    response: BoardRateView | None
    resolved: BoardRateView | None
    satisfied: BoardRateView | None


class GridView(GroupView):
    """A grid by its path and name (`rest`: those too small to stand alone; the community's own path: filed for none)."""

    name: str | None


class SilentView(BaseModel):
    """How many of a month are in no rate, as nothing is known of them; null while one of the three is fewer than `fewest`."""

    response: int | None
    resolved: int | None
    satisfied: int | None


class HouseholdsView(BaseModel):
    """Problems of public places that were filed in a month, those of many as one, against the households there."""

    clusters: int
    households: int
    per_thousand: float


class MonthView(GroupView):
    """A month; of its categories it is not told how many are in no rate."""

    unanswered: SilentView
    clusters: Annotated[HouseholdsView | None, Field(description="null of fewer than five people's, and of unknown households")]


class BoardView(BaseModel):
    """What everybody may know of the last six months that change no more: those that ended eight days before, or earlier."""

    area: str
    name: str
    known_at: Annotated[datetime, Field(description="of the rates: eight days after the last of the months")]
    open_at: Annotated[datetime, Field(description="of what is open: the last local midnight")]
    fewest: int
    months: list[MonthView]
    categories: Annotated[list[GroupView], Field(description="of the last of the months; none while it is too small")]
    grids: Annotated[list[GridView], Field(description="the same by grid; none while it is too small")]
    open: Annotated[dict[str, int], Field(description="how many in public places at `open_at`, by category; the few as `rest`")]


class PlaceFiguresView(BaseModel):
    """How many were filed by the poster, how many of them are mended, and half of those within how many hours."""

    filed: int
    resolved: Annotated[int, Field(description="of at least five people")]
    median_hours: float


class PlaceView(BaseModel):
    """The last month of a poster that changes no more; null while fewer than five people's were mended."""

    month: str
    known_at: datetime
    figures: PlaceFiguresView | None


@router.get("", response_model=list[CommunityView])
async def list_boards(work: Working) -> list[dict[str, str]]:
    """The communities that have a board."""
    return await acts.listed(work)


@router.get("/{community}", response_model=BoardView)
async def get_board(community: Community, work: Working, response: Response) -> dict[str, Any]:
    """The three rates of a community by month, category and grid, and how many are open."""
    response.headers["cache-control"] = _KEPT
    return await acts.shown(work, community)


@at_anchors.get("/{code}/figures", response_model=PlaceView)
async def get_anchor_figures(code: Code, work: Working, response: Response) -> dict[str, Any]:
    """How fast it went here in the last month."""
    response.headers["cache-control"] = _KEPT
    return await acts.at_a_place(work, code)
