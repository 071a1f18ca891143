"""One hospital's book: its slots, the appointments it keeps, and how it will fail next."""

from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

from pydantic import AwareDatetime, ConfigDict

MOVED = timedelta(minutes=5)
LOCKED = 600.0  # seconds
# to each write that comes, the next of them happens: no answer before or after it is done (slow, or cut off), an
# answer that is none, an honest no; then lies: yes and not done, no and done, done twice, done at another time
FAULTS = frozenset({
    "silent-before", "silent-after", "cut-before", "cut-after", "busy", "nonsense", "no", "yes-undone", "no-done", "twice",
    "moved",
})
UNDONE = frozenset({"silent-before", "cut-before", "busy", "no", "yes-undone"})
NO = frozenset({"no", "no-done"})


class Taken(Exception):
    """Nobody has two visits in a slot."""


class Gone(Exception):
    """There is no such appointment."""


@dataclass
class Offer:
    """A slot of the hospital's own; a time without its zone is none."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    id: str
    start: AwareDatetime
    end: AwareDatetime
    schedule: str
    specialty: str
    blocked: bool = False

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("a slot ends after it begins")


@dataclass
class Kept:
    """An appointment as the hospital keeps it; `key` is what its partner calls it."""

    key: str
    person: str
    start: datetime
    end: datetime
    slot: str | None = None
    status: str = "booked"
    version: int = 1
    ref: str = field(default_factory=lambda: uuid4().hex)


class House:
    """A hospital."""

    def __init__(self) -> None:
        self.offers: dict[str, Offer] = {}
        self.kept: dict[str, Kept] = {}
        self.faults: deque[str] = deque()
        self.is_deaf = False  # whoever asks what there is, is told to come again
        self.locks: dict[str, tuple[str, float]] = {}  # over SOAP: by a partner's number, which slot, and until when (monotonic)
        self.answered: dict[str, str] = {}  # of HL7 v2: control id → what was said, so that a message is handled once

    def fault(self) -> str:
        """What happens to the write that came; nothing, if nothing was asked for."""
        return self.faults.popleft() if self.faults else ""

    def by_key(self, key: str) -> list[Kept]:
        """What is kept under a partner's name, cancelled or not."""
        return [one for one in self.kept.values() if one.key == key]

    def is_free(self, slot: str, key: str = "") -> bool:
        """Whether the slot is there and nobody's; what is locked under this name is free for it."""
        taken = any(one.slot == slot and one.status == "booked" for one in self.kept.values())
        now = monotonic()
        locked = any(what == slot and whose != key and now < until for whose, (what, until) in self.locks.items())
        return slot in self.offers and not self.offers[slot].blocked and not taken and not locked

    def lock(self, key: str, slot: str) -> None:
        """Nobody else has it for ten minutes; Taken."""
        if not self.is_free(slot, key):
            raise Taken
        self.locks[key] = slot, monotonic() + LOCKED

    def unlock(self, key: str, slot: str) -> bool:
        """It is given back; False if there was no such lock."""
        return self.locks.get(key, ("", 0.0))[0] == slot and self.locks.pop(key) is not None

    def book(self, asked: Kept, fault: str) -> Kept:
        """Keep it, or Taken; as the fault wants it."""
        if asked.slot is not None and not self.is_free(asked.slot, asked.key):
            raise Taken
        if fault not in UNDONE:
            if fault == "moved":
                asked.start, asked.end = asked.start + MOVED, asked.end + MOVED
            self.kept[asked.ref] = asked
            if fault == "twice":
                other = Kept(asked.key, asked.person, asked.start, asked.end, None)
                self.kept[other.ref] = other
        return asked

    def cancel(self, ref: str, fault: str) -> Kept:
        """Keep it no more, or Gone."""
        if ref not in self.kept:
            raise Gone
        one = self.kept[ref]
        if fault not in UNDONE and one.status == "booked":
            one.status, one.version = "cancelled", one.version + 1
        return one

    def shown(self) -> dict[str, Any]:
        """The truth, for tests."""
        kept = [{**asdict(one), "start": one.start.isoformat(), "end": one.end.isoformat()} for one in self.kept.values()]
        return {"kept": kept, "faults": list(self.faults), "locks": {key: slot for key, (slot, _) in self.locks.items()}}
