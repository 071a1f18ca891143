"""What reports says of causes that somebody owns: that there is one, that its day has come, is over, has another owner."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from contracts.area import Role
from contracts.event import OFFICES, Audience, Event


class _Cure(Event):
    """Common to them."""

    topic: ClassVar[str] = "reports.abstract_cure"
    aggregate: ClassVar[str] = "cure"
    audience: ClassVar[Audience] = Audience(staff=OFFICES, people=True)
    cure_id: UUID
    owner_id: UUID
    review_on: date


class CureBegun(_Cure):
    """What came again where it was mended is a cause now; its owner sees to it until it is looked at again on a local day."""

    topic: ClassVar[str] = "reports.cure_begun.v1"


class CureDue(_Cure):
    """The local day has come on which it is looked at again, and it is under way still."""

    topic: ClassVar[str] = "reports.cure_due.v1"


class CureOverdue(_Cure):
    """That was a week ago, and nobody has said how it ended."""

    topic: ClassVar[str] = "reports.cure_overdue.v1"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.COMMUNITY_OFFICER}))


class CureHandedOn(_Cure):
    """An officer made somebody else own it."""

    topic: ClassVar[str] = "reports.cure_handed_on.v1"
    former_id: UUID
