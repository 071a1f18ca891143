"""What a community promises: how long each thing may take, when it is on duty; how often a report is returned, what a day takes.

The default follows the draft Beijing standard of 接诉即办 (December 2021): danger within 2 hours, water, power and the like
within 24 hours, what is ordinary within 7 days; intake within 2 hours, first contact within 30 minutes, both of duty.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import Invalid, PreconditionFailed, PreconditionRequired, TooMany
from contracts.calendar import CHENGDU
from services.reports.domain.calendar import OFFICE_HOURS, Calendar
from services.reports.domain.clock import Kind, Policy, due
from services.reports.domain.severity import Severity

_HOUR, _DAY = 60, 1440
SHORTEST, LONGEST = 5, 90 * _DAY  # minutes anything may be given
MOST_SPANS, SHORTEST_DUTY = 4, _HOUR  # of duty in a day; with less duty a long time would not end within ten years
MOST_RETURNS, MOST_REPORTS = 9, 200
MOST_HOUSEHOLDS, MOST_PLACES = 200_000, 200
_COMMUNITY_DEPTH, GRID_DEPTH = 3, 4
GRAVE, IN_DANGER = (Severity.SEVERE, Severity.EXTREME), Policy(2 * _HOUR, by_night=True)


class TermsOutOfBounds(Invalid):
    """Times are 5 minutes to 90 days, returns 1 to 9, reports a day 1 to 200: what is promised can be kept and counted."""

    zh = "时限、退单次数或每日报事数超出允许范围"


class HouseholdsUnfit(Invalid):
    """Households are said of the community and of its grids, 1 to 200,000 of each, none of which has more than all."""

    zh = "住户数须按本社区或其网格填写，每处 1 至 200000 户，网格不超过社区总数"


class DutyOutOfOrder(Invalid):
    """Duty hours are four spans of a day at most, in order and apart, an hour in all at least; none at all is day and night."""

    zh = "值班时段须依次填写、互不重叠，合计不少于 1 小时"


class TermsNotNamed(PreconditionRequired):
    """Who changes the terms says by `If-Match` which version was read; a star names none."""

    zh = "请先读取当前约定，再带上其版本号提交"


class TermsStale(PreconditionFailed):
    """The terms were changed after they were read; `current` is the version in force."""

    zh = "该约定刚被其他人修改，请刷新后再改"


class DayUsedUp(TooMany):
    """A resident files so many reports a local day as the community's terms say, and then again after midnight."""

    zh = "您今天的报事次数已用完，请明天再提交；紧急情况请拨打社区值班电话"


def must_rely_on(tag: str, said: str | None) -> None:
    """Whoever changes what is decided by version read the one in force (RFC 9110 section 13.1.1): TermsNotNamed, TermsStale."""
    named = [one.strip() for one in (said or "").split(",")]
    if named in ([""], ["*"]):
        raise TermsNotNamed
    if tag not in named:
        raise TermsStale(current=tag)


