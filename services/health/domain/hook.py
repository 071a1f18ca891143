"""A hospital's program is told by a request to its own address when something of its appointments changes (rest-hook).

FHIR R4 (4.0.1), Subscription, channel rest-hook; the notification is a Bundle as the Subscriptions R5 Backport (1.1) has it, with
ids alone. What is sent is signed: FHIR has no rule for that, so it is ours (docs/hospital.md).
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Invalid
from services.health.domain.resources import Resource, moment
from services.health.domain.topic import Topic

LEASE, PATIENCE, LONGEST = timedelta(seconds=30), timedelta(hours=24), timedelta(hours=1)
MOST = 5  # live ones of a hospital and topic


class State(StrEnum):
    """Where a subscription stands, in FHIR's words."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ERROR = "error"
    OFF = "off"


class EndpointRefused(Invalid):
    """Notifications go to an https address of a public host, with nothing in it that two programs read in two ways."""

    zh = "通知地址须为公网 https 地址"


class CriteriaRefused(Invalid):
    """One subscribes to a topic of the CapabilityStatement, by rest-hook, and is told ids.

    `criteria` is its canonical address, or `Appointment?`; `channel.type` is rest-hook.
    """

    zh = "只能以 rest-hook 方式订阅已公布的主题（criteria 为主题地址，或 Appointment?）"


class PeriodRefused(Invalid):
    """A heartbeat comes each 60 to 86,400 seconds, and an end lies ahead and says its zone."""

    zh = "心跳间隔须为 60 至 86400 秒，结束时间须晚于现在并带时区"


class TooManyHooks(Conflict):
    """A hospital has five live subscriptions to a topic at most."""

    zh = "本院的订阅数量已达上限"


class OlderSecretSigns(Conflict):
    """Two secrets sign at most: the older one is ended before there is another."""

    zh = "旧的签名密钥仍在使用，请先停用旧密钥再更换"


@dataclass(frozen=True)
class Wanted:
    """A subscription as a program asks for it."""

    endpoint: str
    topic: Topic
    heartbeat: int | None = None
    ends_at: datetime | None = None


@dataclass(eq=False)
class Hook:
    """A subscription. `last` is the number of its newest event; `failing_since` is when telling it began to fail.

    `secrets` is how many secrets it has had; the last signs, and the one before it as well while `older_signs`.
    `heartbeat` is after how many quiet seconds it is told that nothing happened; `told_at` is when it last took something.
    """

    id: UUID
    hospital_id: UUID
    program_id: UUID
    endpoint: str
    made_at: datetime
    state: State = State.REQUESTED
    last: int = 0
    failing_since: datetime | None = None
    secrets: int = 1
    older_signs: bool = False
    topic: str = Topic.CHANGED.value
    heartbeat: int | None = None
    ends_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def about(self) -> Topic:
        """What it is told of."""
        return Topic(self.topic)

    def stands(self, at: datetime) -> State:
        """In FHIR's words: what has come to its end is off."""
        return State.OFF if self.ends_at is not None and self.ends_at <= at else self.state

    def is_told(self, at: datetime) -> bool:
        """Whether anything is told it."""
        return self.stands(at) in {State.REQUESTED, State.ACTIVE}

    def renew(self) -> None:
        """Another secret signs from now on, beside the one there was; OlderSecretSigns."""
        if self.older_signs:
            raise OlderSecretSigns
        self.secrets, self.older_signs = self.secrets + 1, True

    @property
    def signing(self) -> tuple[int, ...]:
        """Which secrets sign, the newest first."""
        return (self.secrets, self.secrets - 1) if self.older_signs else (self.secrets,)

    def answered(self, *, at: datetime) -> None:
        """It took what it was told; the first time, that is the handshake."""
        self.failing_since, self.told_at = None, at
        if self.state is State.REQUESTED:
            self.state = State.ACTIVE

    def failed(self, *, at: datetime) -> bool:
        """It did not; whether it is told nothing any more, after a day of that."""
        self.failing_since = self.failing_since or at
        if at - self.failing_since < PATIENCE:
            return False
        self.state = State.ERROR
        return True


