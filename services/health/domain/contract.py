"""签约: a resident and a team of family doctors; who asks, who answers, how long it holds, what is served under it.

关于推进家庭医生签约服务的指导意见 (国医改办发〔2016〕1号): one team at a time, for a year in principle, then renewed or changed;
关于推进家庭医生签约服务高质量发展的指导意见 (国卫基层发〔2022〕10号): what was signed is served (签而有约).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import Conflict, Forbidden, Invalid
from contracts import health_contracts as said
from contracts.calendar import CHENGDU
from contracts.event import Event

RENEWABLE = timedelta(days=60)  # so long before its end the next one is asked for
YEARS = 3  # at most


class State(StrEnum):
    """How far it came; that it is over says its end."""

    ASKED = "asked"  # 待对方确认
    SIGNED = "signed"  # 已签约
    DECLINED = "declined"  # 未签约


class Reason(StrEnum):
    """Why it ends before its time."""

    MOVED = "moved"  # 迁出
    CHANGES = "changes"  # 更换团队
    UNSATISFIED = "unsatisfied"  # 对服务不满意
    DECEASED = "deceased"  # 去世
    TEAM_ENDS = "team_ends"  # 团队撤销
    OTHER = "other"  # 其他


class Item(StrEnum):
    """What a package has, so many times a year."""

    FOLLOW_UP = "follow_up"  # 随访
    CHECK_UP = "check_up"  # 健康体检
    HOME_VISIT = "home_visit"  # 上门服务
    ADVICE = "advice"  # 健康指导


class ContractWaits(Conflict):
    """One asks for one contract at a time; `contract_id` waits for its answer."""

    zh = "您已有一份待确认的签约申请，请先处理"


class ContractRuns(Conflict):
    """One has one team at a time (国医改办发〔2016〕1号); the next is asked for from `from_at`, 60 days before the end."""

    zh = "您已有家庭医生签约，期满前60天起可续签或更换团队；也可先解约"


class ContractAnswered(Conflict):
    """An ask is answered once."""

    zh = "该签约申请已处理"


class ContractNotHolding(Conflict):
    """What is ended, and what is served, is a contract that holds now."""

    zh = "该签约不在有效期内"


class NoTeamHere(Invalid):
    """The team is one of family doctors that serves where the person lives."""

    zh = "该团队不是服务您所在区域的家庭医生团队"


class OneSideAsks(Forbidden):
    """One side asks, the other one answers; nobody is both."""

    zh = "签约须由另一方确认，本人申请的由团队确认，团队发起的由居民本人确认"


class NotOfTheTeam(Forbidden):
    """For a team its doctors speak, and the hut's staff."""

    zh = "只有该团队的医生和健康小屋工作人员可以办理"


class NothingLeft(Conflict):
    """A package has so many of each service a year; `yearly` is how many."""

    zh = "该项服务本年度次数已用完，或不在服务包内"


class VisitUnfit(Conflict):
    """What is counted as served is a visit of that person that was, while the contract held, once."""

    zh = "该就诊不能计入：须为该居民签约期内已完成的就诊，且未计入过"


@dataclass(frozen=True)
class Team:
    """A team of doctors, and the area it belongs to."""

    id: UUID
    area: str


@dataclass(eq=False)
class Package:
    """What a contract has, so many a year of each; a version of its area's."""

    id: UUID
    area: str
    version: int
    name: str
    follow_up: int
    check_up: int
    home_visit: int
    advice: int
    decided_by: UUID
    decided_at: datetime

    def yearly(self, item: Item) -> int:
        """How many of one."""
        return {
            Item.FOLLOW_UP: self.follow_up, Item.CHECK_UP: self.check_up, Item.HOME_VISIT: self.home_visit,
            Item.ADVICE: self.advice,
        }[item]


_NOBODY, _ALWAYS = UUID(int=0), datetime(2020, 1, 1, tzinfo=UTC)


def basic() -> Package:
    """What holds where nobody has laid down anything (版本 0): four follow-ups and a check-up a year."""
    return Package(_NOBODY, "", 0, "家庭医生签约服务基础包", 4, 1, 0, 0, _NOBODY, _ALWAYS)


def years_after(moment: datetime, years: int) -> datetime:
    """The same day and time in Chengdu so many years later; of the 29th of February the 1st of March."""
    local = moment.astimezone(CHENGDU)
    try:
        later = local.replace(year=local.year + years)
    except ValueError:
        later = local.replace(year=local.year + years, month=3, day=1)
    return later.astimezone(UTC)


