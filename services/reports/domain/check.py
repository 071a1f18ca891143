"""内容检查: what people wrote and photographed is looked at by a provider, then by staff, before everybody may see any of it.

网络信息内容生态治理规定 (2019) articles 6, 7 and 10: a platform keeps such things from being spread; it says nothing of the work.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict

LEASE, LONGEST_WAIT = timedelta(seconds=90), timedelta(hours=1)
LOOKED_AT_WITHIN, MOST_REMINDERS = timedelta(hours=4), 2  # by staff; then they are reminded, and then who stands above
MOST_TRIES = 12  # the last some five hours after the first: then staff look without a verdict
MOST_PARTS = 24  # questions about one text
LONGEST_PART = 10_000  # characters; what the provider takes (TextModeration, 2020-12-29)
UNJUDGED = "unjudged"  # the label of what no provider came to say anything of
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")


class Kind(StrEnum):
    """What is looked at."""

    TEXT = "text"  # 文字
    PHOTO = "photo"  # 照片
    VIDEO = "video"  # 录像, by its stills


class Suggestion(StrEnum):
    """What the provider says of it, from harmless to not: the order of these words is that of their weight."""

    PASS = "Pass"  # noqa: S105 - the provider's word
    REVIEW = "Review"
    BLOCK = "Block"


class State(StrEnum):
    """How a check stands."""

    WAITING = "waiting"  # 待检查: nobody has said anything of it
    PASSED = "passed"  # 检查通过
    REVIEW = "review"  # 待人工查看
    BLOCKED = "blocked"  # 拦截待查看: the report is held
    CLEARED = "cleared"  # 已放行: staff looked
    REJECTED = "rejected"  # 不予展示: staff looked
    VOID = "void"  # 无内容: it is there no more


TO_LOOK_AT = frozenset({State.REVIEW, State.BLOCKED})
_HEARD = {Suggestion.PASS: State.PASSED, Suggestion.REVIEW: State.REVIEW, Suggestion.BLOCK: State.BLOCKED}


class NotToBeLookedAt(Conflict):
    """Staff look at what the provider did not let pass, once; of those who decide at once one does."""

    zh = "该内容没有待人工查看的检查结果，或已有人处理"


class ContentHeld(Conflict):
    """What the provider did not let pass is shown to everybody after staff looked at what it said, and not before."""

    zh = "该照片的内容检查未通过，请先处理检查结果"


@dataclass(frozen=True)
class Verdict:
    """What the provider said: how bad, of which sort (its own word), and the number of its answer."""

    suggestion: Suggestion
    label: str
    request: str


@dataclass(eq=False)
class Check:
    """A text or a photo of a report, and what was said of it. `digest` is a keyed hash of what was looked at."""

    id: UUID
    report_id: UUID
    kind: str
    subject_id: UUID  # of a text the report, of a photo the photo, of a video the recording
    made_at: datetime
    due_at: datetime
    state: str = State.WAITING.value
    tries: int = 0
    leased_until: datetime | None = None
    digest: bytes | None = None
    suggestion: str | None = None
    label: str | None = None
    request: str | None = None
    judged_at: datetime | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    reminded: int = 0

    def remind(self, at: datetime) -> int | None:
        """Which reminder is due: it has waited for somebody to look for four hours, or for eight; None."""
        waits = self.state in TO_LOOK_AT and self.judged_at is not None and self.reminded < MOST_REMINDERS
        if not waits or at - (self.judged_at or at) < (self.reminded + 1) * LOOKED_AT_WITHIN:
            return None
        self.reminded += 1
        return self.reminded

    def take(self, digest: bytes, at: datetime) -> int:
        """Who asks has a minute and a half; which try it is."""
        self.tries, self.leased_until, self.digest = self.tries + 1, at + LEASE, digest
        return self.tries

    def hear(self, verdict: Verdict, at: datetime) -> None:
        """The provider said so."""
        self.suggestion, self.label, self.request = verdict.suggestion.value, verdict.label, verdict.request
        self._judged(_HEARD[verdict.suggestion], at)

    def put_off(self, at: datetime) -> None:
        """It said nothing that can be believed: later, twice as long each time; in the end staff look without it."""
        wait = min(timedelta(seconds=10) * 2 ** min(self.tries, 12), LONGEST_WAIT)
        self.leased_until, self.due_at = None, at + wait * (1 + self.id.int % 100 / 400)
        if self.tries >= MOST_TRIES:
            self.label = UNJUDGED
            self._judged(State.REVIEW, at)

    def drop(self, at: datetime) -> None:
        """There is nothing to look at any more: who wrote or sent it is forgotten."""
        self.digest = None
        self._judged(State.VOID, at)

    def decide(self, *, clear: bool, by: UUID, at: datetime) -> None:
        """Somebody looked: it may be shown, or never."""
        if self.state not in TO_LOOK_AT:
            raise NotToBeLookedAt
        self.state = (State.CLEARED if clear else State.REJECTED).value
        self.decided_by, self.decided_at = by, at

    def _judged(self, state: State, at: datetime) -> None:
        self.state, self.judged_at, self.leased_until = state.value, at, None


def parts(text: str) -> list[str]:
    """What is asked of a text: the whole, and each sentence of several, for a long text may hide what alone is noticed.

    The study of reports, section 7. What is more than the provider is asked of stays together in the last part.
    """
    sentences = [one.strip() for one in _SENTENCE.findall(text) if one.strip()]
    if len(sentences) > MOST_PARTS - 1:
        sentences[MOST_PARTS - 2 :] = ["".join(sentences[MOST_PARTS - 2 :])]
    asked = [text, *(sentences if len(sentences) > 1 else ())]
    return [one[start : start + LONGEST_PART] for one in asked for start in range(0, len(one), LONGEST_PART)]


def worst(said: list[Verdict]) -> Verdict:
    """Of several the worst, and of equals the first."""
    return max(said, key=lambda one: list(Suggestion).index(one.suggestion))
