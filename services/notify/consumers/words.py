"""What a notice is called after its event, and how a moment is read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.calendar import CHENGDU
from contracts.event import Event


def named(event: Event) -> str:
    """Of `reports.report_declined.v1`: `report-declined`."""
    return event.topic.split(".")[1].replace("_", "-")


def reporter(event: Any) -> list[UUID]:
    """Whose report it is; nobody of a part, which staff made of it among themselves."""
    return [event.reporter_id] if event.parent_id is None else []


def clock(moment: datetime) -> str:
    """As it is read in Chengdu: 03月02日 14:05."""
    return f"{moment.astimezone(CHENGDU):%m月%d日 %H:%M}"


def day(moment: datetime) -> str:
    """Its day in Chengdu: 2026年03月02日."""
    return f"{moment.astimezone(CHENGDU):%Y年%m月%d日}"
