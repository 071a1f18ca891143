"""The states of an appointment: whatever is tried in whatever order, it goes where the table leads or is refused and stays."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.hut import ask, book, offer, problem
from builders.world import RESIDENT
from hypothesis import given
from hypothesis import strategies as some

from chassis.errors import Conflict
from contracts.calendar import CHENGDU
from contracts.event import Event
from services.health.domain.appointment import Appointment
from services.health.domain.calling_off import Reason
from services.health.domain.machine import STEPS, State, allowed

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
SAID = ("refuse", "fall_silent", "let_go", "keep", "displace", "revoke", "miss_there")
VISIT = ("check_in", "call", "fulfil", "miss", "offer", "call_off")
ACTS = ("confirm", "take_over", "release", "cancel", "leave", "accept", "record", "move", *VISIT, *SAID)


def seat(*, theirs: bool) -> Appointment:
    begins, person = START + timedelta(hours=2), uuid4()
    return Appointment(
        uuid4(), uuid4(), "510104.clx.guohuai", uuid4(), person, begins.astimezone(CHENGDU).date(), begins,
        begins + timedelta(minutes=15), 1, State.HELD, START, START + timedelta(minutes=5), hospital_id=uuid4(), theirs=theirs,
    )


def tried(one: Appointment, act: str, at: datetime) -> Event | None:
    """Do the act."""
    if act in SAID:
        return one.told(act, at=at)
    given: dict[str, Any] = {"cancel": {"by": one.person_id}}.get(act, {})
    words = {
        "take_over": (uuid4(),), "accept": ("their-1",), "record": ("their-1",), "move": (seat(theirs=True), "their-1"),
        "call_off": (Reason.ILLNESS,),
    }.get(act, ())
    made: Event | None = getattr(one, act)(*words, **given, at=at)
    return made


def rows(one: Appointment, act: str) -> list[str]:
    """The rows of the table that the act may be."""
    of_theirs = {"confirm": "submit", "cancel": "withdraw"}
    return [of_theirs.get(act, act) if one.theirs else act]


@given(
    theirs=some.booleans(),
    walk=some.lists(some.tuples(some.sampled_from(ACTS), some.sampled_from([0, 1, 6, 61, 121, 136, 146])), max_size=24),
)
def test_whatever_is_tried_in_whatever_order_never_leaves_the_table(theirs: bool, walk: list[tuple[str, int]]) -> None:
    one = seat(theirs=theirs)
    for act, minutes in walk:
        (row,) = rows(one, act)
        at, before, step = START + timedelta(minutes=minutes), one.state, STEPS[row]
        fits = before in step.begins and all(guard.holds(one, at) for guard in step.guards)
        if act == "release" and before is not State.HELD:
            assert tried(one, act, at) is None
            assert one.state is before
        elif fits:
            made = tried(one, act, at)
            assert one.state is step.leads
            assert (made.__class__ if made is not None else None) is step.event
            assert made is None or (made.aggregate_id == one.id and made.recipients == (one.person_id,))
        else:
            with pytest.raises(Conflict) as refused:
                tried(one, act, at)
            assert one.state is before
            assert refused.value.extra == {"current": before, "allowed": allowed(before)}


def test_a_seat_that_is_ours_is_booked_at_once_and_no_hospital_has_a_say() -> None:
    one = seat(theirs=False)
    one.confirm(at=START)
    assert one.state is State.BOOKED
    for act in ("accept", "record", "move", *SAID):
        with pytest.raises(Conflict):
            tried(one, act, START)
    assert one.state is State.BOOKED


def test_silence_is_told_once_and_does_not_take_the_seat() -> None:
    one = seat(theirs=True)
    one.confirm(at=START)
    one.told("fall_silent", at=START)
    with pytest.raises(Conflict):
        one.told("fall_silent", at=START)
    assert (one.state, allowed(one.state)) == (State.UNKNOWN, ["withdraw"])
    one.accept("their-1", at=START)
    assert (one.state, one.external_ref) == (State.BOOKED, "their-1")


async def test_who_is_refused_is_told_where_it_stands_and_what_is_allowed(health_doors: Doors) -> None:
    made = (await book(health_doors, RESIDENT, await offer(health_doors))).json()["id"]
    assert (await ask(health_doors, RESIDENT, f"appointments/{made}/cancellation")).status_code == 200
    again = await ask(health_doors, RESIDENT, f"appointments/{made}/cancellation")
    assert problem(again) == (409, "not-booked")
    assert (again.json()["current"], again.json()["allowed"]) == ("cancelled", [])


@pytest.mark.parametrize("state", ["submitted", "unknown", "rejected", "cancelling", "displaced"])
async def test_the_database_itself_knows_that_only_a_hospital_is_waited_for(health_doors: Doors, state: str) -> None:
    await book(health_doors, RESIDENT, await offer(health_doors))
    with pytest.raises(Exception, match="ck_appointments_asked"):
        await health_doors.rows(f"update appointments set state = '{state}' returning id")