@dataclass(frozen=True)
class Terms:
    """One version of a community's terms; `resolve` names categories that differ from the ordinary.

    `severity` names levels that are mended within a time of their own, where that is the shorter one.
    """

    version: int
    duty: tuple[tuple[int, int], ...]
    respond: Policy
    contact: Policy
    arrive: Policy
    ordinary: Policy
    resolve: dict[str, Policy]
    return_limit: int = 2  # at this return a report goes one office up by itself, so that it is not handed to and fro
    daily_reports: int = 20
    households: dict[str, int] = field(default_factory=dict)  # how many live in the community and in its grids, by path
    asks_where: bool = False  # whether a resolution says where its photo was taken, or why it cannot
    severity: dict[str, Policy] = field(default_factory=lambda: dict.fromkeys(map(str, GRAVE), IN_DANGER))

    def __post_init__(self) -> None:
        edges = [edge for span in self.duty for edge in span]
        worked = sum(closes - opens for opens, closes in self.duty)
        in_order = edges == sorted(set(edges)) and all(0 <= edge <= _DAY for edge in edges)
        if not in_order or len(self.duty) > MOST_SPANS or (self.duty and worked < SHORTEST_DUTY):
            raise DutyOutOfOrder
        times = (self.respond, self.contact, self.arrive, self.ordinary, *self.resolve.values(), *self.severity.values())
        if not all(SHORTEST <= one.minutes <= LONGEST for one in times):
            raise TermsOutOfBounds
        if not (1 <= self.return_limit <= MOST_RETURNS and 1 <= self.daily_reports <= MOST_REPORTS):
            raise TermsOutOfBounds

    @property
    def calendar(self) -> Calendar:
        """The duty hours over the published days."""
        return Calendar(self.duty)

    def policy(self, kind: Kind, category: str, nearest: Policy | None = None) -> Policy:
        """How long this may take for such a report; `nearest` is what its community's catalogue says of what is below."""
        if kind is Kind.RESOLVE:
            return nearest or self.resolve.get(category, self.ordinary)
        return self.respond if kind is Kind.RESPOND else self.contact

    def shorter(self, kind: Kind, category: str, severity: str, since: datetime, nearest: Policy | None = None) -> Policy:
        """The same of what is so grave: of two times to resolve that which is over first, as both begin."""
        usual, grave = self.policy(kind, category, nearest), self.severity.get(severity) if kind is Kind.RESOLVE else None
        if grave is None:
            return usual
        return min((usual, grave), key=lambda one: due(since, one, self.calendar))

    def must_take(self, filed: int, at: datetime, daily: int | None = None) -> None:
        """Whether somebody who filed so many today may file another now; DayUsedUp says how long until midnight.

        `daily` is the number for whom it is not what residents have.
        """
        most = self.daily_reports if daily is None else daily
        if filed >= most:
            left = midnight(at) + timedelta(days=1) - at
            raise DayUsedUp(retry_after=int(left.total_seconds()) + 1, daily_reports=most)


DEFAULT = Terms(
    version=0, duty=OFFICE_HOURS, respond=Policy(2 * _HOUR), contact=Policy(30), arrive=Policy(2 * _HOUR),
    ordinary=Policy(7 * _DAY, by_night=True),
    resolve={
        "safety": Policy(2 * _HOUR, by_night=True), "water": Policy(_DAY, by_night=True),
        "electricity": Policy(_DAY, by_night=True),
    },
)


@dataclass(frozen=True)
class Settings:
    """The terms in force in a community, and who decided them when; the default was decided by nobody."""

    area: str
    terms: Terms = DEFAULT
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def is_a_communitys(self) -> bool:
        """Terms are a community's own; a grid has its community's, a district has none."""
        return self.area.count(".") + 1 == _COMMUNITY_DEPTH

    @property
    def tag(self) -> str:
        """The version as HTTP carries it (RFC 9110 section 8.8.3)."""
        return f'"{self.terms.version}"'

    def must_say_households(self, terms: Terms) -> None:
        """HouseholdsUnfit: of another place, too many, or more in a grid than in all."""
        whole = terms.households.get(self.area, MOST_HOUSEHOLDS)
        for place, many in terms.households.items():
            is_ours = place == self.area or (place.startswith(f"{self.area}.") and place.count(".") + 1 == GRID_DEPTH)
            if not is_ours or not 1 <= many <= min(whole, MOST_HOUSEHOLDS):
                raise HouseholdsUnfit

    def decide(self, terms: Terms, *, relies_on: str | None, by: UUID, at: datetime) -> "Settings":
        """The next version, if these terms are the ones that were read (RFC 9110 section 13.1.1)."""
        must_rely_on(self.tag, relies_on)
        self.must_say_households(terms)
        return Settings(self.area, replace(terms, version=self.terms.version + 1), by, at)


def midnight(at: datetime) -> datetime:
    """When the local day of a moment began."""
    return at.astimezone(CHENGDU).replace(hour=0, minute=0, second=0, microsecond=0)
