"""Seats set aside, as a hospital's program says them of a time or of a schedule; and closing what is not released yet."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, hospital, issue
from builders.hut import ask, book, problem
from builders.offering import START, made, planned, put, read, seats, send, wish
from builders.world import DOCTOR, HERE, OFFICER, RESIDENT, SECOND_RESIDENT

from services.health.actions import calling_off
from services.health.domain.resources import BACK_AT, BACK_DAYS, CLOSED, OPENS_AT, SET_ASIDE, SET_ASIDE_UNTIL

BACK = START - timedelta(days=1)


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


def aside(number: int, until: datetime | None = BACK) -> list[dict[str, Any]]:
    said = [{"url": SET_ASIDE, "valueInteger": number}]
    return said + ([{"url": SET_ASIDE_UNTIL, "valueInstant": until.isoformat()}] if until else [])


def rule(number: int, days: int = 1, at: str = "18:00:00") -> list[dict[str, Any]]:
    more = [{"url": BACK_DAYS, "valueInteger": days}, {"url": BACK_AT, "valueTime": at}] if number else []
    return [{"url": SET_ASIDE, "valueInteger": number}, *more]


async def plan(east: Hospital, key: str, **changes: Any) -> httpx.Response:
    """The schedule is changed by who read it as it is now; a time that is offered meanwhile makes another version."""
    while True:
        now = (await east.get(key)).json()
        answer = await send(east, "PUT", key, {**now, **changes}, if_match=f'W/"{now["meta"]["versionId"]}"')
        if answer.status_code != 412:
            return answer


async def kept(east: Hospital) -> list[tuple[int, datetime | None]]:
    rows = await east.doors.rows("select set_aside, set_aside_until from slots order by starts_at")
    return [(row.set_aside, row.set_aside_until) for row in rows]


async def test_what_is_set_aside_is_said_read_and_kept_for_those_it_is_for(east: Hospital) -> None:
    slot = await made(east, extension=[*seats(2), *aside(1)])
    assert accepted(slot)
    urls = [one["url"] for one in slot["extension"]]
    assert urls[-2:] == [SET_ASIDE, SET_ASIDE_UNTIL]
    assert await kept(east) == [(1, BACK)]
    assert (await put(east, slot)).json() == slot, "as it was read it is as it is"
    assert (await book(east.doors, RESIDENT, slot["id"])).json()["seat"] == 2
    assert problem(await book(east.doors, SECOND_RESIDENT, slot["id"])) == (409, "seats-set-aside")
    marked = {"area": HERE, "person_id": str(SECOND_RESIDENT.id), "ground": "senior"}
    assert (await ask(east.doors, OFFICER, "slots/entitlements", marked)).status_code in {200, 201}
    assert (await book(east.doors, SECOND_RESIDENT, slot["id"])).json()["seat"] == 1


async def test_what_is_not_said_stays_and_none_takes_it_away(east: Hospital) -> None:
    slot = await made(east, extension=[*seats(3), *aside(2)])
    fewer = (await put(east, slot, extension=seats(1))).json()
    assert await kept(east) == [(1, BACK)], "never more than there are"
    later = (await put(east, fewer, extension=[*seats(3), *aside(2, START)])).json()
    assert await kept(east) == [(2, START)]
    gone = (await put(east, later, extension=[*seats(3), *aside(0, None)])).json()
    assert (await kept(east), [one["url"] for one in gone["extension"] if "set-aside" in one["url"]]) == ([(0, None)], [])


async def test_what_cannot_be_set_aside_is_refused_as_by_the_staffs_doors_and_nothing_changes(east: Hospital) -> None:
    body, slot = await wish(east, 5), await made(east, extension=[*seats(2), *aside(1)])
    for more, told in (
        (aside(3), (422, "set-aside-unfit")), (aside(1, None), (422, "set-aside-unfit")), (aside(0), (422, "set-aside-unfit")),
        (aside(1, START + timedelta(hours=4)), (422, "set-aside-unfit")), (aside(1)[1:], (422, "set-aside-unfit")),
        (aside(201), (400, "body-unfit")), (aside(-1), (400, "body-unfit")),
        ([{"url": SET_ASIDE, "valueInteger": True}], (400, "body-unfit")), ([{"url": SET_ASIDE}], (400, "body-unfit")),
        ([*aside(1)[:1], {"url": SET_ASIDE_UNTIL, "valueInstant": "soon"}], (400, "body-unfit")),
        ([{"url": CLOSED, "valueBoolean": "yes"}], (400, "body-unfit")), ([{"url": CLOSED}], (400, "body-unfit")),
    ):
        assert issue(await send(east, "POST", "Slot", {**body, "extension": [*seats(2), *more]})) == told, more
        assert issue(await put(east, slot, extension=[*seats(2), *more])) == told, more
    assert await kept(east) == [(1, BACK)]
    whole = planned(east)
    for more, told in (
        (rule(1)[:2], (422, "set-aside-unfit")), (rule(0) + rule(1)[1:], (422, "set-aside-unfit")),
        (rule(201), (400, "body-unfit")),
        (rule(1, 91), (400, "body-unfit")), (rule(1, 1, "25:00:00"), (400, "body-unfit")),
        (rule(1, 1, "18:00:00Z"), (400, "body-unfit")),
        (rule(1)[1:], (422, "set-aside-unfit")), ([*rule(1)[:2], {"url": BACK_AT, "valueTime": 18}], (400, "body-unfit")),
    ):
        assert issue(await plan(east, slot["schedule"]["reference"], extension=more)) == told, more
        assert issue(await send(east, "POST", "Schedule", {**whole, "extension": more})) == told, more


async def test_a_schedules_rule_is_for_new_times_that_do_not_say_it_themselves(east: Hospital) -> None:
    first = await made(east, extension=seats(2))
    key = first["schedule"]["reference"]
    changed = await plan(east, key, extension=rule(2))
    assert (changed.status_code, changed.json()["extension"], accepted(changed.json())) == (200, rule(2), 1), changed.text
    until = (START - timedelta(days=1)).replace(hour=18)
    for n, more in enumerate((seats(3), seats(1), [*seats(3), *aside(0, None)], [*seats(3), *aside(1)]), 1):
        await made(east, n, extension=more)
    assert await kept(east) == [(0, None), (2, until), (1, until), (0, None), (1, BACK)], "what was there is as it was"
    assert (await plan(east, key, extension=[])).json()["extension"] == rule(2), "not said, it stays"
    assert (await send(east, "POST", "Schedule", planned(east))).json()["extension"] == rule(2)
    assert issue(await send(east, "POST", "Schedule", planned(east, extension=rule(1)))) == (409, "offer-name-given")
    assert "extension" not in (await plan(east, key, extension=rule(0))).json()
    assert (await plan(east, key, extension=rule(1, 0, "23:59:00"))).status_code == 200
    slot = await made(east, 8)
    assert (await kept(east))[-1] == (1, datetime.fromisoformat(slot["start"])), "never beyond its beginning"


async def test_what_is_not_released_yet_is_closed_by_saying_so_and_opened_to_its_release(east: Hospital) -> None:
    opens = [{"url": OPENS_AT, "valueInstant": (START - timedelta(hours=1)).isoformat()}]
    slot = await made(east, extension=[*seats(2), *opens])
    assert (slot["status"], CLOSED in {one["url"] for one in slot["extension"]}) == ("busy-unavailable", False)
    closed = (await put(east, slot, extension=[*slot["extension"], {"url": CLOSED, "valueBoolean": True}])).json()
    assert (closed["status"], closed["extension"][-1]["url"], accepted(closed)) == ("busy-unavailable", CLOSED, 1)
    (row,) = await east.doors.rows("select closed, called_off from slots")
    assert (row.closed, row.called_off) == (True, "other")
    assert (await put(east, closed)).json() == closed
    key = f"{slot['schedule']['reference']}/$release"
    released = await send(east, "POST", key)
    assert released.json()["parameter"][0]["valueInteger"] == 0, "what is closed is not released"
    opened = (await put(east, closed, status="free")).json()
    assert opened == {**slot, "meta": opened["meta"]}, "not closed any more, and not released before its time"
    assert problem(await book(east.doors, RESIDENT, slot["id"])) == (409, "not-open-yet")
    assert issue(await put(east, opened, status="busy", extension=closed["extension"])) == (422, "booking-state-ours")


async def test_what_is_made_closed_is_closed_and_of_twelve_who_close_one_does(east: Hospital) -> None:
    opens = [{"url": OPENS_AT, "valueInstant": (START - timedelta(hours=1)).isoformat()}]
    shut = [*opens, {"url": CLOSED, "valueBoolean": True}]
    slot = await made(east, status="busy-unavailable", extension=shut)
    assert slot["extension"][-1]["url"] == CLOSED
    other = await made(east, 2, extension=opens)
    answers = await asyncio.gather(*(put(east, other, extension=[*seats(1), *shut]) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {200: 1, 412: 11}


async def test_a_schedule_that_is_not_active_offers_nothing_and_what_is_booked_stays(east: Hospital) -> None:
    opens = [{"url": OPENS_AT, "valueInstant": (START - timedelta(hours=1)).isoformat()}]
    booked, later = await made(east), await made(east, 2, extension=opens)
    assert (await book(east.doors, RESIDENT, booked["id"])).status_code == 201
    key = booked["schedule"]["reference"]
    now = (await east.get(key)).json()
    body = {**now, "active": False}
    assert issue(await send(east, "PUT", key, body)) == (428, "version-wanted")
    off = await send(east, "PUT", key, body, if_match=f'W/"{now["meta"]["versionId"]}"')
    assert (off.status_code, off.json()["active"], accepted(off.json())) == (200, False, 1), off.text
    assert [one["extension"][-1]["url"] for one in (await read(east, booked), await read(east, later))] == [CLOSED, CLOSED]
    await calling_off.tell_all(east.doors.running)
    (seat,) = await east.doors.rows("select state from appointments")
    assert seat.state == "booked", "calling off is $stop's"
    (role,) = await east.found("PractitionerRole")
    assert role["active"] is False, "the role is the same pair"
    assert issue(await send(east, "POST", "Slot", {**booked, "start": (START + timedelta(hours=5)).isoformat(),
                            "end": (START + timedelta(hours=6)).isoformat(), "status": "free"})) == (422, "schedule-unknown")
    assert issue(await send(east, "POST", "Schedule", planned(east, active=True)))[0] in {409, 422}
    assert (await plan(east, key, active=True)).json()["active"] is True
    opened = await put(east, await read(east, later), status="free")
    assert opened.json()["status"] == "busy-unavailable"
    assert CLOSED not in {one["url"] for one in opened.json()["extension"]}, "one by one, each to its release"
    assert issue(await plan(east, key, active="no")) == (400, "body-unfit")
    assert (await plan(east, key, active=False)).json()["active"] is False
    now = (await east.get(key)).json()
    silent = {name: value for name, value in now.items() if name != "active"}
    told = await send(east, "PUT", key, silent, if_match=f'W/"{now["meta"]["versionId"]}"')
    assert told.json()["active"] is False, "not said, it stays"


async def test_while_a_schedule_is_closed_who_offers_at_once_is_first_or_refused(east: Hospital) -> None:
    slot = await made(east)
    key = slot["schedule"]["reference"]
    bodies = [await wish(east, n) for n in range(1, 7)]
    off, *answers = await asyncio.gather(plan(east, key, active=False), *(send(east, "POST", "Slot", body) for body in bodies))
    assert off.status_code == 200
    assert {one.status_code for one in answers} <= {201, 422}
    rows = await east.doors.rows("select closed from slots where id <> :id", id=UUID(slot["id"]))
    assert all(row.closed for row in rows), "who was first is closed with the rest"


async def test_staff_see_what_the_program_set_aside(east: Hospital) -> None:
    await made(east, extension=[*seats(2), *aside(1)])
    async with east.doors.client(RESIDENT) as client:
        (slot,) = (await client.get("/api/v1/slots")).json()["items"]
    assert (slot["set_aside"], slot["free"], slot["doctor_id"]) == (1, 1, str(DOCTOR.id))
