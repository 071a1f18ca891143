"""A hospital's own directory, which it writes itself: doctors, places, departments, roles, and what it is called."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, Hospital, accepted, fresh, hospital, issue
from builders.hours import hours, laid_down
from builders.house import entered
from builders.hut import ask, book, problem
from builders.world import DOCTOR, FAR_DOCTOR, OFFICER, RESIDENT, SECOND_RESIDENT
from sqlalchemy import text

from contracts.calendar import CHENGDU
from services.health.actions import calling_off, schedules
from services.health.domain.resources import ROOM
from tests.health.test_fhir_slots import send

START = datetime.now(UTC).astimezone(CHENGDU).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=8)
SYSTEM = "urn:east:code"
Body = dict[str, Any]


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


def called(value: str) -> Body:
    return {"identifier": [{"system": SYSTEM, "value": value}]}


def doctor(name: str = "钱医生", **more: Any) -> Body:
    return {"resourceType": "Practitioner", "name": [{"text": name}], **more}


def department(name: str = "骨科", **more: Any) -> Body:
    return {"resourceType": "HealthcareService", "name": name, **more}


def place(name: str = "门诊楼三楼", **more: Any) -> Body:
    return {"resourceType": "Location", "name": name, **more}


def role(doctor: Any, department: Any, **more: Any) -> Body:
    return {"resourceType": "PractitionerRole", "practitioner": {"reference": f"Practitioner/{doctor}"},
            "healthcareService": [{"reference": f"HealthcareService/{department}"}], **more}


async def made(east: Hospital, body: Body, status: int = 201) -> Body:
    answer = await send(east, "POST", body["resourceType"], body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def put(east: Hospital, now: Body, match: str = "", **changes: Any) -> httpx.Response:
    tag = match or f'W/"{now["meta"]["versionId"]}"'
    return await send(east, "PUT", f"{now['resourceType']}/{now['id']}", {**now, **changes}, if_match=tag)


async def offered(east: Hospital, whose: Any, where: Any, n: int = 0, **more: Any) -> httpx.Response:
    """A time of a doctor in a department."""
    begins = START + timedelta(minutes=30 * n)
    planned = {"resourceType": "Schedule", "actor": [
        {"reference": f"Practitioner/{whose}"}, {"reference": f"HealthcareService/{where}"},
    ]}
    key = (await send(east, "POST", "Schedule", planned)).json().get("id")
    said = {"resourceType": "Slot", "schedule": {"reference": f"Schedule/{key}"}, "status": "free", "start": begins.isoformat(),
            "end": (begins + timedelta(minutes=20)).isoformat(), **more}
    return await send(east, "POST", "Slot", said)


@pytest.mark.parametrize("body", [doctor(), department(), place()], ids=lambda one: one["resourceType"])
async def test_one_of_the_hospitals_own_is_entered_found_changed_and_closed_by_who_read_it(east: Hospital, body: Body) -> None:
    kind, shut = body["resourceType"], {"status": "inactive"} if body["resourceType"] == "Location" else {"active": False}
    answer = await send(east, "POST", kind, {**body, **called("1")})
    now = answer.json()
    assert (answer.status_code, accepted(now), now["identifier"][1:]) == (201, True, called("1")["identifier"])
    assert answer.headers["location"].endswith(f"/fhir/{kind}/{now['id']}/_history/{now['meta']['versionId']}")
    assert [one["id"] for one in await east.found(kind, identifier=f"{SYSTEM}|1")] == [now["id"]]
    assert (await east.get(f"{kind}/{now['id']}")).json() == now
    assert issue(await send(east, "PUT", f"{kind}/{now['id']}", now)) == (428, "version-wanted")
    assert issue(await put(east, now, 'W/"x"')) == (412, "version-stale")
    assert issue(await put(east, now, id=fresh())) == (400, "body-unfit")
    assert (await put(east, now)).json() == now, "as it was read it is as it is"
    other = {"name": [{"family": "李", "given": ["四"]}]} if kind == "Practitioner" else {"name": "李四"}
    changed = (await put(east, now, **other, identifier=[])).json()
    assert (changed["id"], len(changed["identifier"])) == (now["id"], 1)
    assert [one["id"] for one in await east.found(kind, **{"name:exact": "李四"})] == [now["id"]]
    assert issue(await put(east, now)) == (412, "version-stale")
    closed = (await put(east, changed, **shut)).json()
    assert {name: closed[name] for name in shut} == shut
    found = await east.found(kind, **({"status": "inactive"} if kind == "Location" else {"active": "false"}))
    assert [one["id"] for one in found] == [now["id"]]
    again = (await put(east, closed, **({"status": "active"} if kind == "Location" else {"active": True}))).json()
    assert again == changed
    acts = await east.doors.rows("select actor_id, action from audit where subject = :what order by pos",
                                 what=f"{kind.lower()}/{now['id']}")
    assert {one.actor_id for one in acts} == {east.program.id}
    assert Counter(one.action for one in acts) == {"hospitals.register": 1, "hospitals.rewrite": 4}


@pytest.mark.parametrize("body", [doctor(), department(), place()], ids=lambda one: one["resourceType"])
async def test_the_same_creation_makes_one_of_twelve_and_of_twelve_changes_one_is_done(east: Hospital, body: Body) -> None:
    kind = body["resourceType"]
    unless = f"identifier={SYSTEM}|7"
    named = {**body, **called("7")}
    answers = await asyncio.gather(*(send(east, "POST", kind, named, if_none_exist=unless) for _ in range(12)))
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 11}
    now = answers[0].json()
    names = [[{"text": f"第{n}"}] if kind == "Practitioner" else f"第{n}" for n in range(12)]
    changes = await asyncio.gather(*(put(east, now, name=one) for one in names))
    assert Counter(one.status_code for one in changes) == {200: 1, 412: 11}
    twins = await asyncio.gather(*(send(east, "PUT", f"{kind}?identifier={SYSTEM}|8", {**body, **called("8")}) for _ in range(8)))
    assert Counter(one.status_code for one in twins) == {201: 1, 200: 7}
    assert issue(await send(east, "PUT", f"{kind}?name=x", named)) == (400, "parameter-refused")
    clash = {**body, **called("8"), "name": [{"text": "别人"}] if kind == "Practitioner" else "别处"}
    assert issue(await send(east, "POST", kind, clash)) == (409, "identifier-given")
    assert len(await east.found(kind, identifier=f"{SYSTEM}|8")) == 1


async def test_what_the_community_or_another_hospital_entered_is_not_written(east: Hospital) -> None:
    west = await hospital(east.doors, "西郊医院")
    hut = await entered(east.doors, "rooms", name="一号诊间")
    await offered(east, DOCTOR.id, east.department)
    of_directory = (await east.get(f"Practitioner/{DOCTOR.id}")).json()
    of_hut = (await east.get(f"Location/{hut}")).json()
    theirs = {"reference": f"Organization/{west.id}"}
    for answer in (
        await put(east, of_directory), await put(east, of_hut), await put(east, of_hut, status="inactive"),
        await send(east, "POST", "HealthcareService", department(providedBy=theirs)),
        await send(east, "POST", "Location", place(managingOrganization=theirs)),
        await send(east, "POST", "PractitionerRole", role(DOCTOR.id, east.department, organization=theirs)),
    ):
        assert issue(answer) == (403, "owned-elsewhere")
    own = [await made(east, one) for one in (doctor(), department(), place())]
    for one in own:
        assert issue(await put(west, one)) == (404, "not-found")
        assert one["id"] not in {found["id"] for found in await west.found(one["resourceType"])}
    assert issue(await put(west, (await east.get(f"Organization/{east.id}")).json())) == (404, "not-found")
    assert issue(await send(west, "POST", "PractitionerRole", role(own[0]["id"], west.department))) == (422, "role-unknown")
    elsewhere = {"extension": [{"url": ROOM, "valueReference": {"reference": f"Location/{own[2]['id']}"}}]}
    assert issue(await offered(west, DOCTOR.id, west.department, 3, **elsewhere)) == (422, "room-not-here")
    assert (await offered(east, DOCTOR.id, east.department, 3, **elsewhere)).status_code == 201


async def test_a_department_that_the_community_entered_keeps_its_name_and_takes_the_hospitals_own_fields(east: Hospital) -> None:
    now = (await east.get(f"HealthcareService/{east.department}")).json()
    assert issue(await put(east, now, name="心脏中心")) == (403, "owned-elsewhere")
    assert issue(await put(east, now, name="心脏中心", active=False)) == (403, "owned-elsewhere")
    assert (await east.get(f"HealthcareService/{east.department}")).json() == now
    named = await put(east, now, **called("7"))
    assert (named.status_code, named.json()["name"]) == (200, now["name"])
    assert named.json()["identifier"][1:] == called("7")["identifier"]
    by_name = await send(east, "PUT", f"HealthcareService?identifier={SYSTEM}|7", {**department("心脏中心"), **called("7")})
    assert issue(by_name) == (403, "owned-elsewhere")
    closed = await put(east, named.json(), active=False)
    assert (closed.status_code, closed.json()["active"]) == (200, False)


async def test_a_doctor_of_the_hospitals_own_is_booked_in_its_own_place_like_any_other(east: Hospital) -> None:
    whose, where, at = await made(east, doctor()), await made(east, department()), await made(east, place())
    in_it = await made(east, role(whose["id"], where["id"], **called("r1")))
    assert (accepted(in_it), in_it["practitioner"]["display"], in_it["identifier"][1]["value"]) == (True, "钱医生", "r1")
    assert (await made(east, role(whose["id"], where["id"], **called("r1")), 200)) == in_it
    assert issue(await send(east, "POST", "PractitionerRole", role(whose["id"], where["id"], **called("r2")))) == (
        409, "identifier-given"
    )
    there = {"extension": [{"url": ROOM, "valueReference": {"reference": f"Location/{at['id']}"}}]}
    answer = await offered(east, whose["id"], where["id"], **there)
    assert answer.status_code == 201, answer.text
    key = await east.booked(RESIDENT, answer.json()["id"])
    told = (await east.get(f"Appointment/{key}")).json()
    assert [one["actor"].get("display") for one in told["participant"][1:]] == ["钱医生", "骨科", "门诊楼三楼"]
    assert told["participant"][3]["actor"]["reference"] == f"Location/{at['id']}"
    assert [one["id"] for one in await east.found("PractitionerRole", identifier=f"{SYSTEM}|r1")] == [in_it["id"]]


@pytest.mark.parametrize("closing", ["doctor", "department", "place", "role"])
async def test_what_is_closed_offers_nothing_new_sells_no_more_and_what_is_booked_stays(east: Hospital, closing: str) -> None:
    whose, where, at = await made(east, doctor()), await made(east, department()), await made(east, place())
    in_it = await made(east, role(whose["id"], where["id"]))
    there = {"extension": [{"url": ROOM, "valueReference": {"reference": f"Location/{at['id']}"}}]}
    slots = [(await offered(east, whose["id"], where["id"], n, **there)).json() for n in range(2)]
    key = await east.booked(RESIDENT, slots[0]["id"])
    one = {"doctor": whose, "department": where, "place": at, "role": in_it}[closing]
    shut = await put(east, one, **({"status": "inactive"} if closing == "place" else {"active": False}))
    assert shut.status_code == 200, shut.text
    refused = await offered(east, whose["id"], where["id"], 2, **there)
    assert issue(refused) == (422, "room-not-here" if closing == "place" else "schedule-unknown")
    assert (await book(east.doors, SECOND_RESIDENT, slots[1]["id"])).status_code == 409
    told = (await east.get(f"Appointment/{key}")).json()
    assert told["status"] == "booked"
    now = (await east.get(f"Slot/{slots[1]['id']}")).json()
    assert now["status"] == "busy-unavailable"
    reopened = await send(east, "PUT", f"Slot/{now['id']}", {**now, "status": "free"}, if_match=f'W/"{now["meta"]["versionId"]}"')
    assert issue(reopened) == (422, "room-not-here" if closing == "place" else "schedule-unknown")
    stopped = {"resourceType": "Parameters", "parameter": [{"name": "day", "valueDate": START.date().isoformat()}]}
    assert (await send(east, "POST", f"Schedule/{in_it['id']}/$stop", stopped)).status_code == 200
    await calling_off.tell_all(east.doors.running)
    assert (await east.get(f"Appointment/{key}")).json()["status"] == "cancelled", "by the act that calls a day off"
    again = await put(east, shut.json(), **({"status": "active"} if closing == "place" else {"active": True}))
    assert again.status_code == 200
    assert (await offered(east, whose["id"], where["id"], 4, **there)).status_code == 201


async def test_a_closed_department_takes_no_hours_of_the_community_either(east: Hospital) -> None:
    where = (await east.get(f"HealthcareService/{east.department}")).json()
    await laid_down(east.doors, department_id=east.department)
    there = len(await east.doors.rows("select 1 from slots"))
    await put(east, where, active=False)
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql("delete from slots where starts_at = (select max(starts_at) from slots)")
    await schedules.lay_out_all(east.doors.running)
    assert len(await east.doors.rows("select 1 from slots")) == there - 1
    assert await east.doors.rows("select 1 from slots where not closed and starts_at > now()") == []
    late = hours(department_id=east.department, begins="14:00", ends="15:00")
    assert problem(await ask(east.doors, OFFICER, "schedules", late)) == (422, "department-not-here")


async def test_who_offers_a_time_and_who_closes_its_department_are_one_after_the_other(east: Hospital) -> None:
    whose, where = await made(east, doctor()), await made(east, department())
    for n in range(4):
        now = (await east.get(f"HealthcareService/{where['id']}")).json()
        answers = await asyncio.gather(
            *(offered(east, whose["id"], where["id"], 8 * n + one) for one in range(6)), put(east, now, active=False),
        )
        assert answers[-1].status_code == 200, answers[-1].text
        assert {one.status_code for one in answers[:-1]} <= {201, 422}
        assert await east.doors.rows("select 1 from slots where department_id = :key and not closed", key=UUID(where["id"])) == []
        await put(east, answers[-1].json(), active=True)


async def test_who_closes_waits_for_whoever_offers_a_time_at_this_moment(east: Hospital) -> None:
    whose, where = await made(east, doctor()), await made(east, department())
    turn = int.from_bytes(UUID(whose["id"]).bytes[:8], "big", signed=True)
    async with east.doors.whole.begin() as held:
        await held.execute(text("select pg_advisory_xact_lock(:turn)"), {"turn": turn})
        closing = asyncio.create_task(put(east, where, active=False))
        waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        while not closing.done() and not await east.doors.rows(waiting):
            await asyncio.sleep(0.05)
        assert not closing.done()
    assert (await closing).json()["active"] is False


async def test_a_hospital_says_what_it_is_called_and_not_whether_it_is_there(east: Hospital) -> None:
    now = (await east.get(f"Organization/{east.id}")).json()
    assert issue(await send(east, "PUT", f"Organization/{east.id}", now)) == (428, "version-wanted")
    changed = (await put(east, now, name="东郊第一医院", **called("o1"))).json()
    assert (changed["name"], changed["identifier"][1]["value"]) == ("东郊第一医院", "o1")
    assert [one["id"] for one in await east.found("Organization", identifier=f"{SYSTEM}|o1")] == [east.id]
    assert issue(await put(east, changed, active=False)) == (422, "always-there")
    await hospital(east.doors, "西郊医院")
    assert issue(await put(east, changed, name="西郊医院")) == (409, "entered-already")
    assert issue(await send(east, "POST", "Organization", now)) == (405, "method-not-allowed")


async def test_what_cannot_be_is_said_and_makes_nothing(east: Hospital) -> None:
    hut = await entered(east.doors, "rooms", name="一号诊间")
    await made(east, department())
    for body, told in (
        (doctor(""), (422, "name-unfit")), (doctor("x" * 65), (422, "name-unfit")), (doctor("a\u200bb"), (422, "name-unfit")),
        ({"resourceType": "Practitioner"}, (422, "name-unfit")), (doctor() | {"name": "x"}, (400, "body-unfit")),
        (doctor() | {"name": [{"given": "x"}]}, (400, "body-unfit")), (doctor(active="no"), (400, "body-unfit")),
        (department(" 骨科"), (422, "name-unfit")), (department() | {"name": ["x"]}, (400, "body-unfit")),
        (department(), (409, "entered-already")), (place("一号诊间"), (409, "entered-already")),
        (place(status="suspended"), (400, "body-unfit")), (place(status=["active"]), (400, "body-unfit")),
        (place(identifier=[{"system": "urn:guohuai:room", "value": "1"}, {"system": "urn:guohuai:x", "value": "1"}]),
         (400, "body-unfit")),
        (role(FAR_DOCTOR.id, east.department), (422, "role-unknown")), (role(DOCTOR.id, fresh()), (422, "role-unknown")),
        (role("x", east.department), (422, "role-unknown")),
        (role(DOCTOR.id, east.department, healthcareService=[]), (400, "body-unfit")),
        ({"resourceType": "PractitionerRole"}, (400, "body-unfit")),
    ):
        answer = await send(east, "POST", body["resourceType"], body)
        assert issue(answer) == told, body
    in_it = await made(east, role(DOCTOR.id, east.department))
    other = (await east.found("HealthcareService", name="骨科"))[0]["id"]
    elsewhere = await put(east, in_it, healthcareService=role(DOCTOR.id, other)["healthcareService"])
    assert issue(elsewhere) == (422, "role-fixed")
    assert {one["id"] for one in await east.found("Location")} == {hut}
    assert await east.doors.rows("select 1 from hospital_doctors") == []


@pytest.mark.parametrize("body", [doctor(), department(), place(), role(DOCTOR.id, fresh())], ids=lambda one: one["resourceType"])
async def test_each_act_needs_its_letter_before_anything_is_read(east: Hospital, body: Body) -> None:
    kind = body["resourceType"]
    for scope, method, path in (
        (f"system/{kind}.rus", "POST", kind), (f"system/{kind}.crs", "PUT", f"{kind}/{fresh()}"),
        (ALL.replace(f"system/{kind}.cruds", ""), "POST", kind), (f"system/{kind}.rus", "PUT", f"{kind}?identifier={SYSTEM}|1"),
    ):
        assert issue(await send(east, method, path, body, scope)) == (403, "scope-missing"), (scope, method)


async def test_a_hospital_with_a_book_of_its_own_says_only_what_it_is_called(east: Hospital) -> None:
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(
            f"update hospitals set pool = 'theirs', adapter = 'fhir' where id = '{east.id}'"
        )
    for body in (doctor(), department(), place(), role(DOCTOR.id, east.department)):
        assert issue(await send(east, "POST", body["resourceType"], body)) == (409, "pool-not-ours")
    now = (await east.get(f"Organization/{east.id}")).json()
    assert (await put(east, now, name="东郊第一医院")).status_code == 200
