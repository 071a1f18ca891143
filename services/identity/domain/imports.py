"""An import: a sheet that was looked at, waits for its yes, and is then done as a whole or not at all."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict, TooMany
from chassis.sheets import Problem
from services.identity.domain.sheet import Kind

WAITS = timedelta(days=1)  # then it is over, and what was in it is thrown away
A_DAY = 50  # of one person: each tells which of its phones are known here
Verdict = Literal["added", "same", "changed", "wrong"]


class ImportDecided(Conflict):
    """It was committed or withdrawn already, or waited for a day."""

    zh = "该导入已完成、已撤回或已过期，请重新上传"


class ImportWrong(Conflict):
    """A sheet with wrong rows is not imported, nor is the rest of it: nothing is half done."""

    zh = "表格中有错误的行，请按错误报告修改后重新上传"


class ImportOutdated(Conflict):
    """Meanwhile rows became wrong, or would change what was not to be changed when it was looked at; `rows` says how many."""

    zh = "预览之后数据已有变化，请重新上传并核对预览"


class ImportsTooMany(TooMany):
    """A person imports fifty sheets a day at most."""

    zh = "今天上传的表格过多，请明天再试"


@dataclass(frozen=True)
class Look:
    """What a sheet would do if it were imported now: of each row whether it adds, changes or is as it was; and what is wrong."""

    verdicts: Mapping[int, Verdict]
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many rows of each."""
        found = Counter(self.verdicts.values())
        return {verdict: found[verdict] for verdict in ("added", "same", "changed", "wrong")}


@dataclass(eq=False)
class Import:
    """A sheet of an area that somebody looked at; its rows lie sealed until it is decided."""

    id: UUID
    kind: Kind
    area: str
    made_by: UUID
    made_at: datetime
    added: int
    same: int
    changed: int
    wrong: int
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    sealed_sheet: bytes | None = None
    touched: list[UUID] = field(default_factory=list)
    state: str = "waiting"
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def over_at(self) -> datetime:
        """When it is thrown away, unless it is decided before."""
        return self.made_at + WAITS

    def must_wait(self, at: datetime) -> None:
        """ImportDecided, if nothing can come of it any more."""
        if self.state != "waiting" or at >= self.over_at:
            raise ImportDecided

    def commit(self, *, by: UUID, at: datetime) -> None:
        """Its rows are done from now on."""
        self.must_wait(at)
        if self.wrong:
            raise ImportWrong
        self._decide("committed", by, at)

    def withdraw(self, *, by: UUID, at: datetime) -> None:
        """It was a mistake."""
        self.must_wait(at)
        self._decide("withdrawn", by, at)

    def _decide(self, state: str, by: UUID, at: datetime) -> None:
        self.state, self.decided_by, self.decided_at = state, by, at
        self.sealed_sheet, self.problems, self.touched = None, [], []


def must_still_hold(before: Mapping[int, Verdict], now: Look) -> None:
    """ImportOutdated, if a row is wrong by now, or changes what it was not to change when somebody looked at it."""
    bad = [row for row, verdict in now.verdicts.items()
           if verdict == "wrong" or (verdict == "changed" and before.get(row) != "changed")]
    if bad:
        raise ImportOutdated(rows=len(bad))
