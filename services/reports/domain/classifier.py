"""类别建议: what words are likely about, learned from what was filed and mended; it suggests, and never decides.

Naive Bayes over runs of one to three characters (Manning, Raghavan, Schütze: Introduction to Information Retrieval, 13.2), whose
scores are divided by a temperature, so that of what it calls 80 % sure four in five are right (Guo et al. 2017, On Calibration of
Modern Neural Networks, 4.2). A run counts once for each person, and only if five people used it: what one alone wrote teaches
nothing and can be read from nothing that is kept.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

FEWEST_PEOPLE = 5  # as the board's: of fewer it would tell what one of them wrote
FEWEST_JUDGED = 20
LONGEST_RUN = 3
MOST_SUGGESTED = 3
_LIKELY, _WORTH_SAYING = 0.5, 0.1  # the best must be as likely as not; beside it what is not far-fetched
_SET_ASIDE = 5  # every fifth person's cases judge what the others' taught
_TEMPERATURES = tuple(1.1**step for step in range(45))  # 1 to 66
Name = Callable[[str], int]  # of a run: by the service's own key, so that what is kept cannot be read


@dataclass(frozen=True)
class Suggestion:
    """A category and how likely it is, 0 to 1."""

    category: str
    probability: float


def runs(said: str, name: Name) -> frozenset[int]:
    """The runs of one to three letters in a text, each once; marks, spaces, digits, width and case count for nothing."""
    plain = re.sub(r"[\W\d_]", "", unicodedata.normalize("NFKC", said).lower())
    found = {plain[begin : begin + length] for length in range(1, LONGEST_RUN + 1) for begin in range(len(plain) - length + 1)}
    return frozenset(map(name, found))


@dataclass(frozen=True)
class Model:
    """What was learned: how many people used each run for each category; and how well it judged those it had not learned from."""

    categories: tuple[str, ...]
    people: Mapping[int, Sequence[int]]  # by run: of each category
    cases: Sequence[int]  # of each category
    temperature: float = 1.0
    judged: int = 0
    right: int = 0
    _in_all: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        """How much was said of each category, counted once."""
        sums = [0] * len(self.categories)
        for counts in self.people.values():
            sums = [one + more for one, more in zip(sums, counts, strict=True)]
        object.__setattr__(self, "_in_all", tuple(sums))

    def suggest(self, found: frozenset[int]) -> list[Suggestion]:
        """The likeliest categories of a text, best first; none, where it is not sure."""
        if not found & self.people.keys():
            return []
        likely = self.likelihoods(found, self.temperature)
        ordered = sorted(zip(likely, self.categories, strict=True), reverse=True)[:MOST_SUGGESTED]
        if ordered[0][0] < _LIKELY:
            return []
        return [Suggestion(category, share) for share, category in ordered if share >= _WORTH_SAYING]

    def likelihoods(self, found: frozenset[int], temperature: float) -> list[float]:
        """How likely each category is; in all 1, and nothing for one of which nothing was heard."""
        kinds, whole = len(self.people), sum(self.cases)
        known = [self.people[run] for run in found if run in self.people]
        scores = []
        for n, cases in enumerate(self.cases):
            said = sum(math.log((counts[n] + 1) / (self._in_all[n] + kinds)) for counts in known)
            scores.append((math.log(cases / whole) + said) / temperature if cases else -math.inf)
        best = max(scores)
        parts = [math.exp(score - best) for score in scores]
        return [part / sum(parts) for part in parts]

    @property
    def is_fit(self) -> bool:
        """Whether it may be asked: it was judged, and did better than always saying what is commonest."""
        return self.judged >= FEWEST_JUDGED and self.right / self.judged > max(self.cases) / sum(self.cases)


@dataclass
class School:
    """Where a model is taught, a person at a time; every fifth of them only judges."""

    categories: tuple[str, ...]
    _taught: int = 0
    _people: dict[int, list[int]] = field(default_factory=dict)
    _cases: list[int] = field(default_factory=list)
    _used: dict[int, int] = field(default_factory=dict)
    _aside: list[tuple[int, frozenset[int]]] = field(default_factory=list)

    def hear(self, cases: Iterable[tuple[str, frozenset[int]]]) -> None:
        """All cases of one person: categories and runs."""
        self._cases = self._cases or [0] * len(self.categories)
        said = [(self.categories.index(category), found) for category, found in cases if category in self.categories]
        self._taught += bool(said)
        if self._taught % _SET_ASIDE == 0:
            self._aside += said
            return
        whole: dict[int, set[int]] = {}
        for category, found in said:
            self._cases[category] += 1
            whole.setdefault(category, set()).update(found)
        for category, used in whole.items():
            for run in used:
                self._people.setdefault(run, [0] * len(self.categories))[category] += 1
        for run in set().union(*whole.values()):
            self._used[run] = self._used.get(run, 0) + 1

    def model(self) -> Model:
        """What was learned, at the temperature at which those set aside are least surprising, judged by them."""
        people = {run: counts for run, counts in self._people.items() if self._used[run] >= FEWEST_PEOPLE}
        plain = Model(self.categories, people, self._cases or [0] * len(self.categories))
        if not people or not self._aside:
            return plain
        temperature = min(_TEMPERATURES, key=lambda one: self._surprise(plain, one))
        right = sum(self._best(plain, found) == category for category, found in self._aside)
        return Model(self.categories, people, self._cases, temperature, len(self._aside), right)

    def _surprise(self, model: Model, temperature: float) -> float:
        return -sum(math.log(max(model.likelihoods(found, temperature)[category], 1e-12)) for category, found in self._aside)

    def _best(self, model: Model, found: frozenset[int]) -> int:
        likely = model.likelihoods(found, 1.0)
        return likely.index(max(likely))
