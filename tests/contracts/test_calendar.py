"""The days off and made up are those that were announced; a year that was not has plain weeks."""

from datetime import date

import pytest

from contracts.calendar import is_holiday, is_workday, years


@pytest.mark.parametrize("day", ["2025-01-28", "2025-10-08", "2026-01-03", "2026-02-15", "2026-02-17", "2026-10-01"])
def test_announced_days_off_are_off_the_weekends_between_them_too(day: str) -> None:
    assert is_holiday(date.fromisoformat(day))
    assert not is_workday(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2025-01-26", "2026-01-04", "2026-02-14", "2026-10-10", "2026-02-24", "2026-10-08"])
def test_days_that_are_made_up_are_worked_and_the_day_after_is_a_day_again(day: str) -> None:
    assert is_workday(date.fromisoformat(day))
    assert not is_holiday(date.fromisoformat(day))


def test_a_year_that_is_not_announced_has_plain_weeks() -> None:
    assert max(years()) < 2029
    assert [is_workday(date(2029, 1, day)) for day in range(1, 8)] == [True] * 5 + [False] * 2
    assert not is_holiday(date(2029, 1, 1))


@pytest.mark.parametrize(("year", "off", "work"), [(2025, 28, 5), (2026, 33, 6)])
def test_each_year_has_as_many_days_as_were_announced(year: int, off: int, work: int) -> None:
    published = years()[year]
    assert (len(published.off), len(published.work)) == (off, work)
    assert all(day.year == year for day in published.off | published.work)
    assert all(day.weekday() >= 5 for day in published.work)
    assert published.source
    assert not published.off & published.work
