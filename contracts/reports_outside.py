"""What reports says of what may be shown outside, and of who outside is told."""

from typing import ClassVar
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event
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
