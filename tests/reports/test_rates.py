"""Rates and months by themselves: the lower bound, what is counted as what, and whose month it is."""

from datetime import UTC, date, datetime
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.reports.domain.figures import Dispatch, Months, MonthsOutOfOrder, Rate, Resolution


@given(many=some.integers(1, 2000), part=some.floats(0, 1))
def test_the_lower_bound_is_where_the_score_test_gives_up(many: int, part: float) -> None:
    rate = Rate(round(part * many), many)
    low, value = rate.low, rate.value
    assert low is not None
    assert value is not None
    assert 0 <= low <= value
    if low > 0:
        assert (value - low) / sqrt(low * (1 - low) / many) == pytest.approx(1.959964, abs=1e-6)


def test_one_quick_case_leads_no_ranking_and_nothing_has_no_rate() -> None:
    assert (Rate(1, 1).low or 0) < (Rate(92, 100).low or 0)
    assert (Rate(0, 0, 3).value, Rate(0, 0, 3).low) == (None, None)


def test_a_dispatch_that_was_late_before_it_was_taken_away_is_counted_as_late() -> None:
    assert Dispatch(began=False, taken_away=True, over=True).response() == Rate(0, 1)
    assert Dispatch(began=False, taken_away=True, over=False).response() == Rate()
    assert Resolution("reopen", None).satisfied() == Rate(0, 1)


def test_months_are_local() -> None:
    months = Months.named("2025-12", "2026-01")
    assert (months.since.isoformat(), months.before.isoformat()) == ("2025-12-01T00:00:00+08:00", "2026-02-01T00:00:00+08:00")
    assert Months.until(datetime(2026, 1, 31, 16, tzinfo=UTC), 2) == Months(date(2025, 12, 1), date(2026, 1, 1))
    with pytest.raises(MonthsOutOfOrder):
        Months.named("2026-02", "2026-01")
