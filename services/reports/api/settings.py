"""Settings: what a community promises, read and changed by version."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Query, Response
from fastapi import Path as InPath
from pydantic import BaseModel, Field, PlainSerializer

from chassis.pages import Page, Paging
from chassis.problems import MEDIA_TYPE
from chassis.route import Actor, Working
from chassis.service import Body, Problem
from chassis.service import router as new_router
from contracts.area import PATTERN
from services.reports.actions import settings as acts
from services.reports.api.reports import Category, Path
from services.reports.domain.clock import Policy
from services.reports.domain.severity import Severity
from services.reports.domain.terms import (
    DEFAULT,
    LONGEST,
    MOST_HOUSEHOLDS,
    MOST_PLACES,
    MOST_REPORTS,
    MOST_RETURNS,
    MOST_SPANS,
    SHORTEST,
    Settings,
    Terms,
)

router = new_router("/api/v1/settings", tags=["settings"])

CONDITIONAL: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in (412, 428)
}
Community = Annotated[str, InPath(max_length=256, pattern=PATTERN)]
ReliesOn = Annotated[str | None, Header(alias="If-Match", max_length=200, description="the ETag of the terms that were read")]
Hour = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Households = Annotated[int, Field(ge=1, le=MOST_HOUSEHOLDS, strict=True)]
_OF_HOUSEHOLDS = "how many live in the community and in its grids, by path; without them no figure is set against them"
_OF_SEVERITY = "levels that are mended within a time of their own, where that is shorter than the category's"
ShownHour = Annotated[int, PlainSerializer(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}", return_type=str)]


class Allowed(Body):
    """How long something may take: minutes of duty hours, or `by_night` of day and night."""

    minutes: Annotated[int, Field(ge=SHORTEST, le=LONGEST, strict=True)]
    by_night: bool = False

    def policy(self) -> Policy:
        """The same in the words of the rule."""
        return Policy(self.minutes, self.by_night)


def _usual() -> dict[Severity, Allowed]:
    return {Severity(level): Allowed(minutes=one.minutes, by_night=one.by_night) for level, one in DEFAULT.severity.items()}


class NewTerms(Body):
    """The terms whole; duty hours are local, in order and apart, none at all is day and night."""

    duty: Annotated[list[tuple[Hour, Hour]], Field(max_length=MOST_SPANS)]
    respond: Allowed
    contact: Allowed
    arrive: Allowed
    ordinary: Allowed
    resolve: Annotated[dict[Category, Allowed], Field(description="categories that differ from the ordinary")]
    return_limit: Annotated[int, Field(ge=1, le=MOST_RETURNS, strict=True)]
    daily_reports: Annotated[int, Field(ge=1, le=MOST_REPORTS, strict=True)]
    households: Annotated[
        dict[Path, Households], Field(max_length=MOST_PLACES, description=_OF_HOUSEHOLDS, default_factory=dict)
    ]
    asks_where: Annotated[bool, Field(description="a resolution says where its photo was taken, or why it cannot")] = False
    severity: Annotated[dict[Severity, Allowed], Field(description=_OF_SEVERITY, default_factory=_usual)]

    def terms(self) -> Terms:
        """The same in the words of the rule; its version is given when they are decided."""
        return Terms(
            version=0, duty=tuple((_minute(opens), _minute(closes)) for opens, closes in self.duty),
            respond=self.respond.policy(), contact=self.contact.policy(), arrive=self.arrive.policy(),
            ordinary=self.ordinary.policy(), resolve={name: one.policy() for name, one in self.resolve.items()},
            return_limit=self.return_limit, daily_reports=self.daily_reports, households=self.households,
            asks_where=self.asks_where, severity={one.value: allowed.policy() for one, allowed in self.severity.items()},
        )


class AllowedView(BaseModel):
    """How long something may take."""

    minutes: int
    by_night: bool


def _shown() -> dict[Severity, AllowedView]:
    """Of a version of before there was any: the default, which is in force there as well."""
    return {level: AllowedView(minutes=one.minutes, by_night=one.by_night) for level, one in _usual().items()}


class TermsView(BaseModel):
    """The terms whole."""

    duty: list[tuple[ShownHour, ShownHour]]
    respond: AllowedView
    contact: AllowedView
    arrive: AllowedView
    ordinary: AllowedView
    resolve: dict[str, AllowedView]
    return_limit: int
    daily_reports: int
    households: Annotated[dict[str, int], Field(description=_OF_HOUSEHOLDS, default_factory=dict)]
    asks_where: bool = False
    severity: Annotated[dict[Severity, AllowedView], Field(description=_OF_SEVERITY, default_factory=_shown)]


class SettingsView(BaseModel):
    """What is in force; decided by nobody while it is the default. The version is the ETag."""

    area: str
    terms: TermsView
    decided_by: UUID | None
    decided_at: datetime | None


class DecidedView(TermsView):
    """A version that was decided."""

    version: int
    decided_by: UUID
    decided_at: datetime


@router.get("/{area}", response_model=SettingsView)
async def get_settings(area: Community, actor: Actor, work: Working, response: Response) -> Settings:
    """The terms of a community, and their version."""
    return _tagged(response, await acts.shown(work, area, by=actor))


@router.put("/{area}", response_model=SettingsView, responses=CONDITIONAL)
async def put_settings(
    area: Community, new: NewTerms, actor: Actor, work: Working, *, response: Response, relies_on: ReliesOn = None
) -> Settings:
    """New terms, if those that were read are still in force; clocks that run keep theirs."""
    return _tagged(response, await acts.decide(work, area, by=actor, relies_on=relies_on, terms=new.terms()))


@router.get("/{area}/versions", response_model=Page[DecidedView])
async def list_versions(area: Community, actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Page[dict[str, Any]]:
    """Every version that was decided, newest first."""
    return await acts.history(work, area, by=actor, paging=asked)


def _tagged(response: Response, found: Settings) -> Settings:
    """The version goes into the ETag; a proxy that compressed the answer would take it away (RFC 9110 section 7.7)."""
    response.headers.update({"etag": found.tag, "cache-control": "private, no-cache, no-transform"})
    return found


def _minute(hour: str) -> int:
    hours, minutes = hour.split(":")
    return int(hours) * 60 + int(minutes)
