"""What reports says of what may be shown outside, and of who outside is told."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.area import Role
from contracts.event import NOBODY, OFFICES, Audience, Event
from contracts.reports import LADDER, _InHand, _ReportEvent


class ReportHeld(_InHand):
    """Something in it was blocked: nothing of it is shown to everybody until staff looked; work goes on."""

    topic: ClassVar[str] = "reports.report_held.v1"
    reporter_id: UUID


class CheckWaiting(_InHand):
    """What was not let pass in it has waited for somebody to look for four hours, and then for eight: `reminder` counts."""

    topic: ClassVar[str] = "reports.check_waiting.v1"
    audience: ClassVar[Audience] = Audience(staff=frozenset(LADDER[1:]))
    check_id: UUID
    reminder: int


class ReportReleased(_ReportEvent):
    """Staff looked at what was blocked in it: it is harmless, and the report is held no more."""

    topic: ClassVar[str] = "reports.report_released.v1"
    reporter_id: UUID


class FollowersTold(_ReportEvent):
    """Where somebody follows what goes on, it was `submitted`, or is `resolved`; of more than 200 `followers`, in parts."""

    topic: ClassVar[str] = "reports.followers_told.v1"
    audience: ClassVar[Audience] = NOBODY
    step: str
    followers: tuple[UUID, ...]


class HotspotGrown(_InHand):
    """So many `people` meet the same by now that the office hears of it: at five, twenty, eighty, of each once."""

    topic: ClassVar[str] = "reports.hotspot_grown.v1"
    people: int


class DayCounted(Event):
    """How a community's local day was: what was `filed`, and its month's three rates as they were known at the day's end.

    A rate is its numerator, its denominator, and how many of whom it is not known (yet): 响应率, 解决率, 满意率.
    """

    topic: ClassVar[str] = "reports.day_counted.v1"
    aggregate: ClassVar[str] = "day"
    audience: ClassVar[Audience] = Audience(staff=OFFICES)
    day_id: UUID
    day: date
    filed: int
    response: tuple[int, int, int]
    resolved: tuple[int, int, int]
    satisfied: tuple[int, int, int]


class HookSilenced(Event):
    """An address that is told how reports go on took nothing for a day, and is told nothing until staff begin it again."""

    topic: ClassVar[str] = "reports.hook_silenced.v1"
    aggregate: ClassVar[str] = "hook"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.COMMUNITY_OFFICER}))
    hook_id: UUID


class HookGone(Event):
    """An address said by 410 Gone that it wants to be told nothing any more; it is told nothing, and not begun again."""

    topic: ClassVar[str] = "reports.hook_gone.v1"
    aggregate: ClassVar[str] = "hook"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.COMMUNITY_OFFICER}))
    hook_id: UUID
