"""Reminders before a visit: one a day before and one an hour before, each once (handbook health, 6.5: staged reminders)."""

from datetime import datetime, timedelta
from enum import StrEnum


class Ahead(StrEnum):
    """How long before."""

    DAY = "day"
    HOUR = "hour"


BEGINS = {Ahead.DAY: timedelta(days=1), Ahead.HOUR: timedelta(hours=1)}  # so long before the visit it is due
ENDS = {Ahead.DAY: timedelta(hours=2), Ahead.HOUR: timedelta(0)}  # and not so shortly before that the next one says the same


def window(ahead: Ahead, at: datetime) -> tuple[datetime, datetime]:
    """Visits that begin after the first moment, and at the second one at the latest, are reminded of now."""
    return at + ENDS[ahead], at + BEGINS[ahead]
