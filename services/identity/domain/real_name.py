"""Asking a provider whether a name and a number of papers belong together: how often, what of its answers is taken."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict, Forbidden, TooMany
from services.identity.domain.documents import Document
from services.identity.domain.facts import Fact

Answer = Literal["match", "differ", "unknown"]

# of one person, so that nobody tries names and numbers until they fit (case E21); of one number, whoever asks
PERSON_BUDGET = ((timedelta(days=1), 3),)
NUMBER_BUDGET = ((timedelta(days=1), 6),)
KEEP = timedelta(days=30)  # then what came of a check is forgotten; a fact that it made stays
GIVEN_UP = timedelta(seconds=30)  # whoever asks for longer was killed
PAUSES = (2, 5, 15, 30)  # seconds before it is asked again, when the provider did not answer; then it is not


class RealNameInPerson(Conflict):
    """No provider compares names and numbers here: papers are shown in person."""

    zh = "本社区暂未开通线上实名核验，请携带证件到社区当面核验"


class RealNameConsentWanted(Forbidden):
    """Numbers of papers are sensitive: they are compared only with the consent to just that (PIPL article 29)."""

    zh = "实名核验需要您单独同意处理证件信息，请先阅读并同意"


class RealNameWaits(Conflict):
    """One is asked for already."""

    zh = "上一次核验尚未完成，请稍候"


class NameIsAnother(Conflict):
    """The account has a name already, and another: whose it is, staff say, in person."""

    zh = "所填姓名与账号登记的姓名不一致，请携带证件到社区办理"


class ChecksTooOften(TooMany):
    """A person, or a number, is compared more often than its budget."""

    zh = "今天的实名核验次数已用完，请明天再试，或携带证件到社区当面核验"


@dataclass(frozen=True)
class Told:
    """What a provider said, under which reference it says the same again."""

    answer: Answer
    reference: str


@dataclass(eq=False)
class Check:
    """A name and a number that are compared.

    It is `refused` alike, whether they differ, nobody has the number, or it leads to somebody else here.
    """

    id: UUID
    person_id: UUID
    document: Document
    number_index: bytes
    sealed_asked: bytes | None
    created_at: datetime
    ask_after: datetime
    state: str = "asked"
    attempts: int = 0
    provider: str | None = None
    reference: str | None = None
    answer: str | None = None
    decided_at: datetime | None = None

    def begin(self, at: datetime) -> int:
        """It is being asked now; which attempt this is, for whoever was given up must not decide it afterwards."""
        self.attempts += 1
        self.ask_after = at + GIVEN_UP
        return self.attempts

    @property
    def is_hopeless(self) -> bool:
        """Whether all its attempts are spent, and none of them came to an end: whoever asked was killed each time."""
        return self.attempts > len(PAUSES)

    def is_at(self, attempt: int) -> bool:
        """Whether this attempt is the one that is waited for."""
        return self.state == "asked" and self.attempts == attempt

    def missed(self, at: datetime) -> None:
        """The provider did not answer: again in a moment, or not any more. Of a person's budget it costs nothing then."""
        if self.attempts > len(PAUSES):
            self._decide("unanswered", at)
        else:
            self.ask_after = at + timedelta(seconds=PAUSES[self.attempts - 1])

    def told(self, told: Told, provider: str, *, leads_elsewhere: bool, at: datetime) -> None:
        """What it said; a number that leads to somebody else confirms nothing."""
        self.provider, self.reference, self.answer = provider, told.reference, told.answer
        self._decide("confirmed" if told.answer == "match" and not leads_elsewhere else "refused", at)

    def fact(self, key: UUID, at: datetime) -> Fact:
        """What a confirmed one makes true."""
        return Fact(key, self.person_id, "real-name", self.document, at, provider=self.provider, reference=self.reference)

    def _decide(self, state: str, at: datetime) -> None:
        self.state, self.decided_at, self.sealed_asked = state, at, None
