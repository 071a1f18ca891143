"""What identity tells of a binding before it holds, and of one that its person contradicts."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from contracts.event import Audience, Event


class BindingProposed(Event):
    """Staff say that a person belongs to a room; it holds once they agree, or others see their papers, and lapses at `until`."""

    topic: ClassVar[str] = "identity.binding_proposed.v1"
    aggregate: ClassVar[str] = "binding"
    audience: ClassVar[Audience] = Audience(people=True)
    binding_id: UUID
    person_id: UUID
    until: datetime


class BindingDenied(Event):
    """A person says that they do not belong to a room to which staff bound them (`bound_by`); other staff look into it."""

    topic: ClassVar[str] = "identity.binding_denied.v1"
    aggregate: ClassVar[str] = "binding"
    binding_id: UUID
    person_id: UUID
    bound_by: tuple[UUID, ...] = ()
