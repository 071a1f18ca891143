"""A copy of what is held of a person (PIPL art. 45): asked for, gathered from every service, fetched once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import Conflict, Gone, Invalid, NotFound, TooMany

KEPT = timedelta(hours=72)  # handbook 4.7: one link, so long
BETWEEN = timedelta(days=1)  # a copy a day


class ExportTooOften(TooMany):
    """A copy was asked for within the last day: one a day."""

    zh = "每天只能申请一份个人信息副本，请明天再试"


class ExportNotThere(NotFound):
    """No copy was asked for."""

    zh = "您还没有申请个人信息副本"


class ExportNotReady(Conflict):
    """Not every service has answered yet; `missing` says which."""

    zh = "个人信息副本正在准备，请稍后再来取"


class ExportOver(Gone):
    """It was fetched already, or its 72 hours are over; nobody can open it any more, we as little as anybody else."""

    zh = "该副本已取走或已过期，请重新申请"


class KeptByNobody(Invalid):
    """This answer is given once and kept by nobody, so it takes no `Idempotency-Key`."""

    zh = "该请求不接受 Idempotency-Key"


@dataclass(eq=False)
class Export:
    """A copy that was asked for; `sealed_key` opens its parts, and is there as long as it may be fetched."""

    id: UUID
    person_id: UUID
    asked_at: datetime
    over_at: datetime
    state: str = "gathering"  # ready, fetched, over
    sealed_key: bytes | None = None
    ready_at: datetime | None = None
    fetched_at: datetime | None = None
    swept_at: datetime | None = None

    def ready(self, *, at: datetime) -> None:
        """Every service has answered; the 72 hours begin."""
        self.state, self.ready_at, self.over_at = "ready", at, at + KEPT

    def must_be_ready(self, parts: Mapping[str, str], services: tuple[str, ...], *, at: datetime) -> None:
        """ExportOver, ExportNotReady."""
        if self.state in {"fetched", "over"} or self.over_at <= at:
            raise ExportOver
        if self.state != "ready":
            raise ExportNotReady(missing=[one for one in services if one not in parts])

    def fetch(self, *, at: datetime) -> None:
        """Once: the key is gone with it."""
        self.state, self.sealed_key, self.fetched_at = "fetched", None, at

    def end(self) -> None:
        """Nobody fetched it in time."""
        self.state, self.sealed_key = "over", None
