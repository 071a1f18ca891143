"""What identity says of who helps in a home, and of owners who invite somebody to belong to theirs."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Audience, Event


class HelperChanged(Event):
    """A helper (护工) belongs to a room, from and until: as `identity.BindingChanged`, whose list of kinds is closed."""

    topic: ClassVar[str] = "identity.helper_changed.v1"
    aggregate: ClassVar[str] = "binding"
    audience: ClassVar[Audience] = Audience(people=True)
    binding_id: UUID
    person_id: UUID
    kind: Literal["helper"] = "helper"
    starts_at: datetime
    ends_at: datetime | None = None
    change: Literal["begun", "ended", "corrected"] | None = None


class InvitationAccepted(Event):
    """Whom an owner invited to belong to their room said yes; the owner hears of it, not who it is."""

    topic: ClassVar[str] = "identity.invitation_accepted.v1"
    aggregate: ClassVar[str] = "invitation"
    audience: ClassVar[Audience] = Audience(people=True)
    invitation_id: UUID
    owner_id: UUID
    binding_id: UUID