@dataclass(eq=False)
class Contract:
    """Asked by one side, answered by the other; it holds from `starts_at` until `ends_at`, by a comparison."""

    id: UUID
    area: str
    person_id: UUID
    team_id: UUID
    years: int
    state: State
    asked_at: datetime
    asked_by: UUID
    by_team: bool
    package_id: UUID | None = None  # none: the basic one
    acting_id: UUID | None = None  # who took the person's last step for them, by proxy
    answered_at: datetime | None = None
    answered_by: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    ended_at: datetime | None = None  # before its time
    ended_by: UUID | None = None
    reason: str | None = None

    @property
    def owner_id(self) -> UUID:
        """It belongs to its resident."""
        return self.person_id

    def asked(self) -> Event:
        """Whoever is to answer hears of it."""
        return said.ContractAsked(**self._named(), by_team=self.by_team)

    def sign(self, *, by: UUID, at: datetime, after: datetime | None, package: Package) -> Event:
        """The other side says yes: it holds from now on, or from where the one before it ends."""
        self.check_answer(by)
        self.answered_at, self.answered_by = at, by
        begins = at if after is None else after
        self.state, self.starts_at, self.ends_at = State.SIGNED, begins, years_after(begins, self.years)
        self.package_id = package.id if package.version else None
        return said.ContractSigned(**self._named(), starts_at=begins, ends_at=self.ends_at, renews=after is not None)

    def decline(self, *, by: UUID, at: datetime, by_person: bool) -> Event:
        """The other side says no, or whoever asked takes it back."""
        self._check_open()
        self.state, self.answered_at, self.answered_by = State.DECLINED, at, by
        return said.ContractDeclined(**self._named(), by_team=not by_person)

    def check_answer(self, by: UUID) -> None:
        """ContractAnswered; OneSideAsks of whoever is not the other side."""
        self._check_open()
        if (by == self.person_id) != self.by_team or by == self.asked_by:
            raise OneSideAsks

    def _check_open(self) -> None:
        if self.state is not State.ASKED:
            raise ContractAnswered(current=self.state.value)

    def holds(self, at: datetime) -> bool:
        """Whether it holds then."""
        begun = self.state is State.SIGNED and self.starts_at is not None and self.starts_at <= at
        return begun and self.ends_at is not None and at < self.ends_at

    def end(self, reason: Reason, *, by: UUID, at: datetime) -> Event:
        """It is over now; one that has not begun yet never does."""
        over = self.ended_at is not None or self.ends_at is None or self.ends_at <= at  # by the clock, or somebody just now
        if over or self.state is not State.SIGNED:
            raise ContractNotHolding
        if self.holds(at):
            self.ends_at = at
        else:
            self.state = State.DECLINED
        self.ended_at, self.ended_by, self.reason = at, by, reason.value
        return said.ContractEnded(**self._named(), by_person=by == self.person_id, reason=reason.value)

    def year(self, at: datetime) -> int:
        """Which of its years that is, from 1; ContractNotHolding."""
        if not self.holds(at) or self.starts_at is None:
            raise ContractNotHolding
        return next(n for n in range(1, YEARS + 2) if at < years_after(self.starts_at, n))

    def served(self, item: Item) -> Event:
        """Its person hears that a service was noted."""
        return said.ContractServed(**self._named(), item=item.value)

    def _named(self) -> dict[str, object]:
        return {"area": self.area, "recipients": (self.person_id,), "contract_id": self.id, "team_id": self.team_id}


class Prompt(StrEnum):
    """How long before its end its person hears of it."""

    TWO_MONTHS = "two-months"
    TWO_WEEKS = "two-weeks"


PROMPTS = {Prompt.TWO_MONTHS: (14, 60), Prompt.TWO_WEEKS: (0, 14)}  # more than so many days before the end, at most so many


def check_may_ask(lasts: Contract | None, *, at: datetime) -> None:
    """ContractRuns while the last one signed is not near its end, or has not even begun."""
    if lasts is None or lasts.ends_at is None or (lasts.holds(at) and lasts.ends_at - at <= RENEWABLE):
        return
    raise ContractRuns(contract_id=str(lasts.id), from_at=(lasts.ends_at - RENEWABLE).isoformat())
