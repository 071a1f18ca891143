"""三率: response, resolution and satisfaction, of months, grids, offices and categories."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import figures as acts
from services.reports.api.reports import Path

router = new_router("/api/v1/figures", tags=["figures"])

Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-10"])]


class FiguresFilter(Body):
    """Which months, in which groups, of which area, and as it was known at which instant (now, unless it is said)."""

    first: Annotated[Month, Field(alias="from")]
    last: Annotated[Month, Field(alias="to")]
    group_by: Literal["grid", "office", "category", "month"] = "month"
    area: Path | None = None
    at: AwareDatetime | None = None

    def wanted(self) -> acts.Wanted:
        """The same in the words of the action."""
        return acts.Wanted(self.first, self.last, self.group_by, self.area, self.at)


class RateView(BaseModel):
    """A rate with what it rests on; `low` is the lower end of Wilson's interval at 95 %, both null of nothing."""

    numerator: int
    denominator: int
    unanswered: Annotated[int, Field(description="of whom it is not known (yet); in neither number")]
    value: float | None
    low: float | None


class FiguresView(BaseModel):
    """A group: the month of the dispatch or resolution, the grid's path, the office (1 to 4), or the category."""

    group: str
    response: RateView
    resolved: RateView
    satisfied: RateView


class KnownView(BaseModel):
    """The figures, and the instant at which so much was known; asked again for that instant they are the same."""

    at: datetime
    groups: list[FiguresView]


@router.get("", response_model=KnownView)
async def list_figures(actor: Actor, work: Working, asked: Annotated[FiguresFilter, Query()]) -> dict[str, Any]:
    """The three rates where one serves: from the log of steps and appraisals, as it was known at an instant."""
    return await acts.shown(work, by=actor, wanted=asked.wanted())


class TakenView(BaseModel):
    """How long it took, of so many, in seconds: one of two within `p50`, nine of ten within `p90`; null of nothing."""

    many: int
    p50: float | None
    p90: float | None


class OnTimeView(BaseModel):
    """Clocks that were met in time, of those that were met or ran over; without their pauses, and as if there had been none."""

    pauses_excluded: RateView
    pauses_included: RateView


class OnTimesView(BaseModel):
    """By what is waited for: 受理, 首次联系, 办结."""

    respond: OnTimeView
    contact: OnTimeView
    resolve: OnTimeView


class PaceView(BaseModel):
    """A group: dispatches given back, resolutions reopened; from dispatch to work, from filing to resolution (by the clock).

    Clocks are counted in the month in which they began, at the office at which they did.
    """

    group: str
    returned: RateView
    reopened: RateView
    contact: TakenView
    mended: TakenView
    on_time: OnTimesView


class PacedView(BaseModel):
    """The pace, and the instant at which so much was known; asked again for that instant it is the same."""

    at: datetime
    groups: list[PaceView]


@router.get("/pace", response_model=PacedView)
async def list_pace(actor: Actor, work: Working, asked: Annotated[FiguresFilter, Query()]) -> dict[str, Any]:
    """时效 where one serves: how long it takes and how often it comes back, as it was known at an instant."""
    return await acts.paced(work, by=actor, wanted=asked.wanted())


class ClustersFilter(Body):
    """Which months, of which area, by month of filing or by grid, and as it was known at which instant."""

    first: Annotated[Month, Field(alias="from")]
    last: Annotated[Month, Field(alias="to")]
    area: Path
    group_by: Literal["month", "grid"] = "month"
    at: AwareDatetime | None = None

    def wanted(self) -> acts.Wanted:
        """The same in the words of the action."""
        return acts.Wanted(self.first, self.last, self.group_by, self.area, self.at)


class ClustersView(BaseModel):
    """A month, or a grid's path; `per_thousand` is null where nobody said how many households there are."""

    group: str
    clusters: Annotated[int, Field(description="of public places: reports that others were merged into, or that stand alone")]
    households: int | None
    per_thousand: float | None


class ClusteredView(BaseModel):
    """The groups, and the instant at which so much was known; asked again for that instant they are the same."""

    at: datetime
    groups: list[ClustersView]


@router.get("/clusters", response_model=ClusteredView)
async def list_clusters(actor: Actor, work: Working, asked: Annotated[ClustersFilter, Query()]) -> dict[str, Any]:
    """每千户问题数 where one serves: what many say of one problem is one, withdrawn ones are none."""
    return await acts.clustered(work, by=actor, wanted=asked.wanted(), area=asked.area)


class RepeatsFilter(Body):
    """Which months, in which groups, of which area, and as it was known at which instant."""

    first: Annotated[Month, Field(alias="from")]
    last: Annotated[Month, Field(alias="to")]
    group_by: Literal["month", "grid", "category", "anchor"] = "month"
    area: Path | None = None
    at: AwareDatetime | None = None


class RepeatedView(BaseModel):
    """The month of filing, the grid's path, the category, or the anchor's id; of all that was filed, what came again."""

    group: str
    repeated: RateView


class RepeatingView(BaseModel):
    """The groups, and the instant at which so much was known; asked again for that instant they are the same."""

    at: datetime
    groups: list[RepeatedView]


@router.get("/repeats", response_model=RepeatingView)
async def list_repeated(actor: Actor, work: Working, asked: Annotated[RepeatsFilter, Query()]) -> dict[str, Any]:
    """重复发生率 where one serves: what was mended at the same place at most 30 days before, of all that was filed."""
    wanted = acts.Wanted(asked.first, asked.last, "month", asked.area, asked.at)
    return await acts.repeating(work, by=actor, wanted=wanted, groups=asked.group_by)
