"""What notify tells the others."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Audience, Event


class NoticeAdded(Event):
    """A notice lies in somebody's inbox."""

    topic: ClassVar[str] = "notify.notice_added.v1"
    aggregate: ClassVar[str] = "notice"
    audience: ClassVar[Audience] = Audience(people=True)
    notice_id: UUID
    template: str
