"""An appointment in the calendar of a phone: when and where, as RFC 5545 writes it, and nothing of anybody."""

from datetime import datetime, timedelta
from typing import Any

from builders.doors import Doors
from builders.house import entered, lie
from builders.hut import ask, book, offer
from builders.world import DOCTOR, FAR_DOCTOR, RESIDENT, SECOND_RESIDENT, Person
from icalendar import Calendar


async def calendar(doors: Doors, key: str, person: Person = RESIDENT) -> Any:
    async with doors.client(person) as client:
        return await client.get(f"/api/v1/appointments/{key}/calendar")


async def test_it_says_when_and_where_and_whether_it_is_still_so(health_doors: Doors) -> None:
    slot = await offer(health_doors, timedelta(days=1))
    await lie(health_doors, slot, room_id=await entered(health_doors, "rooms", name="一号诊间；东"))
    made = (await book(health_doors, RESIDENT, slot)).json()
    answer = await calendar(health_doors, made["id"])
    assert answer.headers["content-type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    when = [datetime.fromisoformat(made[name]).replace(microsecond=0) for name in ("starts_at", "ends_at")]
    assert [event.decoded(name) for name in ("dtstart", "dtend")] == when
    assert (str(event["location"]), str(event["status"])) == ("健康小屋 一号诊间；东", "CONFIRMED")
    await ask(health_doors, RESIDENT, f"appointments/{made['id']}/cancellation")
    (later,) = Calendar.from_ical((await calendar(health_doors, made["id"])).content).walk("VEVENT")
    assert (later["uid"], str(later["status"])) == (event["uid"], "CANCELLED")


async def test_nobody_is_named_in_it(health_doors: Doors) -> None:
    made = (await book(health_doors, RESIDENT, await offer(health_doors))).json()
    text = (await calendar(health_doors, made["id"])).text
    assert not [one for one in (str(RESIDENT.id), str(DOCTOR.id), made["slot_id"], "医生") if one in text]
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "STATUS"}


async def test_it_is_its_persons_and_the_huts(health_doors: Doors) -> None:
    key = (await book(health_doors, RESIDENT, await offer(health_doors))).json()["id"]
    for person, status in ((RESIDENT, 200), (DOCTOR, 200), (SECOND_RESIDENT, 404), (FAR_DOCTOR, 404)):
        assert (await calendar(health_doors, key, person)).status_code == status
    async with health_doors.client(RESIDENT, client_id="desk", scope="slots.read") as client:
        assert (await client.get(f"/api/v1/appointments/{key}/calendar")).status_code == 403
    looks = await health_doors.rows("select actor_id from audit where action = 'appointments.read'")
    assert [row.actor_id for row in looks] == [DOCTOR.id]
