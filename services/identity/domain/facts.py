"""What was verified of a person, by whom and until when; the level follows from it and is kept nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid
from contracts.calendar import CHENGDU
from contracts.identity import FactChanged

Seen = Literal["in-person"]  # what staff see; `real-name` is a provider's word, `guardian-of` stands in `proxies`
Kind = Literal["real-name", "in-person", "guardian-of"]
Held = Literal["phone", "household", "real-name", "in-person", "guardian-of"]  # first two, last: true elsewhere
Level = Literal[1, 2, 3]
Papers = Literal[
    "id-card", "household-book", "residence-permit", "social-card", "passport", "permanent-residence",
    "birth-certificate", "guardianship-paper",
]
Why = Literal["mistaken", "forged", "ended"]  # a word, no sentence: people write names into sentences

# any one of these facts meets a level (identity study, section 4.1); none needs the one below it
NEEDS: dict[Level, frozenset[Held]] = {
    1: frozenset({"phone"}), 2: frozenset({"real-name", "in-person"}), 3: frozenset({"household"}),
}
_SHOWING: dict[Seen, frozenset[Papers]] = {
    "in-person": frozenset({"id-card", "household-book", "residence-permit", "social-card", "passport", "permanent-residence"}),
}
LONGEST = timedelta(days=366 * 20)  # as long as papers are good (居民身份证法, article 5)


class FactThere(Conflict):
    """The same is verified already; it is revoked first, or its time is over."""

    zh = "该项核验已经登记且有效，无需重复登记"


class FactEnded(Conflict):
    """It was revoked already, or its time was over."""

    zh = "该项核验已撤销或已到期"


class NotAboutOneself(Forbidden):
    """Nobody verifies themselves, or takes back what another verified of them."""

    zh = "不能办理本人的核验，请由其他工作人员办理"


class PapersUnfit(Invalid):
    """The papers do not show this: a birth certificate shows no face."""

    zh = "所选证件不能证明该事项，请核对"


class FactUnfit(Invalid):
    """No last day lies in the past, or farther away than papers are good for."""

    zh = "截止日期不能早于今天或过远"


@dataclass(eq=False)
class Fact:
    """One thing that was verified: of whom, by which papers or provider, by whom, when, until when; and how it ended."""

    id: UUID
    person_id: UUID
    kind: Kind
    evidence: str  # which papers; of a real name which number was compared
    checked_at: datetime
    checked_by: UUID | None = None  # a member of staff; None of a provider
    provider: str | None = None
    reference: str | None = None  # by what the provider finds it again
    child_id: UUID | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: UUID | None = None
    why: str | None = None

    @property
    def owner_id(self) -> UUID:
        return self.person_id

    def changed(self, change: Literal["added", "revoked", "over"], levels: Iterable[Level]) -> FactChanged:
        """What the others and the person hear of it."""
        return FactChanged(
            person_id=self.person_id, fact_id=self.id, kind=self.kind, change=change, child_id=self.child_id,
            levels=tuple(levels), recipients=(self.person_id,),
        )

    def revoke(self, *, by: UUID, why: Why, at: datetime) -> None:
        """It is so no more, or never was."""
        if self.ended_at is not None or self.is_over(at):
            raise FactEnded
        if by in {self.person_id, self.child_id}:
            raise NotAboutOneself
        self.ended_at, self.ended_by, self.why = at, by, why

    def expire(self) -> None:
        """Its day was the last."""
        self.ended_at, self.why = self.expires_at, "over"

    def is_over(self, at: datetime) -> bool:
        """Whether its last day is over, whether or not that was noted yet."""
        return self.expires_at is not None and self.expires_at <= at


@dataclass(frozen=True)
class Sight:
    """What a member of staff says they saw: which papers, of whom, good until which day (in Chengdu)."""

    kind: Seen
    papers: Papers
    last_day: date | None = None

    def fact(self, key: UUID, person: UUID, *, by: UUID, at: datetime) -> Fact:
        """The fact it makes; NotAboutOneself, PapersUnfit, FactUnfit."""
        if by == person:
            raise NotAboutOneself
        if self.papers not in _SHOWING[self.kind]:
            raise PapersUnfit
        return Fact(key, person, self.kind, self.papers, at, checked_by=by, expires_at=self._until(at))

    def _until(self, at: datetime) -> datetime | None:
        if self.last_day is None:
            return None
        today = at.astimezone(CHENGDU).date()
        if not today <= self.last_day <= today + LONGEST:
            raise FactUnfit
        return datetime.combine(self.last_day + timedelta(days=1), time(), CHENGDU)  # the last day counts


def levels(held: Iterable[Held]) -> list[Level]:
    """Which levels' needs are met, in any order: a tenant whom the owner bound has 3 without 2."""
    there = frozenset(held)
    return [level for level, needs in NEEDS.items() if needs & there]


def level(held: Iterable[Held]) -> int:
    """The highest of them; 0, where nothing was verified."""
    return max(levels(held), default=0)
