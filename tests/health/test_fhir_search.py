"""Searching at the FHIR door: what is found by what, page by page, with what comes along."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, hospital, issue
from builders.house import entered, lie
from builders.hut import book, offer
from builders.world import DOCTOR, RESIDENT, SECOND_RESIDENT

from contracts.calendar import CHENGDU


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def test_slots_say_what_can_be_booked_and_are_found_by_what_they_say(east: Hospital) -> None:
    now = datetime.now(UTC)
    free, taken, closed = [await east.offer(timedelta(days=n)) for n in (1, 2, 3)]
    later = await east.offer(timedelta(days=4), opens_at=now + timedelta(days=3))
    await offer(east.doors, timedelta(days=5))
    await east.booked(RESIDENT, taken)
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(f"update slots set closed = true where id = '{closed}'")
    made = {one["id"]: one for one in await east.found("Slot")}
    said = {free: "free", taken: "busy", closed: "busy-unavailable", later: "busy-unavailable"}
    assert {key: one["status"] for key, one in made.items()} == said
    assert {one["id"] for one in await east.found("Slot", status="free")} == {free}
    assert {one["id"] for one in await east.found("Slot", status="free,busy")} == {free, taken}
    assert {one["id"] for one in await east.found("Slot", **{"status:not": "free"})} == {taken, closed, later}
    (schedule,) = await east.found("Schedule")
    for how in (schedule["id"], f"Schedule/{schedule['id']}", f"{east.doors.issuer}/fhir/Schedule/{schedule['id']}"):
        assert len(await east.found("Slot", schedule=how)) == 4
    assert await east.found("Slot", schedule=f"Practitioner/{schedule['id']}") == []
    assert await east.found("Slot", schedule=f"https://elsewhere.example/fhir/Schedule/{schedule['id']}") == []
    assert len(await east.found("Slot", **{"schedule.actor": f"Practitioner/{DOCTOR.id}"})) == 4
    assert len(await east.found("Slot", **{"schedule:identifier": f"urn:guohuai:schedule|{schedule['id']}"})) == 4
    assert len(await east.found("Slot", specialty="东郊医院心内科", status="free")) == 1


async def test_a_day_is_one_of_chengdu_and_prefixes_bound_it(east: Hospital) -> None:
    at = (datetime.now(CHENGDU) + timedelta(days=3)).replace(hour=7, minute=0, second=0, microsecond=0)
    slot = await east.offer(at - datetime.now(UTC))
    start = datetime.fromisoformat((await east.get(f"Slot/{slot}")).json()["start"]).astimezone(CHENGDU)
    day, after, before = start.date(), start.date() + timedelta(days=1), start.date() - timedelta(days=1)
    exact = start.isoformat()
    there = [f"{day}", f"eq{day}", f"ge{day}", f"le{day}", f"lt{after}", f"gt{before}", f"sa{before}", f"eb{after}", f"ne{after}",
             f"ap{day}", f"ap{after}", f"ap{before}", f"{day:%Y-%m}", f"{day:%Y}", f"ge{exact}", f"le{exact}"]
    about = [f"ap{after + timedelta(days=1)}", f"ap{before - timedelta(days=1)}"]
    gone = [*about, f"ne{day}", f"gt{day}", f"lt{day}", f"sa{day}", f"eb{day}", f"{after}", f"ge{after}", f"lt{exact}",
            f"gt{(start + timedelta(seconds=1)).isoformat()}"]
    assert [one for one in there if not await east.found("Slot", start=one)] == []
    assert [one for one in gone if await east.found("Slot", start=one)] == []
    assert len(await east.found("Slot", start=[f"ge{day}", f"lt{after}"])) == 1
    unread = "2026-13-01", "2026-02-30", "2026-1-1", "xx2026-01-01", "9999-12-31", "ge", "0000"
    for wrong in (f"{day}T09:00:00", f"xp{day}", *unread):
        assert issue(await east.get("Slot", start=wrong)) == (400, "parameter-refused"), wrong


async def test_a_schedules_stretch_is_compared_as_a_period(east: Hospital) -> None:
    await east.offer(timedelta(days=1))
    await east.offer(timedelta(days=5))
    (made,) = await east.found("Schedule")
    begins, ends = (datetime.fromisoformat(made["planningHorizon"][edge]).astimezone(CHENGDU).date() for edge in ("start", "end"))
    within, beyond = begins + timedelta(days=1), ends + timedelta(days=1)
    there = [f"ge{begins}", f"le{ends}", f"gt{within}", f"lt{within}", f"ne{begins}", f"eb{beyond}",
             f"sa{begins - timedelta(days=1)}"]
    gone = [f"{begins}", f"gt{beyond}", f"lt{begins}", f"sa{begins}", f"eb{ends}"]
    assert [one for one in there if not await east.found("Schedule", date=one)] == []
    assert [one for one in gone if await east.found("Schedule", date=one)] == []


async def test_pages_are_stable_while_rows_come_and_go(east: Hospital) -> None:
    slots = [await east.offer(timedelta(days=1, minutes=20 * n)) for n in range(7)]
    for sort in ("start", "-start", "_id"):
        first = (await east.get("Slot", _count=3, _sort=sort)).json()
        seen, page = [], first
        assert first["total"] >= 7
        hours = {"start": 9, "-start": 999, "_id": 10}[sort]
        earlier = await east.offer(timedelta(hours=hours))
        async with east.client() as client:
            while True:
                seen += [one["resource"]["id"] for one in page.get("entry", ())]
                following = [one["url"] for one in page["link"] if one["relation"] == "next"]
                if not following:
                    break
                page = (await client.get(following[0])).json()
        assert len(seen) == len(set(seen))
        assert set(seen) - {earlier} >= set(slots)
    for wrong in ("x", "W10=", "WyJ4Il0=", "e30=", "W251bGwsbnVsbF0="):
        assert issue(await east.get("Slot", _cursor=wrong)) == (400, "parameter-refused")


async def test_what_comes_with_a_search_and_what_of_it(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    bundle = (await east.get("Slot", _include="Slot:schedule", **{"_include:iterate": "Schedule:actor"})).json()
    modes = [(one["search"]["mode"], one["resource"]["resourceType"]) for one in bundle["entry"]]
    included = "Schedule", "HealthcareService", "Practitioner", "PractitionerRole"
    assert modes == [("match", "Slot"), *(("include", kind) for kind in included)]
    assert bundle["total"] == 1
    made = [(one["fullUrl"], one["resource"]) for one in bundle["entry"]]
    assert all(url == f"{east.doors.issuer}/fhir/{one['resourceType']}/{one['id']}" for url, one in made)
    whose = f"Patient/{await east.patient(RESIDENT)}"
    bundle = (await east.get("Appointment", _include=["Appointment:patient", "Appointment:slot"], patient=whose)).json()
    assert [one["resource"]["resourceType"] for one in bundle["entry"]] == ["Appointment", "Patient", "Slot"]
    cut = (await east.found("Appointment", _elements="status"))[0]
    assert set(cut) == {"resourceType", "id", "meta", "status", "start", "end", "participant"}
    assert cut["meta"]["tag"][0]["code"] == "SUBSETTED"
    for how in ({"_summary": "count"}, {"_count": "0"}):
        assert (await east.get("Appointment", **how)).json().keys() == {"resourceType", "type", "total", "link"}
    includes = {"_include": "Slot:nobody"}, {"_include": "*"}
    for wrong in ({"_count": "-1"}, {"_count": "x"}, {"_summary": "text"}, {"_sort": "status"}, *includes):
        assert issue(await east.get("Slot", **wrong)) == (400, "parameter-refused")
    async with east.client("system/Appointment.rs") as client:
        assert issue(await client.get("/fhir/Appointment?_include=Appointment:patient")) == (403, "scope-missing")
        assert (await client.get(f"/fhir/Appointment/{key}")).status_code == 200


async def test_what_is_unknown_is_passed_over_and_said_or_refused_if_that_was_asked(east: Hospital) -> None:
    await east.offer()
    bundle = (await east.get("Slot", colour="red")).json()
    assert [one["search"]["mode"] for one in bundle["entry"]] == ["match", "outcome"]
    assert "colour" in bundle["entry"][1]["resource"]["issue"][0]["details"]["text"]
    async with east.client(prefer="handling=strict") as client:
        assert issue(await client.get("/fhir/Slot?colour=red")) == (400, "parameter-unknown")
        assert (await client.get("/fhir/Slot?status=free&_format=json")).status_code == 200
    for wrong in ({"status:above": "free"}, {"schedule:Nobody": "x"}, {"start:exact": "2026-01-01"}):
        assert issue(await east.get("Slot", **wrong)) == (400, "parameter-refused")
    assert issue(await east.get("Organization", **{"name:text": "x"})) == (400, "parameter-refused")


async def test_names_are_found_by_how_they_begin_what_they_contain_or_exactly(east: Hospital) -> None:
    for how, count in (
        ({"name": "东郊"}, 1), ({"name": "医院"}, 0), ({"name:contains": "医院"}, 1), ({"name:exact": "东郊"}, 0),
        ({"name": "%"}, 0), ({"name": "西,东"}, 1),
    ):
        assert len(await east.found("Organization", **how)) == count, how


async def test_a_search_by_form_is_the_same(east: Hospital) -> None:
    await east.booked(RESIDENT)
    form: dict[str, Any] = {"date": f"ge{datetime.now(CHENGDU).date()}", "status": "booked", "_count": "5"}
    async with east.client() as client:
        by_form = (await client.post("/fhir/Appointment/_search", data=form)).json()
    assert by_form["entry"] == (await east.get("Appointment", **form)).json()["entry"]
    (made,) = await east.found("Appointment", patient=await east.patient(RESIDENT))
    assert made["participant"][0]["actor"]["reference"] == f"Patient/{await east.patient(RESIDENT)}"
    assert UUID(made["id"])
    assert (await book(east.doors, SECOND_RESIDENT, await east.offer(timedelta(days=2)))).status_code == 201
    assert await east.found("Appointment", patient=await east.patient(RESIDENT), status="pending") == []


async def test_a_scope_is_asked_for_before_a_parameter(east: Hospital) -> None:
    async with east.client("system/Slot.r") as client:
        for path in ("Slot?start=soon", "Slot?_sort=x", "Slot?_include=*"):
            assert issue(await client.get(f"/fhir/{path}")) == (403, "scope-missing")


async def test_what_refers_to_a_slot_comes_with_it_and_is_not_counted(east: Hospital) -> None:
    slot, other = await east.offer(timedelta(days=2)), await east.offer(timedelta(days=3))
    made = await east.booked(RESIDENT, slot)
    answer = (await east.get("Slot", _revinclude="Appointment:slot")).json()
    assert [(one["resource"]["id"], one["search"]["mode"]) for one in answer["entry"]] == [
        (slot, "match"), (other, "match"), (made, "include"),
    ]
    assert answer["total"] == 2
    audited = await east.doors.rows("select subject from audit where action = 'hospitals.read'")
    assert [row.subject for row in audited] == [f"appointment/{made}"], "who comes along is looked at, too"
    async with east.client("system/Slot.rs") as client:
        refused = await client.get("/fhir/Slot", params={"_revinclude": "Appointment:slot"})
    assert issue(refused) == (403, "scope-missing")
    for wrong in ("Appointment:patient", "Patient:slot", "slot"):
        assert issue(await east.get("Slot", _revinclude=wrong)) == (400, "parameter-refused")
    assert issue(await east.get("Patient", _revinclude="Appointment:slot")) == (400, "parameter-refused")


async def test_too_many_that_refer_to_a_page_are_not_cut_off_in_silence(
    east: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.health.actions.fhir.REFERRING", 1)
    slot = await east.offer(capacity=2)
    for person in (RESIDENT, SECOND_RESIDENT):
        await east.booked(person, slot)
    assert issue(await east.get("Slot", _revinclude="Appointment:slot")) == (400, "parameter-refused")


async def test_a_total_is_said_as_it_is_asked_for(east: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.health.store.searching.COUNTED", 1)
    for n in (1, 2, 3):
        await east.offer(timedelta(days=n))
    said = {how: (await east.get("Slot", _total=how)).json().get("total") for how in ("none", "estimate", "accurate")}
    assert said == {"none": None, "estimate": 1, "accurate": 3}
    assert "total" not in (await east.get("Slot", _total="none")).json()
    assert issue(await east.get("Slot", _total="roughly")) == (400, "parameter-refused")


async def test_what_a_resource_does_not_say_is_found_by_missing(east: Hospital) -> None:
    here, there = await east.offer(timedelta(days=1)), await east.offer(timedelta(days=2))
    room = await entered(east.doors, "rooms", name="一号诊间")
    await lie(east.doors, there, room_id=room)
    assert [one["id"] for one in await east.found("Slot", **{"location:missing": "true"})] == [here]
    assert [one["id"] for one in await east.found("Slot", **{"location:missing": "false"})] == [there]
    assert await east.found("Slot", **{"start:missing": "true"}) == []
    for wrong in ("yes", "true,false"):
        assert issue(await east.get("Slot", **{"location:missing": wrong})) == (400, "parameter-refused")
