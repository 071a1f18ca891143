"""The days of the community, asked for when they are needed: a run of the tests may go past midnight."""

from datetime import UTC, date, datetime, time, timedelta

from contracts.calendar import CHENGDU


def today(ahead: int = 0) -> date:
    """Today there, or the day so many days later."""
    return datetime.now(UTC).astimezone(CHENGDU).date() + timedelta(days=ahead)


def this_month() -> str:
    """As figures name it: `2026-11`."""
    return f"{today():%Y-%m}"


def at(hour: int, day: int = 3) -> timedelta:
    """So long until this hour of a day so many days ahead: what is of one day stays of one day, whatever the hour is now."""
    return datetime.combine(today(day), time(hour), CHENGDU) - datetime.now(UTC)