@dataclass(eq=False)
class Call:
    """One thing a subscription is to be told: number 0 is the handshake, and what `beats` says that nothing happened.

    `focus_id` is what the hospital calls it, where that is not the appointment's id; whose it is, is known by the appointment or
    contract.
    """

    id: UUID
    hook_id: UUID
    number: int
    made_at: datetime
    due_at: datetime
    appointment_id: UUID | None = None
    tries: int = 0
    leased_until: datetime | None = None
    done_at: datetime | None = None
    focus_id: UUID | None = None
    contract_id: UUID | None = None
    beats: bool = False

    @property
    def focus(self) -> UUID | None:
        """What it is about, as the hospital calls it; of a handshake and a sign of life nothing."""
        return self.focus_id or self.appointment_id

    @property
    def kind(self) -> str:
        """What sort of notification it is (Backport 1.1)."""
        return "heartbeat" if self.beats else "handshake" if self.number == 0 else "event-notification"

    def take(self, *, at: datetime) -> int:
        """Whoever tells it has half a minute; which try it is."""
        self.tries += 1
        self.leased_until = at + LEASE
        return self.tries

    def put_off(self, *, at: datetime) -> None:
        """Later: twice as long each time, an hour at most; who hears it together is spread by its id."""
        wait = min(timedelta(seconds=5) * 2 ** min(self.tries, 12), LONGEST)
        self.leased_until, self.due_at = None, at + wait * (1 + self.id.int % 100 / 400)

    def done(self, *, at: datetime) -> None:
        """It was told, or is nobody's to know any more."""
        self.leased_until, self.done_at = None, at


def notification(hook: Hook, call: Call, base: str) -> Resource:
    """The Bundle that is sent: the status of the subscription with one event, whose focus is an id."""
    events = [call] if call.focus else []
    status = {"id": str(call.id)} | status_of(hook, hook.state, call.kind, events, base)
    request = {"method": "GET", "url": f"{base}/Subscription/{hook.id}/$status"}
    entry = {"fullUrl": f"urn:uuid:{call.id}", "resource": status, "request": request, "response": {"status": "200"}}
    return {"resourceType": "Bundle", "type": "history", "timestamp": moment(call.made_at), "entry": [entry]}


def status_of(hook: Hook, stands: State, kind: str, calls: Iterable[Call], base: str) -> Resource:
    """The status of a subscription with what it was told or is to be told, by number and id (Backport 1.1, status of R4)."""
    events = [{"name": "notification-event", "part": [
        {"name": "event-number", "valueString": str(call.number)}, {"name": "timestamp", "valueInstant": moment(call.made_at)},
        {"name": "focus", "valueReference": {"reference": f"{base}/{hook.about.focus}/{call.focus}"}},
    ]} for call in calls]
    return {"resourceType": "Parameters", "parameter": [
        {"name": "subscription", "valueReference": {"reference": f"{base}/Subscription/{hook.id}"}},
        {"name": "topic", "valueCanonical": hook.about.canonical}, {"name": "status", "valueCode": stands.value},
        {"name": "type", "valueCode": kind}, {"name": "events-since-subscription-start", "valueString": str(hook.last)}, *events,
    ]}


def signatures(secrets: Iterable[bytes], delivery: str, at: datetime, body: bytes) -> str:
    """The same by each secret that signs, the newest first: `t=<seconds>,v1=<hex>,v1=<hex>`."""
    first, *others = [signature(one, delivery, at, body) for one in secrets]
    return ",".join((first, *(one.partition(",")[2] for one in others)))


def signature(secret: bytes, delivery: str, at: datetime, body: bytes) -> str:
    """`t=<seconds>,v1=<hex>` over `<seconds>.<delivery>.<body>`: who keeps the secret knows that it is ours, new, and whole."""
    seconds = int(at.timestamp())
    signed = hmac.new(secret, f"{seconds}.{delivery}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"
