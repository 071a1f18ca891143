"""The days off that the State Council announces each autumn for the year to come (《全国年节及纪念日放假办法》).

A year that is not announced yet has none here: doctors' hours are then offered as in any week, until the year's days are added.
Days that are worked in exchange (调休) open nothing by themselves: whose hours hold is the hospital's to say, by an exception.
"""

from collections.abc import Iterator
from datetime import date, timedelta

ANNOUNCED = {2025: "国办发明电〔2024〕12号, 2024-11-12", 2026: "国务院办公厅关于2026年部分节假日安排的通知, 2025-11-04"}
_OFF = {
    2025: ("01-01", "01-28/02-04", "04-04/04-06", "05-01/05-05", "05-31/06-02", "10-01/10-08"),
    2026: ("01-01/01-03", "02-15/02-23", "04-04/04-06", "05-01/05-05", "06-19/06-21", "09-25/09-27", "10-01/10-07"),
}


def _days(year: int, span: str) -> Iterator[date]:
    first, _, last = span.partition("/")
    day, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last or first}")
    while day <= end:
        yield day
        day += timedelta(days=1)


HOLIDAYS = frozenset(day for year, spans in _OFF.items() for span in spans for day in _days(year, span))
