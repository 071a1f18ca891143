"""When a clock of a report is over, reckoned for Django: it has no pydantic, which all of `contracts` needs."""

from datetime import datetime, timedelta, timezone

_LOCAL = timezone(timedelta(hours=8))
_OFFICE, _SATURDAY = ((9, 12), (13, 17)), 5


def due(start: datetime, minutes: float, by_night: bool) -> datetime:  # noqa: FBT001 - as the column is called
    """By day and night, or in office hours of weekdays."""
    left = timedelta(minutes=minutes)
    midnight = start.astimezone(_LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in () if by_night else (midnight + timedelta(days=n) for n in range(30)):
        for opens, closes in _OFFICE if day.weekday() < _SATURDAY else ():
            begin, end = max(start, day + timedelta(hours=opens)), day + timedelta(hours=closes)
            if end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
    return start + left
