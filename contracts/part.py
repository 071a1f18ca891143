"""What every service says of its part in something that is asked of all of them."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import Event


class _PartSettled(Event):
    """Common to what each service answers about a person's own: looked, erased, handed out, obeyed; `held` says why not yet."""

    topic: ClassVar[str] = "part.abstract"
    aggregate: ClassVar[str] = "request"
    request_id: UUID
    act: Literal["look", "erase", "export", "consent"]
    state: Literal["done", "held", "failed"]
    count: int = 0
    reason: str | None = Field(default=None, pattern=r"^[a-z-]{1,40}$")  # a code, never a text


class _OfTwo(Event):
    """Common to what is said of two who are one, or were taken so: who stays, who leads there, until when they can be split."""

    topic: ClassVar[str] = "two.abstract"
    aggregate: ClassVar[str] = "merge"
    merge_id: UUID
    survivor_id: UUID
    source_id: UUID
    until: datetime


class _RecordShown(Event):
    """Common to what services say when somebody was shown something of a person; why is the act's word, never a text."""

    topic: ClassVar[str] = "shown.abstract"
    aggregate: ClassVar[str] = "access"
    access_id: UUID
    person_id: UUID
    actor_id: UUID | None = None  # none: the platform itself, as the person had asked
    shown_to: UUID | None = None  # a hospital
    act: str = Field(pattern=r"^[a-z_]{1,30}\.[a-z_-]{1,30}$")


PARTS = ("identity", "reports", "gate", "health", "notify")  # who answers when all are asked
# who rests on a person's consent to a purpose, and so answers when it changes; nobody does yet on the other four
RESTS: dict[str, tuple[str, ...]] = {"hospital": ("health",)}
