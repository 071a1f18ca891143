"""The note of a visit (诊疗小结): written by its doctor while it is fresh, kept in all its versions, read by its patient."""

from datetime import datetime, timedelta

from chassis.errors import Conflict
from services.health.domain.appointment import Appointment
from services.health.domain.machine import State, allowed

OPEN = timedelta(hours=24)  # after the visit
MOST = 20  # versions
LONGEST = 8000  # characters


class NoteNotNow(Conflict):
    """A note is written while the patient is with the doctor, and for twenty-four hours after the visit."""

    zh = "诊疗小结只能在就诊中或就诊结束后二十四小时内书写"


class NoteVersionsOver(Conflict):
    """A note has at most twenty versions: each is kept."""

    zh = "诊疗小结的修改次数已达上限"


def check_open(seat: Appointment, versions: int, *, at: datetime) -> None:
    """NoteNotNow or NoteVersionsOver unless another version may be written."""
    fresh = seat.state is State.FULFILLED and seat.ended_at is not None and at < seat.ended_at + OPEN
    if not (fresh or seat.state is State.IN_VISIT):
        raise NoteNotNow(current=seat.state, allowed=allowed(seat.state))
    if versions >= MOST:
        raise NoteVersionsOver(most=MOST)
