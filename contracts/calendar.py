"""Days as people here count them: one local time, and the days off and made up that the State Council announces.

A year's days are announced late in the year before (`holidays/<year>.json`, each with its source). For a year that is not yet
Monday to Friday are workdays and nothing is a holiday; `years` tells who asks, and nothing ever fails for that.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

CHENGDU = timezone(timedelta(hours=8))  # China has one zone, and no summer time since 1991
_WEEKEND = 5  # Saturday, of weekdays from 0
_HOLIDAYS = Path(__file__).parent / "holidays"


@dataclass(frozen=True)
class Year:
    """A year's days as announced: off, the weekends between them too; at work although at the weekend."""

    version: int
    source: str
    off: frozenset[date]
    work: frozenset[date]


@cache
def years() -> dict[int, Year]:
    """What is announced, by year."""
    return {int(file.stem): _read(json.loads(file.read_text(encoding="utf-8"))) for file in sorted(_HOLIDAYS.glob("*.json"))}


def _read(said: Any) -> Year:
    spans = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in said["off"]]
    off = {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
    work = {date.fromisoformat(day) for day in said["work"]}
    return Year(said["version"], said["source"], frozenset(off), frozenset(work))


def is_holiday(day: date) -> bool:
    """Whether it is one of the announced days off."""
    year = years().get(day.year)
    return year is not None and day in year.off


def is_workday(day: date) -> bool:
    """Whether people are at work that day."""
    year = years().get(day.year)
    if year is not None and (day in year.off or day in year.work):
        return day in year.work
    return day.weekday() < _WEEKEND
