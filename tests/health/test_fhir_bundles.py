"""Several requests in one at the FHIR door: a transaction is all of it or nothing, a batch is each by itself."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import ALL, KINDS, Hospital, accepted, fresh, hospital, issue
from builders.hospital import consents
from builders.hut import crowd
from builders.world import RESIDENT, SECOND_RESIDENT

OF = "urn:east:booking"


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    made = await hospital(health_doors)
    for n, person in enumerate((RESIDENT, SECOND_RESIDENT)):
        await made.booked(person, await made.offer(timedelta(days=20 + n)))
    return made


def booking(slot: str, patient: str, number: str = "", name: str = "", **more: Any) -> dict[str, Any]:
    """An entry that books."""
    actor = {"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"}
    named = {"identifier": [{"system": OF, "value": number}]} if number else {}
    made = {"resourceType": "Appointment", "status": "booked", "slot": [{"reference": f"Slot/{slot}"}], "participant": [actor]}
    asked = {"method": "POST", "url": "Appointment"} | ({"ifNoneExist": f"identifier={OF}|{number}"} if number else {})
    return {"resource": made | named | more, "request": asked, **({"fullUrl": name} if name else {})}


def cancelling(made: dict[str, Any], match: str | None) -> dict[str, Any]:
    """An entry that gives back."""
    asked = {"method": "PUT", "url": f"Appointment/{made['id']}"} | ({"ifMatch": match} if match else {})
    return {"resource": {**made, "status": "cancelled"}, "request": asked}


def getting(url: str) -> dict[str, Any]:
    return {"request": {"method": "GET", "url": url}}


async def sent(one: Hospital, kind: str, *entries: Any, scope: str = ALL, **headers: str) -> httpx.Response:
    async with one.client(scope) as client:
        return await client.post("/fhir", json={"resourceType": "Bundle", "type": kind, "entry": [*entries]}, headers=headers)


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["response"]["status"][:3] for one in answer.json()["entry"]]


async def firm(east: Hospital) -> int:
    return len(await east.doors.rows("select id from appointments where state = 'booked'"))


async def test_a_transaction_does_all_of_it_and_answers_each_in_its_place(east: Hospital) -> None:
    slots = [await east.offer(timedelta(days=n)) for n in (1, 2)]
    name = await east.patient(RESIDENT)
    (old,) = await east.found("Appointment", patient=name)
    tag = f'W/"{old["meta"]["versionId"]}"'
    answer = await sent(
        east, "transaction", getting(f"Appointment?patient={name}&status=booked"), cancelling(old, tag),
        booking(slots[0], name, "1"), booking(slots[1], name, "2"), getting(f"Slot/{slots[0]}"),
    )
    assert statuses(answer) == ["200", "200", "201", "201", "200"]
    said = answer.json()
    assert said["type"] == "transaction-response"
    assert accepted(said)
    search, gone, made, _, slot = said["entry"]
    assert {one["resource"]["slot"][0]["reference"] for one in search["resource"]["entry"]} == {f"Slot/{one}" for one in slots}
    assert (gone["resource"]["status"], slot["resource"]["status"]) == ("cancelled", "busy"), "reading comes last"
    assert made["fullUrl"] == f"{east.doors.issuer}/fhir/Appointment/{made['resource']['id']}"
    assert made["response"]["location"].endswith(f"/_history/{made['resource']['meta']['versionId']}")
    assert made["response"]["etag"] == f'W/"{made["resource"]["meta"]["versionId"]}"'


async def test_what_one_entry_may_not_do_nobody_does(east: Hospital) -> None:
    slots = [await east.offer(timedelta(days=n)) for n in (1, 2, 3)]
    name, other = await east.patient(RESIDENT), await east.patient(SECOND_RESIDENT)
    await east.booked(SECOND_RESIDENT, slots[2])
    (old, *_) = await east.found("Appointment", patient=other, _sort="-date")
    before, said = await firm(east), await east.doors.said()
    good = booking(slots[0], name, "1")
    for entry, refused in (
        (booking(slots[2], name), (409, "slot-taken")), (booking(slots[1], fresh()), (422, "patient-unknown")),
        (booking(fresh(), name), (422, "time-unknown")), (cancelling(old, 'W/"0"'), (412, "version-stale")),
        (cancelling(old, None), (428, "version-wanted")), (getting(f"Slot/{fresh()}"), (404, "not-found")),
        (getting("Appointment?date=soon"), (400, "parameter-refused")), (getting("Nothing"), (404, "kind-unknown")),
        ({"request": {"method": "DELETE", "url": f"Appointment/{old['id']}"}}, (405, "method-not-allowed")),
        ({"request": {"method": "POST", "url": "Patient"}, "resource": {"resourceType": "Patient"}}, (405, "method-not-allowed")),
        (booking(slots[1], name, supportingInformation=[{"reference": f"urn:uuid:{uuid4()}"}]), (400, "body-unfit")),
    ):
        answer = await sent(east, "transaction", good, entry)
        assert issue(answer) == refused
        assert (await firm(east), await east.doors.said()) == (before, said), "nothing is done, and nothing is told"
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[1]"]


async def test_of_a_batch_each_is_by_itself(east: Hospital) -> None:
    slots = [await east.offer(timedelta(days=n)) for n in (1, 2, 3)]
    name, other = await east.patient(RESIDENT), await east.patient(SECOND_RESIDENT)
    late = booking(slots[2], other, "1")  # is booked, and then found to bear a name that another has
    del late["request"]["ifNoneExist"]
    answer = await sent(
        east, "batch", booking(slots[0], name, "1"), booking(slots[0], name), booking(slots[1], fresh()),
        getting("Nothing"), booking(slots[1], name, "2"), getting(f"Slot/{slots[1]}"),
        {"request": {"method": "PATCH", "url": "Slot/x"}}, late,
    )
    assert statuses(answer) == ["201", "409", "422", "404", "201", "200", "405", "409"]
    assert accepted(answer.json())
    refused = answer.json()["entry"][1]["response"]
    assert refused["status"] == "409 Conflict"
    assert refused["outcome"]["issue"][0]["details"]["coding"][0]["code"] in {"slot-taken", "one-per-doctor-and-day"}
    topics = await east.doors.said()
    assert topics.count("health.appointment_booked.v1") == 4, "two before, two now: what was refused is told to nobody"
    assert await firm(east) == 4


async def test_a_condition_in_an_entry_is_obeyed_by_twins_and_by_those_who_come_again(east: Hospital) -> None:
    slots = [await east.offer(timedelta(days=n)) for n in (1, 2)]
    name, other = await east.patient(RESIDENT), await east.patient(SECOND_RESIDENT)
    entries = booking(slots[0], name, "1"), booking(slots[1], other, "2")
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(sent(east, "transaction", *(entries if n % 2 else entries[::-1]))) for n in range(12)]
    found = [statuses(task.result()) for task in asked]
    assert sorted(found) == [["200", "200"]] * 11 + [["201", "201"]], "whichever order they name them in"
    assert await firm(east) == 4
    assert statuses(await sent(east, "batch", *entries)) == ["200", "200"]


async def test_two_that_want_the_same_in_another_order_do_not_wait_for_each_other(east: Hospital) -> None:
    people = await crowd(east.doors, 12)
    slots = [await east.offer(timedelta(days=n), capacity=12) for n in (1, 2)]
    for person in people:
        await east.booked(person, await east.offer(timedelta(days=40), capacity=1, doctor=uuid4()))
    names = [await east.patient(person) for person in people]
    wanted = [
        [booking(slot, name) for name in pair for slot in (slots if n % 2 else slots[::-1])]
        for n, pair in enumerate(zip(names, names[1:] + names[:1], strict=True))
    ]
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(sent(east, "transaction", *entries)) for entries in wanted]
    assert {task.result().status_code for task in asked} <= {200, 409}
    assert await firm(east) == 2 + 12 + 4 * sum(task.result().status_code == 200 for task in asked)


@pytest.mark.parametrize("kind", ["batch", "transaction"])
async def test_each_entry_needs_its_own_scope_and_consent(east: Hospital, kind: str) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    (old,) = await east.found("Appointment", patient=name)
    tag = f'W/"{old["meta"]["versionId"]}"'
    before = await firm(east)

    async def refused(entry: Any, scope: str) -> tuple[int, str]:
        answer = await sent(east, kind, entry, scope=scope)
        if kind == "transaction":
            return issue(answer)
        (one,) = answer.json()["entry"]
        return int(one["response"]["status"][:3]), one["response"]["outcome"]["issue"][0]["details"]["coding"][0]["code"]

    for entry, scope in (
        (booking(slot, name), "system/Appointment.rus"), (cancelling(old, tag), "system/Appointment.crs"),
        (getting(f"Appointment/{old['id']}"), "system/Appointment.cus"), (getting("Appointment"), "system/Appointment.cru"),
        (getting("Appointment?_count=x"), "system/Appointment.cru"),  # the right before what is wrong with a parameter
    ):
        assert await refused(entry, scope) == (403, "scope-missing")
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    for entry in (booking(slot, name), cancelling(old, tag), getting(f"Appointment/{old['id']}")):
        assert await refused(entry, ALL) == (403, "consent-withdrawn")
    assert await firm(east) == before
    west = await hospital(east.doors, "西郊医院")
    assert b'"not-found"' in (await sent(west, kind, cancelling(old, tag))).content
    assert await firm(east) == before


async def test_who_has_no_scope_of_a_hospital_is_told_so_before_the_body_is_read(east: Hospital) -> None:
    async with east.client("reports.file") as client:
        assert issue(await client.post("/fhir", json={"resourceType": "Patient"})) == (403, "scope-missing")
    async with east.doors.client() as client:
        assert issue(await client.post("/fhir", json={})) == (401, "token-refused")


async def test_a_bundle_that_is_none_is_refused(east: Hospital) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    (old,) = await east.found("Appointment", patient=name)
    twice = cancelling(old, f'W/"{old["meta"]["versionId"]}"')
    urn = f"urn:uuid:{uuid4()}"
    for kind, entries in (
        ("collection", [getting("Slot")]), ("batch", []), ("batch", [getting("Slot")] * 31), ("transaction", [twice, twice]),
        ("batch", ["x"]), ("batch", [{"request": "GET"}]), ("batch", [{"request": {"method": ["GET"], "url": "Slot"}}]),
        ("transaction", [booking(slot, name, name=urn), booking(slot, name, name=urn)]),
    ):
        assert issue(await sent(east, kind, *entries)) == (400, "body-unfit"), kind


async def test_a_reference_to_what_another_entry_makes_is_made_one_to_it(east: Hospital) -> None:
    slots = [await east.offer(timedelta(days=n)) for n in (1, 2)]
    name, urn = await east.patient(RESIDENT), f"urn:uuid:{uuid4()}"
    later = booking(slots[1], name, supportingInformation=[{"reference": urn}])
    assert statuses(await sent(east, "transaction", booking(slots[0], name, name=urn), later)) == ["201", "201"]
    assert issue(await sent(east, "transaction", later)) == (400, "body-unfit"), "nothing makes it"


async def test_the_same_request_twice_is_done_once_and_what_a_bundle_shows_is_counted(
    east: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    entry, key = booking(slot, name), str(uuid4())
    said = [await sent(east, "transaction", entry, **{"idempotency-key": key}) for _ in range(2)]
    assert (said[0].json(), said[1].headers["idempotent-replayed"]) == (said[1].json(), "true")
    assert await firm(east) == 3
    running = east.doors.running
    monkeypatch.setattr(running, "settings", running.settings.model_copy(update={"fhir_daily": 3}))
    scan = [getting(f"Patient/{fresh()}") for _ in range(8)]
    assert issue(await sent(east, "batch", *scan)) == (429, "sight-used-up"), "a bundle is no way around it"


@pytest.mark.parametrize("written", ["escaped", "in percents", "in an address"])
async def test_an_id_that_is_written_otherwise_is_counted_too(
    east: Hospital, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    running = east.doors.running
    monkeypatch.setattr(running, "settings", running.settings.model_copy(update={"fhir_daily": 3}))
    ids = [fresh() for _ in range(8)]
    percents = ",".join("".join(f"%{ord(sign):02x}" for sign in one) for one in ids)
    async with east.client() as client:
        if written == "in an address":
            answer = await client.get(f"/fhir/Appointment?patient={percents}")
        else:
            searched = [getting(f"Appointment?_id={percents}")]
            entries = [getting(f"Patient/{one}") for one in ids] if written == "escaped" else searched
            body = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})
            if written == "escaped":
                for one in ids:
                    body = body.replace(one, "".join(f"\\u{ord(sign):04X}" for sign in one))
            answer = await client.post("/fhir", content=body, headers={"content-type": "application/fhir+json"})
    assert issue(answer) == (429, "sight-used-up")


async def test_what_is_nested_deep_is_refused_and_a_batch_is_not_kept_under_a_key(east: Hospital) -> None:
    slot, name = await east.offer(), await east.patient(RESIDENT)
    deep: Any = "x"
    for levels in range(1, 901):
        deep = [deep]
        if levels in {80, 400, 900}:
            assert issue(await sent(east, "transaction", booking(slot, name, comment=deep))) == (400, "body-unfit"), levels
    key = {"idempotency-key": str(uuid4())}
    assert statuses(await sent(east, "batch", booking(slot, name, "1"), **key)) == ["201"]
    assert statuses(await sent(east, "batch", booking(slot, name, "1"), **key)) == ["200"]


def entering(method: str, url: str, resource: Any = None, name: str = "", **more: str) -> dict[str, Any]:
    """Any entry that writes."""
    said = {"resource": resource} if resource is not None else {}
    return {**said, "request": {"method": method, "url": url, **more}, **({"fullUrl": name} if name else {})}


def patching(data: str, kind: str = "application/json-patch+json") -> dict[str, Any]:
    return {"resourceType": "Binary", "contentType": kind, "data": base64.b64encode(data.encode()).decode()}


async def test_a_hospital_enters_what_is_its_own_in_one_transaction_by_names_of_the_bundle(east: Hospital) -> None:
    names = [f"urn:uuid:{uuid4()}" for _ in range(4)]
    doctor = {"resourceType": "Practitioner", "name": [{"text": "钱医生"}]}
    where = {"resourceType": "HealthcareService", "name": "骨科", "identifier": [{"system": OF, "value": "d1"}]}
    in_it = {"resourceType": "PractitionerRole", "practitioner": {"reference": names[0]},
             "healthcareService": [{"reference": names[1]}]}
    plan = {"resourceType": "Schedule", "actor": [{"reference": one} for one in names[:2]]}
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    slot = {"resourceType": "Slot", "schedule": {"reference": names[3]}, "status": "free", "start": begins.isoformat(),
            "end": (begins + timedelta(minutes=20)).isoformat()}
    entries = [
        entering("POST", "Practitioner", doctor, names[0]),
        entering("POST", "HealthcareService", where, names[1], ifNoneExist=f"identifier={OF}|d1"),
        entering("POST", "PractitionerRole", in_it, names[2]), entering("POST", "Schedule", plan, names[3]),
        entering("POST", "Slot", slot), entering("PUT", f"Location?identifier={OF}|l1", {
            "resourceType": "Location", "name": "门诊楼", "identifier": [{"system": OF, "value": "l1"}],
        }),
    ]
    answer = await sent(east, "transaction", *entries)
    assert statuses(answer) == ["201", "201", "201", "200", "201", "201"], "a role is a schedule as well"
    said = answer.json()["entry"]
    assert accepted(answer.json())
    assert said[4]["resource"]["schedule"]["reference"] == f"Schedule/{said[3]['resource']['id']}"
    before = await everything(east)
    clash = entering("POST", "HealthcareService", {"resourceType": "HealthcareService", "name": "骨科"})
    refused = await sent(east, "transaction", entering("POST", "Practitioner", doctor), clash)
    assert (*issue(refused), refused.json()["issue"][0]["expression"]) == (409, "entered-already", ["Bundle.entry[1]"])
    assert await everything(east) == before, "nothing of it is done"


async def everything(east: Hospital) -> list[Any]:
    asked = "select (select count(*) from hospital_doctors), (select count(*) from departments), (select count(*) from slots)"
    return [tuple(row) for row in await east.doors.rows(asked)]


async def test_an_answer_a_patch_and_what_ends_a_subscription_are_entries_too(east: Hospital) -> None:
    first, second = await east.found("Appointment")
    actor = next(one["actor"] for one in first["participant"] if one["actor"]["reference"].startswith("Practitioner/"))
    yes = {"resourceType": "AppointmentResponse", "appointment": {"reference": f"Appointment/{first['id']}"}, "actor": actor,
           "participantStatus": "accepted"}
    line = ("insert into hooks select gen_random_uuid(), hospital_id, id, 'https://his.example/', admitted_at, 'active', 0 "
            "from programs")
    async with east.doors.whole.begin() as connection:
        await connection.exec_driver_sql(line)
    (told,) = await east.found("Subscription")
    tag = f'W/"{second["meta"]["versionId"]}"'
    gone = patching('[{"op": "replace", "path": "/status", "value": "cancelled"}]')
    entries = [
        entering("POST", "AppointmentResponse", yes), entering("PATCH", f"Appointment/{second['id']}", gone, ifMatch=tag),
        entering("DELETE", f"Subscription/{told['id']}"), getting(f"Appointment/{second['id']}"),
    ]
    answer = await sent(east, "transaction", *entries)
    assert statuses(answer) == ["201", "200", "204", "200"]
    assert answer.json()["entry"][3]["resource"]["status"] == "cancelled"
    assert issue(await east.get(f"Subscription/{told['id']}")) == (410, "deleted")
    again = await sent(east, "batch", *entries)
    assert statuses(again) == ["409", "412", "404", "200"]
    other = {**gone, "contentType": "application/json"}
    for wrong in (patching("[]"), patching("{}"), other, {**gone, "data": "?"}, {**gone, "data": 1}, [], None):
        assert statuses(await sent(east, "batch", entering("PATCH", f"Appointment/{first['id']}", wrong))) == ["400"], wrong


async def test_each_way_of_writing_needs_its_own_letter_and_each_kind_has_its_own_ways(east: Hospital) -> None:
    place = {"resourceType": "Location", "name": "门诊楼"}
    for entry, letter in (
        (entering("POST", "Location", place), "c"), (entering("PUT", f"Location/{fresh()}", place), "u"),
        (entering("PUT", f"Location?identifier={OF}|1", place), "c"), (entering("DELETE", f"Subscription/{fresh()}"), "d"),
        (entering("PUT", f"Encounter/{fresh()}", {}), "u"), (entering("POST", "AppointmentResponse", {}), "c"),
    ):
        scope = " ".join(f"system/{kind}.{'cruds'.replace(letter, '')}" for kind in KINDS)
        assert statuses(await sent(east, "batch", entry, scope=scope)) == ["403"], entry
    for method, url in (
        ("POST", "Organization"), ("DELETE", f"Location/{fresh()}"), ("PATCH", f"Slot/{fresh()}"), ("PUT", "Location"),
        ("POST", f"Location/{fresh()}"), ("PUT", f"Task/{fresh()}"), ("DELETE", "Subscription"), ("POST", "Subscription"),
    ):
        for kind in ("batch", "transaction"):
            answer = await sent(east, kind, entering(method, url, place))
            told = answer.json()["entry"][0]["response"]["status"][:3] if kind == "batch" else str(answer.status_code)
            assert told == "405", (method, url, kind)


async def test_two_transactions_that_write_the_same_in_other_orders_are_one_after_the_other(east: Hospital) -> None:
    made = [
        (await sent(east, "transaction", entering("POST", "Location", {"resourceType": "Location", "name": f"第{n}"})))
        .json()["entry"][0]["resource"] for n in range(3)
    ]
    entries = [
        entering("PUT", f"Location/{one['id']}", {**one, "name": f"{one['name']}室"}, ifMatch=f'W/"{one["meta"]["versionId"]}"')
        for one in made
    ]
    answers = await asyncio.gather(*(sent(east, "transaction", *entries[:: -1 if n % 2 else 1]) for n in range(8)))
    assert sorted(one.status_code for one in answers) == [200, *[412] * 7]
