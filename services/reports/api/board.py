"""公示: the public board of a community; no token, no text, no person, no place finer than the community."""

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
from services.reports.api.figures import RateView

router = new_router("/api/v1/board", tags=["board", PUBLIC])
at_anchors = new_router("/api/v1/anchors", tags=["board", PUBLIC])

Community = Annotated[str, InPath(max_length=256, pattern=PATTERN)]
_KEPT = "public, max-age=300"


class CommunityView(BaseModel):
    """A community that has a board."""

    area: str
    name: str


class GroupView(BaseModel):
    """A month, or a category (`rest`: those too small to stand alone); a rate is null while fewer than `fewest` are behind it."""

    group: str
    response: RateView | None
    resolved: RateView | None
    satisfied: RateView | None


class BoardView(BaseModel):
    """What everybody may know: as it was known at the last local midnight, of the last six whole months."""

    area: str
    name: str
    known_at: datetime
    fewest: int
    months: list[GroupView]
    categories: Annotated[list[GroupView], Field(description="of the last whole month; none while the month is too small")]
    open: Annotated[dict[str, int], Field(description="how many are open in public places now, by category")]


class PlaceFiguresView(BaseModel):
    """How many were filed by the poster, how many of them are mended, and half of those within how many hours."""

    filed: int
    resolved: int
    median_hours: float


class PlaceView(BaseModel):
    """The last whole month of a poster; null while fewer than five were filed, or mended."""

    month: str
    known_at: datetime
    figures: PlaceFiguresView | None


@router.get("", response_model=list[CommunityView])
async def list_boards(work: Working) -> list[dict[str, str]]:
    """The communities that have a board."""
    return await acts.listed(work)


@router.get("/{community}", response_model=BoardView)
async def get_board(community: Community, work: Working, response: Response) -> dict[str, Any]:
    """The three rates of a community by month and category, and how many are open."""
    response.headers["cache-control"] = _KEPT
    return await acts.shown(work, community)


@at_anchors.get("/{code}/figures", response_model=PlaceView)
async def get_anchor_figures(code: Code, work: Working, response: Response) -> dict[str, Any]:
    """How fast it went here in the last month."""
    response.headers["cache-control"] = _KEPT
    return await acts.at_a_place(work, code)
