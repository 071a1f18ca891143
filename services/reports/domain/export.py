"""导出: the reports of a list as a sheet that leaves the platform: asked for with a reason, made in the background, fetched once.

Handbook of identity 4.7 and its cases K01 to K03, K13: a reason, a second factor just shown, a bound on rows, 72 hours, one use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Gone, Invalid, TooMany, Unauthenticated
from services.reports.domain.worklist import Filters, List, Order, Question

KEPT = timedelta(hours=72)
FRESH = timedelta(minutes=10)
A_DAY = 5  # of one person
MOST_ROWS = 10_000
STALLED = timedelta(minutes=2)  # whoever made it and says nothing for so long is no more
MOST_TRIES = 3
_TWO_FACTORS = "2fa"  # as identity's tokens say it (`acr`, OpenID Connect Core 1.0 section 2)


class Purpose(StrEnum):
    """What it is for; a word, no sentence: people write names into sentences."""

    INSPECTION = "inspection"  # 上级检查
    STATISTICS = "statistics"  # 统计分析
    MEETING = "meeting"  # 工作例会
    HANDING = "handing"  # 移交承办单位


PURPOSES = {
    Purpose.INSPECTION: "上级检查", Purpose.STATISTICS: "统计分析", Purpose.MEETING: "工作例会", Purpose.HANDING: "移交承办单位",
}


class ProofNotFresh(Unauthenticated):
    """This act wants a second factor that was shown a short while ago: POST /sign-in/step-up, or sign in anew (RFC 9470)."""

    zh = "该操作需要重新验证动态验证码"

    def __init__(self) -> None:
        seconds = int(FRESH.total_seconds())
        super().__init__(error="insufficient_user_authentication", acr_values=_TWO_FACTORS, max_age=seconds)

    @property
    def challenge(self) -> str:
        """The `WWW-Authenticate` of RFC 9470 section 3."""
        said = {name: self.extra[name] for name in ("error", "acr_values", "max_age")}
        return ", ".join(('Bearer realm="guohuai"', *(f'{name}="{value}"' for name, value in said.items())))


class ListsTooMany(TooMany):
    """A person exports five lists a day at most."""

    zh = "每天最多导出 5 次，请明天再试"


class ListTooLong(Invalid):
    """A list of at most 10,000 reports is exported; more of them are asked for in parts."""

    zh = "超过 10000 条，请缩小筛选范围后分次导出"


class ListEmpty(Invalid):
    """Of no reports there is nothing to export."""

    zh = "没有符合条件的报事，无需导出"


class ListNotReady(Conflict):
    """It is still being made; `done` of `total` rows are."""

    zh = "导出文件正在生成，请稍后再取"


class ListOver(Gone):
    """It was fetched already, or its 72 hours are over, or it could not be made; nobody can open it any more."""

    zh = "该导出文件已取走或已过期，请重新导出"


def must_be_fresh(claims: Mapping[str, Any], now: datetime) -> None:
    """ProofNotFresh of whose token does not say that two factors were shown within ten minutes."""
    shown = claims.get("auth_time")
    if claims.get("acr") != _TWO_FACTORS or not isinstance(shown, int):
        raise ProofNotFresh
    if now - datetime.fromtimestamp(shown, UTC) > FRESH:
        raise ProofNotFresh


@dataclass(eq=False)
class Export:
    """A list somebody asked for; its file is sealed with the service's own key, and is there as long as it may be fetched."""

    id: UUID
    area: str
    asked_by: UUID
    asked_at: datetime
    purpose: str
    written: str
    list_name: str
    total: int
    over_at: datetime
    said: dict[str, Any] = field(default_factory=dict)
    state: str = "waiting"  # working, ready, fetched, over, failed
    done: int = 0
    tries: int = 0
    worked_at: datetime | None = None
    file_key: str | None = None
    fetched_at: datetime | None = None
    swept_at: datetime | None = None

    @property
    def owner_id(self) -> UUID:
        """It is for who asked, and for nobody else."""
        return self.asked_by

    def question(self) -> Question:
        """What it holds."""
        return Question(List(self.list_name), Order.NEW, Filters.read(self.said))

    def take_up(self, at: datetime) -> None:
        """Somebody makes it now; whoever did before does no more."""
        self.tries += 1
        self.state, self.worked_at, self.done = ("working" if self.tries <= MOST_TRIES else "failed"), at, 0

    def fetch(self, at: datetime) -> str:
        """Once: where its file lies. ListNotReady, ListOver."""
        if self.state in {"waiting", "working"} and at < self.over_at:
            raise ListNotReady(done=self.done, total=self.total)
        if self.state != "ready" or at >= self.over_at or self.file_key is None:
            raise ListOver
        self.state, self.fetched_at = "fetched", at
        return self.file_key
