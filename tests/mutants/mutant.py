"""A guard, with the change that removes it and the test that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One guard taken away: `before` stands in the file exactly once and becomes `after`."""

    guard: str
    file: str
    before: str
    after: str
    test: str
