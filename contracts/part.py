"""What every service says of its part in something that is asked of all of them."""

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


PARTS = ("identity", "reports", "gate", "health", "notify")  # who answers when all are asked
