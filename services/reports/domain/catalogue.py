"""类别目录: what lies below our twelve categories in a community, a tree that is decided by version.

The categories stay the roots, so what goes by them (lists, figures, the classifier, Open311's services, doubles) knows no more.
A code means the same for ever: reports, clocks, rules and the chain keep codes and no copies of what they meant, so whatever
stood in a version stands in every later one. It may be called otherwise, ask otherwise, be given another time or be retired; it
is never taken out and never moved, for then the reports below it would be about something that nobody said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.errors import Invalid
from services.reports.domain.category import is_code
from services.reports.domain.clock import Policy
from services.reports.domain.field import Field
from services.reports.domain.open311 import SERVICES, SUBCATEGORY
from services.reports.domain.terms import LONGEST, SHORTEST, must_rely_on

MOST_NODES = 200  # below the twelve
MOST_FIELDS, MOST_VALUES = 20, 40  # of a node and those above it together; of a list
LONGEST_NAME, LONGEST_HINT = 20, 100
FIELD_PATTERN = r"^[a-z][a-z0-9_-]{0,39}$"


class CatalogueUnfit(Invalid):
    """Each code stands once, below one that stands, at most four deep; siblings differ by name, questions on a way by code.

    `node` says which. A category itself has its name from us and its time from the terms: of it only questions are said.
    """

    zh = "类别目录不合要求：编码、名称或附加问题重复，上级不存在，或超出层数和数量"


class CodesStay(Invalid):
    """A code that stood in a version stays: it is renamed or retired, never taken out or moved. `missing` says which."""

    zh = "已使用的子类别编码不能删除或移动，请改为停用"


class SubcategoryUnknown(Invalid):
    """What a report is about lies below its category, in the catalogue of its community."""

    zh = "该类别下没有这个子类别，请重新选择"


class SubcategoryRetired(Invalid):
    """What was retired is said of no report any more."""

    zh = "该子类别已停用，请选择其他子类别"


@dataclass(frozen=True)
class Node:
    """Something a report can be about below a category; without `subcategory` the category itself, which has only fields."""

    category: str
    subcategory: str | None
    name: str = ""
    hint: str = ""
    resolve: Policy | None = None
    fields: tuple[Field, ...] = ()
    retired: bool = False

    @property
    def code(self) -> str:
        """What it is called in messages."""
        return self.category if self.subcategory is None else f"{self.category}.{self.subcategory}"

    @property
    def above(self) -> str | None:
        """The node right above it; None of the category."""
        return (self.subcategory or "").rpartition(".")[0] or None

    @property
    def is_whole(self) -> bool:
        """What is said of it is what can be said of its kind."""
        if self.subcategory is None:
            return not (self.name or self.hint or self.resolve or self.retired)
        times = self.resolve is None or SHORTEST <= self.resolve.minutes <= LONGEST
        return bool(self.name.strip()) and is_code(self.subcategory) and times


@dataclass(frozen=True)
class Catalogue:
    """One version of what reports of a community can be about."""

    area: str
    version: int = 0
    nodes: tuple[Node, ...] = ()
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def tag(self) -> str:
        """The version as HTTP carries it (RFC 9110 section 8.8.3)."""
        return f'"{self.version}"'

    def decide(self, made: "Catalogue", *, relies_on: str | None, by: UUID, at: datetime) -> "Catalogue":
        """The next version, if this is the one that was read: TermsNotNamed, TermsStale, CatalogueUnfit, CodesStay."""
        must_rely_on(self.tag, relies_on)
        made.check()
        missing = sorted({one.code for one in self.nodes if one.subcategory} - {one.code for one in made.nodes})
        if missing:
            raise CodesStay(missing=missing)
        return replace(made, version=self.version + 1, decided_by=by, decided_at=at)

    def check(self) -> None:
        """CatalogueUnfit."""
        codes = [one.code for one in self.nodes]
        called = [(one.category, one.above, one.name) for one in self.nodes if one.subcategory and not one.retired]
        for node in self.nodes:
            asked = [one.code for one in self.fields(node.category, node.subcategory)]
            stands = node.above is None or f"{node.category}.{node.above}" in codes
            once = codes.count(node.code) == 1 and called.count((node.category, node.above, node.name)) <= 1
            if not (stands and once and node.is_whole and _are_apart(asked) and all(one.is_whole for one in node.fields)):
                raise CatalogueUnfit(node=node.code)
        if sum(one.subcategory is not None for one in self.nodes) > MOST_NODES:
            raise CatalogueUnfit(node="")

    def way(self, category: str, subcategory: str | None) -> list[Node]:
        """From the category down to what is named, as far as anything is said of them."""
        codes = (subcategory or "").split(".")
        wanted = [None, *(".".join(codes[:depth]) for depth in range(1, len(codes) + 1))]
        found = {one.subcategory: one for one in self.nodes if one.category == category}
        return [found[one] for one in wanted if one in found]

    def must_take(self, category: str, subcategory: str | None) -> None:
        """SubcategoryUnknown, SubcategoryRetired: with one all below it are."""
        if subcategory is None:
            return
        way = self.way(category, subcategory)
        if not way or way[-1].subcategory != subcategory:
            raise SubcategoryUnknown(subcategory=subcategory)
        if any(one.retired for one in way):
            raise SubcategoryRetired(subcategory=subcategory)

    def knows(self, category: str, subcategory: str) -> bool:
        """Whether it stands here, retired or not."""
        return any((one.category, one.subcategory) == (category, subcategory) for one in self.nodes)

    def fields(self, category: str, subcategory: str | None) -> tuple[Field, ...]:
        """What is asked of who says so: the questions of the category and of each node on the way."""
        return tuple(field for one in self.way(category, subcategory) for field in one.fields)

    def policy(self, category: str, subcategory: str | None) -> Policy | None:
        """How long it may take by the nearest node that says so; None: as the terms say."""
        return next((one.resolve for one in reversed(self.way(category, subcategory)) if one.resolve is not None), None)

    def names(self, category: str, subcategory: str | None) -> list[str]:
        """What it is called, from below the category on."""
        return [one.name for one in self.way(category, subcategory) if one.subcategory is not None]

    def below(self, category: str, subcategory: str | None = None) -> Iterator[Node]:
        """What may be said instead of it, one step finer."""
        for one in self.nodes:
            if one.category == category and one.subcategory and one.above == subcategory and not one.retired:
                yield one

    def service_fields(self, category: str) -> tuple[Field, ...]:
        """What Open311 asks of a service: which subcategory, and the questions of the category itself.

        A definition cannot ask one thing where another was chosen, so the questions of subcategories are not asked of programs.
        Until a community has decided, programs are asked as they always were; people, who never were, have to answer nothing.
        """
        asked = self.fields(category, None) if self.version else SERVICES[category].attributes
        below = [one.subcategory or "" for one in self._all(category, None)]
        kinds = tuple((one, " › ".join(self.names(category, one))) for one in below)
        which = Field(SUBCATEGORY, "具体类别", "singlevaluelist", hint="属于哪一种", values=kinds)
        return (which, *asked) if kinds else asked

    def _all(self, category: str, above: str | None) -> Iterator[Node]:
        for one in self.below(category, above):
            yield one
            yield from self._all(category, one.subcategory)


def _are_apart(codes: list[str]) -> bool:
    return len(codes) == len(set(codes)) <= MOST_FIELDS and SUBCATEGORY not in codes
