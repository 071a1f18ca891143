"""What identity says of owners who invite somebody to belong to their room."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Audience, Event


class InvitationAccepted(Event):
    """Whom an owner invited to belong to their room said yes; the owner hears of it, not who it is."""

    topic: ClassVar[str] = "identity.invitation_accepted.v1"
    aggregate: ClassVar[str] = "invitation"
    audience: ClassVar[Audience] = Audience(people=True)
    invitation_id: UUID
    owner_id: UUID
    binding_id: UUID
