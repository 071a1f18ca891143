"""Somebody acts for another (代办): what they may, from when until when, who said so, and how it ends."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.calendar import CHENGDU
from contracts.identity import ProxyChanged
from contracts.identity_wards import ChildTurnedSix
from services.identity.domain.clients import ScopeRefused
from services.identity.domain.place import EndedAlready
from services.identity.domain.two_looks import NotByTheSame, TwoLooks

LONGEST = timedelta(days=366)  # a year, however long it is
WAITS = timedelta(days=7)  # for the second look
WARNED = timedelta(days=30)  # so long before it ends both hear of it
TOKEN = timedelta(minutes=5)  # what is given to act lives no longer
PROGRAM = "guohuai.proxy"  # the `client_id` of such tokens; no program is named so, for names have no dots
SMALL = 6  # years: until then a child is seen by video with its guardian beside (互联网诊疗管理办法, article 19)
CHILDHOOD = 14  # years: until then a person's data are sensitive, and a guardian consents (PIPL article 31)

Kind = Literal["relative", "guardian"]


class Scope(StrEnum):
    """All that anybody may do for another: acts of the services by their names in `domain/rights.py`.

    Nothing of how one signs in, phones, consents, further proxies, export, erasure or reading in the clear is among them.
    """

    FILE = "reports.file"
    PHOTOS = "uploads.grant"
    REPORTS = "reports.read"
    SUPPLEMENT = "reports.supplement"
    WITHDRAW = "reports.withdraw"
    RATE = "reports.rate"
    REOPEN = "reports.reopen"
    SLOTS = "slots.read"
    SCHEDULES = "schedules.read"
    HOSPITALS = "hospitals.read"
    BOOK = "health.book"
    HOLDS = "holds.use"
    APPOINTMENTS = "appointments.read"
    CANCEL = "appointments.cancel"
    MOVE = "appointments.move"
    ENTITLEMENTS = "entitlements.read"
    ATTEND = "visits.attend"
    CONTRACTS = "contracts.read"
    ASK_A_TEAM = "contracts.ask"
    ANSWER_A_TEAM = "contracts.answer"


HEALTH = frozenset(Scope) - {
    Scope.FILE, Scope.PHOTOS, Scope.REPORTS, Scope.SUPPLEMENT, Scope.WITHDRAW, Scope.RATE, Scope.REOPEN,
}


class ProxyThere(Conflict):
    """This person acts for that one already, or it waits for the second look: it is ended first."""

    zh = "双方之间已有有效或待核对的代办授权，请先结束原有授权"


class ProxyDecided(Conflict):
    """It was confirmed or refused already, waited for a week, or five second looks said otherwise."""

    zh = "该代办登记已经处理或已过期"


class ProxyDiffers(Conflict):
    """What the second member of staff was told, or reads in the papers, is not what the first one noted."""

    zh = "所填内容与登记的不一致，请向本人或证件核对；确有误的，请拒绝后重新登记"
    keeps = True


class ProxyOfOneself(Invalid):
    """Nobody acts for themselves by proxy."""

    zh = "不能为本人代办"


class ProxyDatesUnfit(Invalid):
    """A proxy ends on a day to come, at most a year away."""

    zh = "代办授权的截止日期须在今天之后、一年之内"


class InPersonWanted(Invalid):
    """What concerns health is entrusted before staff, in person or by video: a phone in the hand of a relative is no proof."""

    zh = "涉及健康服务的代办授权须本人到场或视频，由工作人员登记"


class BindingUnfit(Invalid):
    """A proxy rests on a binding of one of the two that goes on."""

    zh = "所选住户绑定不属于双方，或已结束"


class NotAChild(Conflict):
    """A guardian is recorded for whoever is under fourteen."""

    zh = "该人员已满十四周岁，不能登记监护人代办"


class SignsInAlready(Conflict):
    """Who signs in by a password serves here, and is no child."""

    zh = "该人员已有自己的登录方式，不能登记监护人代办"


class GuardianActs(Conflict):
    """A guardian acts for this child, who has no way in of their own until they are fourteen."""

    zh = "该未成年人由监护人代办，满十四周岁前不单独登录"


@dataclass(eq=False)
class Proxy(TwoLooks):
    """The actor may do these acts for the principal; given by the principal in the app, or recorded by two members of staff."""

    waits: ClassVar = WAITS
    forgets: ClassVar = "number_index"
    over: ClassVar = ProxyDecided
    differs: ClassVar = ProxyDiffers

    id: UUID
    principal_id: UUID
    actor_id: UUID
    kind: Kind
    area: str
    scopes: list[str]
    evidence: str
    binding_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    given_by: UUID
    number_index: bytes | None = None
    used_at: datetime | None = None
    warned_at: datetime | None = None
    six_told_at: datetime | None = None
    ended_by: UUID | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.principal_id == self.actor_id:
            raise ProxyOfOneself
        if self.given_by == self.actor_id or (self.given_by == self.principal_id and self.evidence != "app"):
            raise NotByTheSame
        is_short = self.kind == "guardian" or self.ends_at - self.starts_at <= LONGEST
        if self.ends_at <= self.starts_at or not is_short:
            raise ProxyDatesUnfit
        if self.evidence == "app" and HEALTH & set(self.scopes):
            raise InPersonWanted

    @property
    def owner_id(self) -> UUID:
        """It is the principal's."""
        return self.principal_id

    @property
    def allows(self) -> list[str] | None:
        """What it allows; while it waits nobody is shown what the second look is to find out."""
        return None if self.state == "waiting" else self.scopes

    def give(self, at: datetime) -> ProxyChanged:
        """The principal said so, who is signed in."""
        self.decide("confirmed", self.principal_id, at)
        return self.changed("given")

    def confirm(self, *, by: UUID, scopes: set[str], number_index: bytes | None, at: datetime) -> ProxyChanged:
        """The second pair of eyes: told by the principal what they entrust, or reading the child's number in the papers."""
        self.must_be("waiting", since=self.starts_at, at=at)
        if self.ends_at <= at:
            raise ProxyDecided
        noted = set() if self.kind == "guardian" else set(self.scopes)
        self.second(
            "confirmed", by=by, but={self.given_by, self.principal_id, self.actor_id}, first=(noted, self.number_index),
            said=(scopes, number_index), at=at,
        )
        return self.changed("given")

    def refuse(self, *, by: UUID, at: datetime) -> None:
        """It was a mistake, or is not borne out."""
        self.must_be("waiting", since=self.starts_at, at=at)
        self.decide("refused", by, at)

    def end(self, *, by: UUID | None, at: datetime) -> ProxyChanged:
        """It is over before its time; `by` is nobody when it ends by itself."""
        if not self.lives(at):
            raise EndedAlready
        self.state, self.ended_by, self.ended_at = "ended", by, at
        return self.changed("ended")

    def expire(self) -> ProxyChanged:
        """Its time is over."""
        self.state, self.ended_at = "ended", self.ends_at
        return self.changed("over")

    def warn(self, at: datetime) -> ProxyChanged:
        """It will be over soon."""
        self.warned_at = at
        return self.changed("ending")

    def tell_six(self, at: datetime) -> ChildTurnedSix:
        """The child has turned six. That alone is said: no birthday, and nothing before it."""
        self.six_told_at = at
        return ChildTurnedSix(proxy_id=self.id, principal_id=self.principal_id, actor_id=self.actor_id)

    def lives(self, at: datetime) -> bool:
        """Whether the actor may act now."""
        return self.state == "confirmed" and self.starts_at <= at < self.ends_at

    def granted(self, asked: str) -> str:
        """What of it is asked for, or all of it; ScopeRefused where nothing is left."""
        wanted = set(asked.split()) or set(self.scopes)
        given = [one for one in self.scopes if one in wanted]
        if not given:
            raise ScopeRefused
        return " ".join(given)

    def changed(self, change: Literal["given", "ending", "ended", "over"]) -> ProxyChanged:
        return ProxyChanged(
            recipients=(self.principal_id, self.actor_id), proxy_id=self.id, principal_id=self.principal_id,
            actor_id=self.actor_id, kind=self.kind, change=change,
        )


def end_of(day: date) -> datetime:
    """The end of a day in the community, which still counts; ProxyDatesUnfit of the last that a calendar has."""
    if day == date.max:
        raise ProxyDatesUnfit
    return datetime.combine(day + timedelta(days=1), time(), CHENGDU)


def grown(born: date) -> datetime:
    """The beginning of the fourteenth birthday; who was born on the 29th of February has it on the 1st of March."""
    try:
        day = born.replace(year=born.year + CHILDHOOD)
    except ValueError:
        day = date(born.year + CHILDHOOD, 3, 1)
    return datetime.combine(day, time(), CHENGDU)
