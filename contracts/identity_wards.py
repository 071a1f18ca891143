"""What identity says of children whose guardians it knows."""

from typing import ClassVar
from uuid import UUID

from contracts.event import Event


class ChildTurnedSix(Event):
    """A child whose guardian this proxy is has turned six; who hears nothing of it takes the child for a smaller one."""

    topic: ClassVar[str] = "identity.child_turned_six.v1"
    aggregate: ClassVar[str] = "proxy"
    proxy_id: UUID
    principal_id: UUID
    actor_id: UUID
