"""推送: a system of the community's own is told, by a request to its address, how reports there go on.

Standard Webhooks 1.0: `webhook-id` is that of the delivery and the same whenever it is told again, `webhook-timestamp` are
seconds, `webhook-signature` is `v1,` and the HMAC-SHA256 over id, time and body, several of them while a secret is replaced.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Invalid
from services.reports.domain.anchor import NARROWEST, WIDEST

LEASE, PATIENCE, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=24), timedelta(hours=1)
BOTH = timedelta(hours=24)  # how long a secret that was replaced is signed with as well
NEWS = timedelta(days=7)  # what is older is told to nobody: a log is kept longer, so nothing is told twice
KEPT = timedelta(days=30)  # the log
MOST = 10  # live ones of a community
LONGEST_NAME = 40
GONE = 410  # by which an address says that it wants nothing any more (RFC 9110 section 15.5.11)
TYPES = {  # what is told of the steps of a report, and what that is called
    "file": "report.submitted", "accept": "report.accepted", "decline": "report.declined", "assign": "report.assigned",
    "reassign": "report.assigned", "return": "report.returned", "process": "report.started", "ask": "report.questioned",
    "supplement": "report.resumed", "hold": "report.suspended", "resume": "report.resumed", "escalate": "report.escalated",
    "resolve": "report.resolved", "rate": "report.closed", "close": "report.closed", "reopen": "report.reopened",
    "appeal": "report.reopened", "withdraw": "report.withdrawn", "merge": "report.merged", "unmerge": "report.unmerged",
    "reclassify": "report.reclassified",
}


KINDS = tuple(sorted(set(TYPES.values())))


class State(StrEnum):
    """How a hook stands."""

    ACTIVE = "active"  # 推送中
    SILENCED = "silenced"  # 已停推: it did not answer for a day
    ENDED = "ended"  # 已结束


class Outcome(StrEnum):
    """What came of a delivery."""

    TAKEN = "taken"  # 已送达
    FAILED = "failed"  # 未送达: a day of tries
    LEFT = "left"  # 未推送: its hook was silenced or ended


class HookAddressRefused(Invalid):
    """What is told goes to an https address of a public host, with nothing in it that two programs read in two ways."""

    zh = "推送地址须为公网 https 地址"


class HookTooNarrow(Invalid):
    """An address is told of a community or a public part of it: of one dwelling alone, that it is told would tell whose."""

    zh = "推送范围须为社区、网格、院落、楼栋或单元"


class HookNotAgreed(Invalid):
    """An address is told what it agreed to: asked by OPTIONS (CloudEvents web hooks 1.0), it answers whom it lets tell it.

    That is `WebHook-Allowed-Origin` with the name in `WebHook-Request-Origin`, or a star; `origin` is the name it was asked for.
    """

    zh = "该地址没有同意接收推送：须对 OPTIONS 请求回答 WebHook-Allowed-Origin"


class HooksEnough(Conflict):
    """A community has ten live hooks at most."""

    zh = "本社区的推送地址数量已达上限"


class HookThere(Conflict):
    """An address of a community is told once."""

    zh = "该地址已登记推送"


class HookOver(Conflict):
    """A hook that ended tells nothing, and is not begun again: another is made."""

    zh = "该推送已结束"


class HookGoesOn(Conflict):
    """Only what was silenced is begun again."""

    zh = "该推送正在进行，无需恢复"


class SecretReplaced(Conflict):
    """A secret is replaced by who names it; of several who do at once one does."""

    zh = "该密钥已被更换，请刷新后再试"


class DeliveryWaits(Conflict):
    """What is still to be told is not told again."""

    zh = "该条推送仍在进行，无需重推"


@dataclass(eq=False)
class Hook:
    """An address that is told. `version` counts its secrets; `failing_since` is when telling it began to fail."""

    id: UUID
    area: str
    name: str
    endpoint: str
    made_by: UUID
    made_at: datetime
    state: str = State.ACTIVE.value
    version: int = 1
    replaced_at: datetime | None = None
    failing_since: datetime | None = None
    kinds: list[str] | None = None  # what it is told of; None: of everything

    def must_be_public(self) -> None:
        """HookTooNarrow; of more than a community it is none either."""
        if not WIDEST <= self.area.count(".") + 1 <= NARROWEST:
            raise HookTooNarrow

    def versions(self, at: datetime) -> list[int]:
        """The secrets that are signed with now, the newest first."""
        overlaps = self.replaced_at is not None and at < self.replaced_at + BOTH
        return [self.version, self.version - 1] if overlaps else [self.version]

    def replace_secret(self, version: int, at: datetime) -> None:
        """A new secret from now on, for a day beside the one that is named; SecretReplaced."""
        self._must_live()
        if version != self.version:
            raise SecretReplaced
        self.version, self.replaced_at = self.version + 1, at

    def begin_again(self) -> None:
        """It answers again, somebody says; HookGoesOn."""
        self._must_live()
        if self.state == State.ACTIVE:
            raise HookGoesOn
        self.state, self.failing_since = State.ACTIVE.value, None

    def end(self) -> None:
        """It is told nothing any more."""
        self._must_live()
        self.state = State.ENDED.value

    def wants(self, action: str) -> bool:
        """Whether it is told of such a step."""
        return action in TYPES and (self.kinds is None or TYPES[action] in self.kinds)

    def failed(self, at: datetime) -> bool:
        """It did not take it; whether it is told nothing any more, after a day of that."""
        self.failing_since = self.failing_since or at
        if self.state != State.ACTIVE or at - self.failing_since < PATIENCE:
            return False
        self.state = State.SILENCED.value
        return True

    def _must_live(self) -> None:
        if self.state == State.ENDED:
            raise HookOver


@dataclass(eq=False)
class Delivery:
    """One step of a report that an address is to be told; of a report in the order of its steps."""

    id: UUID
    hook_id: UUID
    report_id: UUID
    seq: int
    kind: str
    said: dict[str, Any]
    made_at: datetime
    due_at: datetime
    tries: int = 0
    first_at: datetime | None = None
    leased_until: datetime | None = None
    status: int | None = None  # what it answered last
    outcome: str | None = None
    done_at: datetime | None = None

    def take(self, at: datetime) -> int:
        """Whoever tells it has half a minute; which try it is."""
        self.tries, self.first_at, self.leased_until = self.tries + 1, self.first_at or at, at + LEASE
        return self.tries

    def hear(self, *, took: bool, status: int | None, at: datetime) -> None:
        """What it answered: taken, or later, twice as long each time, for a day."""
        self.status = status
        if took:
            return self.done(Outcome.TAKEN, at)
        wait = min(timedelta(seconds=5) * 2 ** min(self.tries, 12), LONGEST_WAIT)
        self.leased_until, self.due_at = None, at + wait * (1 + self.id.int % 100 / 400)
        if at - (self.first_at or at) >= PATIENCE:
            self.done(Outcome.FAILED, at)
        return None

    def done(self, outcome: Outcome, at: datetime) -> None:
        """It is over."""
        self.leased_until, self.outcome, self.done_at = None, outcome.value, at

    def again(self, at: datetime) -> None:
        """Staff want it told once more; DeliveryWaits."""
        if self.done_at is None:
            raise DeliveryWaits
        self.tries, self.first_at, self.outcome, self.done_at, self.due_at = 0, None, None, None, at


def message(report: Any, step: Any) -> dict[str, Any]:
    """What is told of a step: what it is called, when it was, which report, and where it stands; nobody, and no dwelling."""
    place = ".".join(report.area.split(".")[:NARROWEST])
    at = step.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    data = {"report_id": str(report.id), "number": report.number, "area": place, "state": step.to_status, "step": step.seq}
    return {"type": TYPES[step.action], "timestamp": at, "data": data}


def spelled(said: dict[str, Any]) -> bytes:
    """A message as it is sent, alike each time."""
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()


def secret(key: bytes) -> str:
    """A secret as it is handed out."""
    return f"whsec_{base64.b64encode(key).decode()}"


def signature(key: bytes, delivery: str, seconds: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over `<id>.<seconds>.<body>` in base64 (Standard Webhooks, signature scheme)."""
    signed = hmac.digest(key, f"{delivery}.{seconds}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"
