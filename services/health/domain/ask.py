"""Something a hospital has to answer: kept until it has, whoever dies meanwhile, and asked again under the same name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

LEASE = timedelta(seconds=30)  # longer than any question takes; whoever took it and died is waited for so long
_PAUSES = [timedelta(seconds=n) for n in (2, 5, 15, 60, 300)]  # before it is asked again; the last of them from then on
TRIES = 12  # after so many it is left to reconciliation and people


class Kind(StrEnum):
    """What is asked."""

    BOOK = "book"  # 请为其保留
    CANCEL = "cancel"  # 请取消


class AskState(StrEnum):
    """Where a question stands."""

    WAITING = "waiting"  # 待医院答复
    ANSWERED = "answered"  # 已答复
    LEFT = "left"  # 不再询问，待对账


class Word(StrEnum):
    """What came of asking."""

    YES = "yes"
    NO = "no"
    SILENCE = "silence"  # it may have heard: neither yes nor no
    UNASKED = "unasked"  # it cannot have heard


@dataclass(frozen=True)
class Answer:
    """A hospital's word; with a yes, what it calls the appointment."""

    word: Word
    ref: str | None = None


@dataclass(frozen=True)
class Question:
    """All a hospital is told: ids of ours, which name nobody, and when. `ask` names the question, `key` the appointment."""

    ask: UUID
    kind: Kind
    key: UUID
    person: UUID  # as this hospital alone knows them
    starts_at: datetime
    ends_at: datetime
    slot: str | None  # theirs
    ref: str | None  # what they call the appointment, if that is known
    is_doubtful: bool  # it was asked before and not answered: whether it is there already is asked first


@dataclass(frozen=True)
class Theirs:
    """An appointment as the hospital says it keeps it; `key` is our id of it, None if it is none of ours."""

    ref: str
    key: UUID | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class TheirSlot:
    """A slot of the hospital's own, that may be sold here."""

    ref: str
    starts_at: datetime
    ends_at: datetime
    schedule: str  # of whom
    department: str
    is_free: bool


@dataclass(eq=False)
class Ask:
    """A question to a hospital; only who took its last try writes what came of it."""

    id: UUID
    area: str
    hospital_id: UUID
    appointment_id: UUID
    slot_id: UUID
    kind: Kind
    made_at: datetime
    due_at: datetime
    external_ref: str | None = None  # to cancel this one of theirs, whatever becomes of the appointment
    state: AskState = AskState.WAITING
    tries: int = 0
    was_heard: bool = False  # they may have heard it: it was asked, and not answered
    leased_until: datetime | None = None
    asked_at: datetime | None = None  # the last time
    answered_at: datetime | None = None

    def take(self, *, at: datetime) -> int:
        """It is somebody's to ask, for so long; which try this is."""
        self.tries += 1
        self.leased_until, self.asked_at = at + LEASE, at
        return self.tries

    @property
    def is_worn(self) -> bool:
        """It was taken as often as it may be, and nobody came back to say what came of it."""
        return self.tries >= TRIES

    def leave(self, *, at: datetime) -> None:
        """It is asked no more."""
        self.state, self.answered_at = AskState.LEFT, at

    def is_still(self, attempt: int) -> bool:
        """Whether nobody took it after this try, and nobody was answered."""
        return self.state is AskState.WAITING and self.tries == attempt

    def hear(self, word: Word, *, at: datetime) -> None:
        """Answered; or to be asked again after a pause, until it has been often enough."""
        self.leased_until = None
        if word in {Word.YES, Word.NO}:
            self.state, self.answered_at = AskState.ANSWERED, at
            return
        self.was_heard = self.was_heard or word is Word.SILENCE
        self.due_at = at + _PAUSES[min(self.tries, len(_PAUSES)) - 1]
        if self.is_worn:
            self.leave(at=at)
