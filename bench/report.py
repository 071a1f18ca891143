"""What a run says: each goal judged against its bound, all figures, and on what they were taken; as JSON and as a page."""

import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.harness import Outcome

_GOALS = Path(__file__).with_name("goals.toml")


@dataclass(frozen=True)
class Verdict:
    """A goal and what was found."""

    what: str
    found: float | None
    bound: str
    stretch: str
    word: str  # met, stretch, missed, noisy, not run


def judged(outcomes: dict[str, Outcome]) -> list[Verdict]:
    """Every goal of the table; a probe that was too noisy is not judged."""
    return [_judged(goal, outcomes.get(goal["probe"])) for goal in tomllib.loads(_GOALS.read_text())["goal"]]


def _judged(goal: dict[str, Any], outcome: Outcome | None) -> Verdict:
    sign = "≤" if goal["at"] == "most" else "≥"
    bounds = (f"{sign} {goal['bound']:g}", f"{sign} {goal['stretch']:g}")
    if outcome is None or goal["over"] not in outcome.figures:
        return Verdict(goal["what"], None, *bounds, "not run")
    found = outcome.figures[goal["over"]] / (outcome.figures[goal["under"]] if "under" in goal else 1.0)
    return Verdict(goal["what"], found, *bounds, "noisy" if outcome.noisy else _word(goal, found))


def _word(goal: dict[str, Any], found: float) -> str:
    sign = 1 if goal["at"] == "most" else -1
    return "stretch" if sign * found <= sign * goal["stretch"] else "met" if sign * found <= sign * goal["bound"] else "missed"


def as_json(machine: dict[str, Any], outcomes: dict[str, Outcome]) -> str:
    """Everything, for programs."""
    probes = {name: asdict(outcome) for name, outcome in outcomes.items()}
    return json.dumps(
        {"machine": machine, "goals": [asdict(one) for one in judged(outcomes)], "probes": probes}, indent=1, ensure_ascii=False,
    )


def as_page(machine: dict[str, Any], outcomes: dict[str, Outcome]) -> str:
    """Everything, to read."""
    rows = "".join(
        f"| {one.what} | {_number(one.found)} | {one.bound} | {one.stretch} | {one.word} |\n" for one in judged(outcomes)
    )
    told = "".join(_probe(name, outcome) for name, outcome in outcomes.items())
    facts = "; ".join(f"{name} {_number(value)}" for name, value in machine.items())
    return f"{_HEAD}## Goals\n\n| what | found | goal | stretch | |\n|---|---|---|---|---|\n{rows}\n## Figures\n\n{told}## Taken on\n\n{facts}.\n"


def _probe(name: str, outcome: Outcome) -> str:
    rows = "".join(
        f"| {figure} | {_number(value)} | {'± ' + format(outcome.spreads[figure], '.0%') if figure in outcome.spreads else ''} |\n"
        for figure, value in outcome.figures.items()
    )
    notes = "".join(f"- {note}\n" for note in outcome.notes)
    noisy = "\nThe reference was too unsteady in this run: its goals are not judged.\n" if outcome.noisy else ""
    return f"### {name}\n{noisy}\n| figure | median | spread |\n|---|---|---|\n{rows}\n{notes}\n"


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"
    return "—" if value is None else str(value)


_HEAD = """# Performance

Written by `make bench` (method: `bench/`, goals: `bench/goals.toml`); this is the last full run as it came, with what was missed.
Two cores: the server under test on one, load, database and peers' upstreams on the other. Read ratios; absolute figures are this
machine's. CPU is that of the whole process tree, from `/proc`, per request, message or megabyte; medians of rounds in shuffled turns.

"""
