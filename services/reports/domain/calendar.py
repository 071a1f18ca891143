"""Working time: duty hours as a community keeps them, on the days that are workdays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.calendar import CHENGDU, is_workday, years

_DAY = timedelta(days=1)
_FURTHEST = 3660  # days looked ahead; a community with any duty hours works in each week

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Calendar:
    """A community's duty hours, in minutes of the local day, in order and apart: (540, 720) is 09:00 to 12:00.

    Without any, the clock never stands still: danger does not wait for Monday.
    """

    duty: tuple[tuple[int, int], ...] = ()

    def after(self, start: datetime, worked: timedelta) -> datetime:
        """The first moment by which so much working time has passed since `start`."""
        if not self.duty:
            return start + worked
        for begin, end in self._spans(start):
            if end - begin >= worked:
                return begin + worked
            worked -= end - begin
        raise OverflowError(worked)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one moment to a later one."""
        if not self.duty:
            return max(end - start, timedelta())
        passed = timedelta()
        for begin, stop in self._spans(start):
            if begin >= end:
                break
            passed += min(stop, end) - begin
        return passed

    def published(self, start: datetime, end: datetime) -> bool:
        """Whether the days of every year in between are published; else plain weekdays were taken."""
        first, last = start.astimezone(CHENGDU).year, end.astimezone(CHENGDU).year
        return not self.duty or all(year in years() for year in range(first, last + 1))

    def _spans(self, start: datetime) -> Iterator[Span]:
        yield start, start  # nothing to be done takes no time, whatever the hour
        midnight = start.astimezone(CHENGDU).replace(hour=0, minute=0, second=0, microsecond=0)
        for day in (midnight + _DAY * n for n in range(_FURTHEST)):
            for opens, closes in self.duty if is_workday(day.date()) else ():
                begin, end = day + timedelta(minutes=opens), day + timedelta(minutes=closes)
                if end > start:
                    yield max(begin, start), end


ALWAYS = Calendar()
OFFICE_HOURS = ((540, 720), (780, 1020))  # 09:00-12:00 and 13:00-17:00
