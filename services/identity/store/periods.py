"""Offices and homes have a beginning and mostly an end: when they hold."""

from typing import Any


def goes_on(period: Any, at: Any) -> Any:
    """Whether it is not over at a moment; it may be yet to begin. `period` has the columns `starts_at` and `ends_at`."""
    return period.ends_at.is_(None) | (period.ends_at > at)


def holds(period: Any, at: Any) -> Any:
    """Whether it has begun by a moment and is not over."""
    return (period.starts_at <= at) & goes_on(period, at)
