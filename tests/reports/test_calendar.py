"""Working time: the days as the State Council published them, and arithmetic that equals a brute count of minutes."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as some

from contracts.calendar import CHENGDU, is_workday, years
from services.reports.domain.calendar import ALWAYS, OFFICE_HOURS, Calendar
from services.reports.domain.clock import Clock, Kind, Policy, State, due

OFFICE = Calendar(OFFICE_HOURS)
MINUTE = timedelta(minutes=1)
FIRST = datetime(2025, 12, 20, tzinfo=CHENGDU)
MOMENTS = some.integers(0, 90 * 1440).map(lambda n: FIRST + n * MINUTE)  # New Year, Spring Festival and four make-up days
SPANS = some.sampled_from([OFFICE_HOURS, ((0, 1440),), ((480, 481),), ((0, 300), (1200, 1440)), ((510, 1050),)])


def local(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00+08:00")


@cache
def worked(moment: datetime, duty: tuple[tuple[int, int], ...]) -> bool:
    """Whether the minute that begins here is worked, by looking."""
    minute = moment.hour * 60 + moment.minute
    return is_workday(moment.date()) and any(opens <= minute < closes for opens, closes in duty)


def brute_after(start: datetime, minutes: int, duty: tuple[tuple[int, int], ...]) -> datetime:
    moment = start
    while minutes:
        minutes -= worked(moment, duty)
        moment += MINUTE
    return moment


def brute_between(start: datetime, end: datetime, duty: tuple[tuple[int, int], ...]) -> int:
    return sum(worked(start + n * MINUTE, duty) for n in range(int((end - start) / MINUTE)))


@given(MOMENTS, some.integers(0, 900), SPANS)
def test_due_is_where_counting_minute_by_minute_ends(start: datetime, minutes: int, duty: tuple[tuple[int, int], ...]) -> None:
    minutes = min(minutes, 4 * sum(closes - opens for opens, closes in duty))
    found = due(start.astimezone(UTC), Policy(minutes), Calendar(duty))
    assert found == brute_after(start, minutes, duty)


@given(MOMENTS, some.integers(0, 6 * 1440), SPANS)
def test_working_time_between_two_moments_is_the_number_of_its_minutes(
    start: datetime, length: int, duty: tuple[tuple[int, int], ...]
) -> None:
    end = start + length * MINUTE
    assert Calendar(duty).between(start, end) == brute_between(start, end, duty) * MINUTE


@given(MOMENTS, some.integers(1, 1500), some.lists(some.tuples(some.integers(0, 2000), some.integers(0, 3000)), max_size=4))
def test_a_pause_moves_what_is_due_by_the_working_minutes_it_lasted(
    start: datetime, minutes: int, pauses: list[tuple[int, int]]
) -> None:
    clock = Clock(uuid4(), uuid4(), Kind.RESOLVE, minutes, False, 0, start, start)
    clock.start(OFFICE)
    at, left, stood = start, minutes, 0
    for before, length in pauses:
        resumed = at + (before + length) * MINUTE
        left -= brute_between(at, at + before * MINUTE, OFFICE_HOURS)
        if left <= 0:
            break
        clock.pause(at + before * MINUTE, OFFICE)
        clock.resume(resumed, OFFICE)
        stood += brute_between(at + before * MINUTE, resumed, OFFICE_HOURS)
        at = resumed
        assert clock.due_at == brute_after(at, left, OFFICE_HOURS)
    assert clock.paused_total == stood * MINUTE


@given(MOMENTS, some.integers(10, 4000), some.booleans(), some.lists(some.integers(0, 5000), max_size=12))
def test_however_often_the_sweep_comes_each_reminder_is_given_once_and_the_end_once(
    start: datetime, minutes: int, by_night: bool, comes: list[int]
) -> None:
    clock = Clock(uuid4(), uuid4(), Kind.RESOLVE, minutes, by_night, 0, start, start)
    clock.start(OFFICE)
    rung = 0
    for moment in sorted(start + n * MINUTE for n in [*comes, 40 * 1440, 40 * 1440]):
        rung += clock.ring(moment, OFFICE)
        assert clock.ring(moment, OFFICE) is False
    assert clock.state is State.MISSED
    assert 1 <= rung <= 3
    assert clock.warned <= 2


def test_reminders_come_at_half_and_at_four_fifths() -> None:
    start = local("2026-03-02", "09:00")
    clock = Clock(uuid4(), uuid4(), Kind.RESPOND, 100, False, 0, start, start)
    clock.start(OFFICE)
    assert (clock.next_at, clock.due_at) == (start + 50 * MINUTE, start + 100 * MINUTE)
    assert not clock.ring(start + 49 * MINUTE, OFFICE)
    assert clock.ring(start + 50 * MINUTE, OFFICE)
    assert clock.next_at == start + 80 * MINUTE
    assert clock.ring(start + 99 * MINUTE, OFFICE)  # late: it is given all the same
    assert clock.next_at == clock.due_at
    clock.end(State.MET, start + 100 * MINUTE)
    assert clock.state is State.MET


def test_who_comes_late_has_missed_it_though_no_sweep_was_first() -> None:
    start = local("2026-03-02", "09:00")
    clock = Clock(uuid4(), uuid4(), Kind.RESPOND, 30, False, 0, start, start)
    clock.start(OFFICE)
    clock.end(State.MET, start + 31 * MINUTE)
    assert clock.state is State.MISSED


def test_danger_does_not_wait_for_monday() -> None:
    assert due(local("2026-02-14", "23:30"), Policy(120, by_night=True), OFFICE) == local("2026-02-15", "01:30")


def test_over_spring_festival_a_clock_stands_still_and_runs_on_the_make_up_days() -> None:
    assert due(local("2026-02-13", "16:30"), Policy(60), OFFICE) == local("2026-02-14", "09:30")  # a Saturday at work
    assert due(local("2026-02-14", "16:30"), Policy(60), OFFICE) == local("2026-02-24", "09:30")


def test_a_year_that_is_not_published_is_plain_weeks_and_says_so() -> None:
    assert 2027 not in years()
    assert is_workday(date(2027, 10, 1))
    start, end = local("2026-12-30", "09:00"), local("2027-01-04", "09:00")
    assert OFFICE.published(start, start)
    assert not OFFICE.published(start, end)
    assert ALWAYS.published(start, end)  # a clock that runs by night asks no calendar
