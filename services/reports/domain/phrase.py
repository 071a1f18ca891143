"""常用语: sentences that staff write again and again, a community's or one's own, with gaps that are filled from the report."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Invalid
from services.reports.domain.labels import is_private

GAPS = ("编号", "类别", "地点", "到期时间", "今天")  # what of a report may stand in a sentence: nothing of a person
MOST_OWN, MOST_SHARED = 50, 200
LONGEST, LONGEST_TITLE = 500, 40
ACTS = ("note", "return", "reassign", "escalate", "ask", "decline", "hold", "resolve", "any")
_GAP = re.compile(r"\{([^{}]*)\}")


class PhraseUnfit(Invalid):
    """A phrase has the gaps that are known and no others, and says nobody's phone or papers' number; `why` says which."""

    zh = "常用语只能使用规定的占位符，且不得包含手机号、证件号"


class PhraseThere(Conflict):
    """A title stands for one phrase: of a person, and of a community."""

    zh = "已有同名的常用语，请换一个标题"


class PhrasesEnough(Conflict):
    """A person keeps fifty phrases at most, and a community two hundred."""

    zh = "常用语数量已达上限，请先删除不用的常用语"


@dataclass(eq=False)
class Phrase:
    """A sentence with gaps; `owner_id` is whose own it is, none of a community's."""

    id: UUID
    area: str
    owner_id: UUID | None
    act: str
    title: str
    said: str
    written_at: datetime

    def must_be_fit(self) -> None:
        """PhraseUnfit."""
        unknown = sorted({gap for gap in _GAP.findall(self.said) if gap not in GAPS})
        if unknown or re.search(r"[{}]", _GAP.sub("", self.said)):
            raise PhraseUnfit(why="gap", gaps=list(GAPS))
        if is_private(self.said) or is_private(self.title):
            raise PhraseUnfit(why="personal")

    def filled(self, facts: Mapping[str, str]) -> str:
        """With its gaps filled, each once: what fills one is not read again."""
        return _GAP.sub(lambda gap: facts.get(gap[1], gap[0]), self.said)
