"""Checking in at the hut: the code on its screen says that one is there; the queue, by numbers alone."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from chassis.errors import Conflict
from contracts.calendar import CHENGDU

PERIOD = timedelta(minutes=2)  # a code is shown so long, and taken as long again

Blind = Callable[[str, str], bytes]  # a keyed digest of a value in its column (chassis.crypto.Keys.blind)


class NotAtTheHut(Conflict):
    """Who checks in for themselves scans the code that stands on the room's screen now; without a room the hut checks in."""

    zh = "请在健康小屋现场扫描屏幕上的报到码；如不能扫码，请工作人员协助报到"


@dataclass(frozen=True)
class RoomCode:
    """What a room's screen shows, and until when."""

    code: str
    valid_until: datetime


@dataclass(frozen=True)
class Place:
    """A number to be called by (`0920-1`: the visit's time, and the 序号) and how many are before it; names nobody."""

    token: str
    before: int


def room_code(room: UUID, blind: Blind, *, at: datetime) -> RoomCode:
    """The code of a room: 40 bits that nobody works out without the service's key."""
    turn = _turn(at)
    return RoomCode(_code(room, blind, turn), datetime.fromtimestamp((turn + 1) * PERIOD.total_seconds(), at.tzinfo))


def check_place(room: UUID | None, code: str | None, blind: Blind, *, at: datetime) -> None:
    """NotAtTheHut unless this is the room's code, or was it until a moment ago."""
    shown = () if room is None else (_code(room, blind, _turn(at) - back) for back in (0, 1))
    if not any(compare_digest(one.encode(), (code or "").encode()) for one in shown):
        raise NotAtTheHut


def token(starts_at: datetime, seat: int) -> str:
    """What the hut calls: one for each seat of a doctor's day."""
    return f"{starts_at.astimezone(CHENGDU):%H%M}-{seat}"


def _turn(at: datetime) -> int:
    return int(at.timestamp() // PERIOD.total_seconds())


def _code(room: UUID, blind: Blind, turn: int) -> str:
    return base64.b32encode(blind("rooms.code", f"{room}/{turn}")[:5]).decode()
