"""What notify tells the others."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Audience, Event
from contracts.part import _PartSettled


class NoticeAdded(Event):
    """A notice lies in somebody's inbox."""

    topic: ClassVar[str] = "notify.notice_added.v1"
    aggregate: ClassVar[str] = "notice"
    audience: ClassVar[Audience] = Audience(people=True)
    notice_id: UUID
    template: str


class ReminderSeen(Event):
    """A person has marked the reminder of an appointment as read: it was delivered, provably. Said once of a notice."""

    topic: ClassVar[str] = "notify.reminder_seen.v1"
    aggregate: ClassVar[str] = "notice"
    notice_id: UUID
    appointment_id: UUID


class PartSettled(_PartSettled):
    """What notify did of what was asked of every service about one person."""

    topic: ClassVar[str] = "notify.part_settled.v1"
