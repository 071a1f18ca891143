"""分派规则: whose a report is at first. The anchor's unit, else the first rule that fits, else the grid there, else triage.

What decided, and why each rule before it did not, is kept as sentences that staff read on the report.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.errors import Invalid
from contracts.area import community_of, contains
from contracts.reports import LADDER
from services.reports.domain.category import is_at_or_below
from services.reports.domain.coordinates import Point
from services.reports.domain.grid import MOST_GRIDS, Grid, must_lie_apart
from services.reports.domain.severity import NAMES, Severity
from services.reports.domain.terms import must_rely_on

TRIAGE = "triage"
MOST_RULES, MOST_NAMED = 50, 20
LONGEST_NAME, LONGEST_SENTENCE = 30, 200
OFFICES = LADDER[2:]  # that a rule may begin at: community and subdistrict; the grid's is where everything else begins
_GRID_DEPTH = 4


class RoutingUnfit(Invalid):
    """A rule has one name and one effect, a unit or an office; it names what is there: places, of one category a subcategory."""

    zh = "分派规则不合要求：名称不能重复，须且仅须指定一个单位或层级，地点须在本社区内，子类别须在目录中"


class PointElsewhere(Invalid):
    """A place lies in its community: where that has drawn its grids, at most a kilometre or so outside of them all."""

    zh = "所选位置不在本社区范围内，请重新定位，或只选择区域"


class NoSuchArea(Invalid):
    """The place names an area that is not in the community's tree."""

    zh = "没有找到该地点，请重新选择"


@dataclass(frozen=True)
class Case:
    """What routing knows of a report that is being filed."""

    category: str
    area: str
    point: Point | None = None
    anchor_unit: UUID | None = None
    severity: Severity = Severity.MINOR
    subcategory: str | None = None


@dataclass(frozen=True)
class RoutingRule:
    """If a report is of one of these categories and in one of these areas (none named: any), it is the unit's or the office's.

    Where `severity_at_least` is said it must be so grave as it is filed; what staff make of it later routes nothing anew.
    """

    name: str
    says: str
    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    unit_id: UUID | None = None
    office: str | None = None
    severity_at_least: Severity | None = None
    subcategory: str | None = None  # and of this, or what lies below it

    def why_not(self, case: Case) -> str | None:
        """The first predicate that fails, as a sentence; None where the rule fits."""
        if self.categories and case.category not in self.categories:
            return f"规则“{self.name}”不适用：类别不在其列"
        if self.subcategory and not is_at_or_below(case.subcategory, self.subcategory):
            return f"规则“{self.name}”不适用：子类别不符"
        if self.areas and not any(contains(area, case.area) for area in self.areas):
            return f"规则“{self.name}”不适用：地点不在其范围"
        if self.severity_at_least is not None and case.severity.rank < self.severity_at_least.rank:
            return f"规则“{self.name}”不适用：紧急程度低于“{NAMES[self.severity_at_least]}”"
        return None


@dataclass(frozen=True)
class Route:
    """What decided: `by` anchor, rule, grid or triage; whose it is; in which grid it lies; why, and why not the others."""

    by: str
    says: str
    rule: str | None = None
    unit_id: UUID | None = None
    office: str | None = None
    grid: str | None = None
    passed: tuple[str, ...] = ()

    @property
    def level(self) -> int:
        """The office it lies with at first, 1 to 4."""
        return 1 if self.office is None else [str(role) for role in LADDER].index(self.office) + 1


@dataclass(frozen=True)
class Routing:
    """One version of how a community routes; without any everything is triage."""

    area: str
    version: int = 0
    rules: tuple[RoutingRule, ...] = ()
    grids: tuple[Grid, ...] = ()
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def tag(self) -> str:
        """The version as HTTP carries it (RFC 9110 section 8.8.3)."""
        return f'"{self.version}"'

    def decide(self, made: "Routing", *, relies_on: str | None, by: UUID, at: datetime) -> "Routing":
        """The next version, if this is the one that was read (RFC 9110 section 13.1.1): TermsNotNamed, TermsStale."""
        must_rely_on(self.tag, relies_on)
        return replace(made, version=self.version + 1, decided_by=by, decided_at=at)

    def check(self) -> None:
        """RoutingUnfit, GridUnfit, GridsOverlap."""
        names = [rule.name for rule in self.rules]
        for rule in self.rules:
            is_ours = all(contains(self.area, area) for area in rule.areas)
            is_ours = is_ours and (rule.subcategory is None or len(rule.categories) == 1)
            if names.count(rule.name) > 1 or (rule.unit_id is None) == (rule.office is None) or not is_ours:
                raise RoutingUnfit(rule=rule.name)
        areas = [grid.area for grid in self.grids]
        for area in areas:
            if areas.count(area) > 1 or community_of(area) != self.area or area.count(".") + 1 != _GRID_DEPTH:
                raise RoutingUnfit(rule=area)
        if len(self.rules) > MOST_RULES or len(areas) > MOST_GRIDS:
            raise RoutingUnfit(rule="")
        must_lie_apart(self.grids)

    def must_hold(self, point: Point | None) -> None:
        """PointElsewhere; a community that has drawn no grids says nothing of where it ends."""
        if point is not None and self.grids and not any(grid.is_near(point.wgs84()) for grid in self.grids):
            raise PointElsewhere

    def route(self, case: Case) -> Route:
        """Whose it is, by the first of the four that knows; the place is narrowed to its grid before any rule looks at it."""
        grid = self._grid(case)
        if case.anchor_unit is not None:
            return Route("anchor", "点位码指定了负责单位", unit_id=case.anchor_unit, grid=grid)
        placed = case if grid is None or not contains(case.area, grid) else replace(case, area=grid)
        passed = tuple(self._passed(placed))
        rule = self.rules[len(passed)] if len(passed) < len(self.rules) else None
        if rule is not None:
            return Route("rule", rule.says, rule.name, rule.unit_id, rule.office, grid, passed)
        if grid is not None:
            return Route("grid", "位置落在该网格内，由网格员受理", grid=grid, passed=passed)
        lost = "没有定位，无法按网格边界分派" if case.point is None else "位置不在任何网格边界内"
        return Route(TRIAGE, "没有规则适用，由所在区域人工分派", passed=(*passed, *([lost] if self.grids else [])))

    def _passed(self, case: Case) -> Iterator[str]:
        """Why each rule before the first that fits does not."""
        for rule in self.rules:
            why = rule.why_not(case)
            if why is None:
                return
            yield why

    def _grid(self, case: Case) -> str | None:
        if case.point is None:
            return None
        point = case.point.wgs84()
        return next((grid.area for grid in self.grids if grid.covers(point)), None)
