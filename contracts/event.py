"""What an event is: a fact, published once by its owner, read by whoever it concerns."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.area import Role


@dataclass(frozen=True)
class Audience:
    """Who may see an event live; by default nobody."""

    staff: frozenset[Role] = frozenset()  # an assignment with one of these roles contains the area
    residents: bool = False  # a binding lies at or below the area
    people: bool = False  # the person is named in `recipients`

    def __bool__(self) -> bool:
        return bool(self.staff) or self.residents or self.people


NOBODY = Audience()
MOST_NAMED = 1_000  # names in a header of the message, which must fit into one frame (128 kB): 37 bytes each
OFFICES = frozenset({Role.GRID_WORKER, Role.COURTYARD_LEAD, Role.COMMUNITY_OFFICER, Role.SUBDISTRICT_OFFICER})


class Event(BaseModel):
    """Ids and the few facts a reader needs; never personal data, never free text.

    `area` and `recipients` travel as attributes of the envelope, the other fields are the body. What concerns more people than
    can be named is for the audience of an area.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[str]
    aggregate: ClassVar[str]  # the word in the subject; the id is the field `<aggregate>_id`
    audience: ClassVar[Audience] = NOBODY
    lasting: ClassVar[bool] = True  # archived by its publisher, handled once; else a sign of the moment, good until the next

    area: str = Field(default="", exclude=True)
    recipients: tuple[UUID, ...] = Field(default=(), exclude=True, max_length=MOST_NAMED)

    @property
    def aggregate_id(self) -> UUID:
        """The id of what the event is about."""
        key: UUID = getattr(self, f"{self.aggregate}_id")
        return key

    @property
    def subject(self) -> str:
        """`<aggregate>/<id>`: events of one subject carry rising sequence numbers."""
        return f"{self.aggregate}/{self.aggregate_id}"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__name__.startswith("_"):
            return
        if cls.topic in EVENTS:
            raise TypeError(f"{cls.topic} is published by {EVENTS[cls.topic].__name__} already")
        EVENTS[cls.topic] = cls


EVENTS: dict[str, type[Event]] = {}
