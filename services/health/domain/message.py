"""What a hospital's system tells us of its own bookings (HL7 v2.5 SIU): kept before it is acknowledged, applied once afterwards.

And what it asks of us (SRM): done at once, and answered by what stands then. HL7 2.5 chapter 10.2 (events S01 to S06), 10.3 (S12
to S26), 2.9.2 (acknowledgments), table 0357 (message error conditions).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

AHEAD = timedelta(minutes=10)  # a sender's clock may be wrong by so much; one that is more would overtake all that follows
DAILY = 5000  # messages of one hospital that are kept in a day
TRIES, PAUSE = 12, timedelta(seconds=10)  # of applying one that breaks something
KEPT = timedelta(days=183)  # Cybersecurity Law article 21(3): logs, six months


class Trigger(StrEnum):
    """The events of SRM and SIU that are taken, by their codes (table 0003)."""

    WANTED = "S01"
    MOVE_WANTED = "S02"
    CANCEL_WANTED = "S04"

    NEW = "S12"
    MOVED = "S13"
    CHANGED = "S14"
    CANCELLED = "S15"
    DELETED = "S17"
    MISSED = "S26"


class Outcome(StrEnum):
    """What came of a message."""

    DONE = "done"  # 已办理
    RECORDED = "recorded"  # 已登记医院自己的预约
    NOTHING = "nothing"  # 已是如此
    OVERTAKEN = "overtaken"  # 已有更新的消息
    PEOPLE = "people"  # 须人工处理
    UNKNOWN = "unknown"  # 没有这个预约


class Fault(StrEnum):
    """Why a message is not taken: codes of table 0357."""

    MISSING = "101"
    WRONG = "102"
    NO_VALUE = "103"
    NO_TYPE = "200"
    NO_EVENT = "201"
    NO_PROCESSING = "202"
    NO_VERSION = "203"
    UNKNOWN = "204"
    DUPLICATE = "205"
    LOCKED = "206"
    NOT_NOW = "207"


ASKED = frozenset({Trigger.WANTED, Trigger.MOVE_WANTED, Trigger.CANCEL_WANTED})
TOLD = frozenset(Trigger) - ASKED
GONE = frozenset({Trigger.CANCELLED, Trigger.DELETED})
PLACED = frozenset({Trigger.NEW, Trigger.MOVED, Trigger.CHANGED})  # these say when, and what the hospital calls it


@dataclass(frozen=True)
class Told:
    """A message, read: which appointment, by our name (SCH-1) or theirs (SCH-2), and what is so of it."""

    control: str  # MSH-10
    trigger: Trigger
    said_at: datetime  # MSH-7
    ours: UUID | None
    ref: str | None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    slot: str | None = None  # AIG-3, what the hospital calls the time
    patient: UUID | None = None  # PID-3, a name that we gave this hospital


@dataclass(frozen=True)
class Wanted:
    """A request, read: of an appointment by our name (ARQ-2) or theirs (ARQ-1), and which time."""

    control: str  # MSH-10
    trigger: Trigger
    said_at: datetime  # MSH-7
    ref: str | None
    ours: UUID | None
    slot: UUID | None = None  # AIG-3, our id of a time; or
    doctor: UUID | None = None  # AIP-3, and
    starts_at: datetime | None = None  # ARQ-11
    patient: UUID | None = None  # PID-3, a name that we gave this hospital


class NotWanted(Exception):
    """A request that cannot be granted."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(eq=False)
class Message:
    """One that is kept; once it is applied nothing is left of whom and when."""

    id: UUID
    area: str
    hospital_id: UUID
    control_id: str
    digest: bytes  # of what was read in it
    trigger: Trigger
    said_at: datetime
    received_at: datetime
    due_at: datetime
    appointment_id: UUID | None = None
    external_ref: str | None = None
    known_as: UUID | None = None
    their_slot: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tries: int = 0
    outcome: Outcome | None = None
    applied_at: datetime | None = None

    def settle(self, outcome: Outcome, *, at: datetime) -> None:
        """It was applied."""
        self.outcome, self.applied_at = outcome, at
        self.known_as = self.their_slot = self.starts_at = self.ends_at = None

    def put_off(self, *, at: datetime) -> None:
        """It broke something: later again, until it has been often enough; then it is people's."""
        self.tries, self.due_at = self.tries + 1, at + PAUSE
        if self.tries >= TRIES:
            self.settle(Outcome.PEOPLE, at=at)
