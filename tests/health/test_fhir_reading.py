"""The FHIR door: what it is, reading, searching; each hospital sees its own, and people only while they agree."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.fhir import ALL, KINDS, MEDIA, Hospital, accepted, fresh, hospital, issue
from builders.fhir_whole import arrived, lived_in
from builders.hospital import consents
from builders.house import entered
from builders.hut import ask, problem
from builders.world import DOCTOR, FAR_OFFICER, OFFICER, RESIDENT, SECOND_RESIDENT

from contracts.calendar import CHENGDU
from services.health.store.resources import KINDS as BUILT


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def test_the_capability_statement_is_for_everybody_and_names_what_is_built(health_doors: Doors) -> None:
    async with health_doors.client() as anybody:
        answer = await anybody.get("/fhir/metadata", headers={"accept": MEDIA})
        smart = await anybody.get("/fhir/.well-known/smart-configuration", headers={"accept": "text/html, application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{MEDIA}; charset=utf-8")
    told = answer.json()
    (rest,) = told["rest"]
    assert (told["resourceType"], told["fhirVersion"], rest["mode"]) == ("CapabilityStatement", "4.0.1", "server")
    named = {one["type"]: {param["name"] for param in one["searchParam"]} for one in rest["resource"]}
    assert set(named) == set(BUILT)
    assert all(named[kind] == {*rows.params, "_id"} for kind, rows in BUILT.items())
    assert smart.headers["content-type"] == "application/json"
    assert smart.json()["token_endpoint"] == f"{health_doors.issuer}/oauth/token"
    assert set(smart.json()["token_endpoint_auth_signing_alg_values_supported"]) >= {"RS384", "ES384"}


async def test_everything_a_capability_statement_names_is_answered(east: Hospital) -> None:
    await lived_in(east)
    for kind, rows in BUILT.items():
        made = await east.found(kind)
        assert made, kind
        for one in made:
            assert (await east.get(f"{kind}/{one['id']}")).json() == one
            assert (await east.get(f"{kind}/{one['id']}/_history/{one['meta']['versionId']}")).json() == one
            assert [found["id"] for found in await east.found(kind, _id=one["id"])] == [one["id"]]
            if kind in {"Subscription", "AuditEvent", "Provenance"}:
                continue  # R4 has no identifier for it
            said = one["identifier"][0]
            by_name = await east.found(kind, identifier=f"{said['system']}|{said['value']}")
            assert [found["id"] for found in by_name] == [one["id"]]
            assert await east.found(kind, identifier=f"urn:nobody|{said['value']}") == []
            assert len(await east.found(kind, identifier=f"{said['system']}|")) == len(made)
        for name, param in rows.params.items():
            value = {"date": "ge2020-01-01", "reference": fresh(), "token": "x", "string": "x"}[param.type]
            assert (await east.get(kind, **{name: value})).status_code == 200, (kind, name)
        assert issue(await east.get(f"{kind}/{fresh()}")) == (404, "not-found")
        assert issue(await east.get(f"{kind}/{one['id']}/_history/0")) == (404, "not-found")


async def test_a_read_says_its_version_and_is_not_sent_again_to_who_has_it(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    answer = await east.get(f"Appointment/{key}")
    tag = answer.headers["etag"]
    assert tag == f'W/"{answer.json()["meta"]["versionId"]}"'
    async with east.client() as client:
        since = answer.headers["last-modified"]
        for header, value in (("if-none-match", tag), ("if-none-match", f'W/"x", {tag}'), ("if-modified-since", since)):
            assert (await client.get(f"/fhir/Appointment/{key}", headers={header: value})).status_code == 304
        earlier = {"if-modified-since": "Wed, 01 Jan 2020 00:00:00 GMT"}
        assert (await client.get(f"/fhir/Appointment/{key}", headers=earlier)).status_code == 200
        await ask(east.doors, RESIDENT, f"appointments/{key}/cancellation")
        changed = await client.get(f"/fhir/Appointment/{key}", headers={"if-none-match": tag})
    assert (changed.status_code, changed.json()["status"]) == (200, "cancelled")
    assert changed.json()["meta"]["lastUpdated"] > answer.json()["meta"]["lastUpdated"]


@pytest.mark.parametrize(("headers", "params", "status"), [
    ({"accept": "application/fhir+xml"}, {}, 406), ({}, {"_format": "xml"}, 406), ({"accept": "text/html"}, {}, 406),
    ({"accept": "application/fhir+json;q=0.9, text/html"}, {}, 200), ({"accept": "text/html"}, {"_format": "json"}, 200),
    ({"accept": "*/*"}, {}, 200), ({}, {"_format": "application/fhir+json"}, 200), ({"accept": "application/json"}, {}, 200),
])
async def test_the_form_is_agreed_on(east: Hospital, headers: dict[str, str], params: dict[str, str], status: int) -> None:
    async with east.client(**headers) as client:
        answer = await client.get("/fhir/Organization", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == f"{MEDIA}; charset=utf-8"
    assert answer.json()["resourceType"] == ("Bundle" if status == 200 else "OperationOutcome")


async def test_every_refusal_is_an_outcome_with_its_own_status(east: Hospital) -> None:
    async with east.doors.client() as nobody, east.client() as program, east.client("system/Slot.r") as little:
        answers = {
            (401, "token-refused"): await nobody.get("/fhir/Slot"),
            (404, "kind-unknown"): await program.get("/fhir/Observation"),
            (404, "not-found"): await program.get("/fhir/Slot/1/2/3"),
            (405, "method-not-allowed"): await program.delete("/fhir/Slot"),
            (403, "scope-missing"): await little.get("/fhir/Slot"),
            (400, "parameter-refused"): await program.get("/fhir/Slot?start=soon"),
            (415, "media-type-refused"): await program.post(
                "/fhir/Slot/_search", content=b"<x/>", headers={"content-type": "text/xml"}
            ),
        }
    assert {expected: issue(answer) for expected, answer in answers.items()} == {expected: expected for expected in answers}
    assert answers[401, "token-refused"].headers["www-authenticate"].startswith("Bearer ")
    assert all("Traceback" not in answer.text and "select" not in answer.text.lower() for answer in answers.values())


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_needs_the_scope_that_names_it(east: Hospital, kind: str) -> None:
    for scope, search, read in (
        (f"system/{kind}.s", 200, 403), (f"system/{kind}.r", 403, 404), (f"system/{kind}.cud", 403, 403), ("api", 403, 403),
        (None, 403, 403),
        (f"user/{kind}.rs", 403, 403), (ALL.replace(f"system/{kind}.cruds", ""), 403, 403), (f"system/{kind}.sr", 403, 403),
    ):
        async with east.client(scope) as client:
            assert (await client.get(f"/fhir/{kind}")).status_code == search, scope
            assert (await client.post(f"/fhir/{kind}/_search")).status_code == search, scope
            assert (await client.get(f"/fhir/{kind}/{fresh()}")).status_code == read, scope


async def test_whoever_speaks_for_no_hospital_is_told_nothing(east: Hospital) -> None:
    slot = await east.offer()
    async with east.doors.client(RESIDENT) as person, east.doors.client(OFFICER, client_id="x", scope=ALL) as stranger:
        assert issue(await person.get(f"/fhir/Slot/{slot}")) == (403, "scope-missing")
        assert issue(await stranger.get(f"/fhir/Slot/{slot}")) == (403, "not-a-hospitals-program")
    body = {"program_id": str(east.program.id)}
    assert (await ask(east.doors, OFFICER, f"hospitals/{east.id}/exclusion", body)).status_code == 204
    assert issue(await east.get(f"Slot/{slot}")) == (403, "not-a-hospitals-program")
    assert (await ask(east.doors, OFFICER, f"hospitals/{east.id}/admission", body)).json()["ended_at"] is None
    assert (await east.get(f"Slot/{slot}")).status_code == 200


async def test_a_program_is_admitted_by_those_who_keep_the_hospital_and_for_one_alone(east: Hospital) -> None:
    other = await entered(east.doors, "hospitals", name="别家")
    body = {"program_id": str(east.program.id)}
    for act in ("admission", "exclusion"):
        for person, told in ((RESIDENT, 404), (DOCTOR, 403), (FAR_OFFICER, 404)):
            assert (await ask(east.doors, person, f"hospitals/{east.id}/{act}", body)).status_code == told
    assert problem(await ask(east.doors, OFFICER, f"hospitals/{other}/admission", body)) == (409, "another-hospitals")
    await ask(east.doors, OFFICER, f"hospitals/{other}/exclusion", body)
    async with east.doors.client(OFFICER) as officer, east.doors.client(FAR_OFFICER) as stranger:
        (listed,) = (await officer.get(f"/api/v1/hospitals/{east.id}/programs")).json()["items"]
        assert (listed["id"], listed["ended_at"]) == (str(east.program.id), None)
        assert (await stranger.get(f"/api/v1/hospitals/{east.id}/programs")).status_code == 404


async def test_h01_h03_a_hospital_sees_its_own_and_knows_nobody_by_a_name_that_another_knows(east: Hospital) -> None:
    west = await hospital(east.doors, "西郊医院")
    keys = {one: await one.booked(RESIDENT, await one.offer(timedelta(days=n))) for n, one in ((1, east), (2, west))}
    names = {one: await one.patient(RESIDENT) for one in keys}
    assert names[east] != names[west]
    for mine, theirs in ((east, west), (west, east)):
        assert [one["id"] for one in await mine.found("Appointment")] == [keys[mine]]
        assert issue(await mine.get(f"Appointment/{keys[theirs]}")) == (404, "not-found")
        assert issue(await mine.get(f"Patient/{names[theirs]}")) == (404, "not-found")
        for kind in KINDS:
            shown = json.dumps(await mine.found(kind), ensure_ascii=False)
            assert str(RESIDENT.id) not in shown
            assert theirs.id not in shown
            assert theirs.department not in shown


async def test_h02_who_takes_consent_back_is_seen_no_more_and_without_it_nobody_ever_was(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    name = await east.patient(RESIDENT)
    assert (await east.get(f"Patient/{name}")).status_code == 200
    await consents(east.doors, SECOND_RESIDENT, state="withdrawn")
    own = await east.booked(SECOND_RESIDENT, await east.offer(timedelta(days=2)))
    await consents(east.doors, RESIDENT, state="withdrawn")
    for path in (f"Appointment/{key}", f"Patient/{name}"):
        assert issue(await east.get(path)) == (403, "consent-withdrawn")
    assert await east.found("Appointment") == await east.found("Patient") == []
    assert issue(await east.get(f"Appointment/{own}")) == (404, "not-found")
    await consents(east.doors, RESIDENT, state="given", sequence=3)
    assert [one["id"] for one in await east.found("Patient")] == [name]


async def test_h08_each_reading_is_audited_and_told_to_the_register_of_accesses(east: Hospital) -> None:
    key = await east.booked(RESIDENT)
    await east.found("Appointment")
    await east.get(f"Appointment/{key}")
    async with east.client() as client:
        await client.post("/fhir/Appointment/_search", data={"date": "ge2020-01-01"})
    asked = "select actor_id, reason from audit where action = 'hospitals.read' and subject = :s"
    marks = await east.doors.rows(asked, s=f"appointment/{key}")
    assert {(row.actor_id, row.reason) for row in marks} == {(east.program.id, east.id)}
    assert len(marks) == 3
    told = await east.doors.rows("select body from outbox where topic = 'health.record_shown.v1'")
    bodies = [json.loads(row.body) if isinstance(row.body, bytes | str) else row.body for row in told]
    seen = [(one["person_id"], one["shown_to"], one["act"]) for one in bodies]
    assert seen == [(str(RESIDENT.id), east.id, "hospitals.read")] * 3


async def test_h06_a_scan_ends_and_what_is_asked_again_costs_nothing(east: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await east.booked(RESIDENT)
    name = await east.patient(RESIDENT)
    running = east.doors.running
    monkeypatch.setattr(running, "settings", running.settings.model_copy(update={"fhir_daily": 10}))
    for _ in range(12):
        assert (await east.get(f"Appointment/{key}")).status_code == 200
    answers = [await east.get(f"Patient/{uuid4()}") for _ in range(12)]
    told = [issue(one) for one in answers]
    assert told[:8] == [(404, "not-found")] * 8
    assert told[8:] == [(429, "sight-used-up")] * 4
    assert 0 < int(answers[-1].headers["retry-after"]) <= 86401
    async with east.client() as client:
        asked = {"identifier": f"urn:guohuai:patient|{uuid4()}"}
        assert issue(await client.post("/fhir/Patient/_search", data=asked)) == (429, "sight-used-up")
    assert (await east.get("Slot")).status_code == 200
    assert len(await east.doors.rows("select 1 from audit where action = 'hospitals.scan'")) == 1
    assert name


async def test_a_hold_of_a_resident_is_nobodys_business(east: Hospital) -> None:
    slot = await east.offer()
    held = (await ask(east.doors, RESIDENT, "holds", {"slot_id": slot})).json()
    assert issue(await east.get(f"Appointment/{held['id']}")) == (404, "not-found")
    assert await east.found("Appointment") == await east.found("Patient") == []
    (seen,) = await east.found("Slot")
    assert seen["status"] == "busy"


async def test_a_visit_is_an_encounter_from_checking_in_on(east: Hospital) -> None:
    key, other = await east.booked(RESIDENT), await east.booked(SECOND_RESIDENT, await east.offer(timedelta(days=2)))
    name = await east.patient(RESIDENT)
    assert await east.found("Encounter") == [], "who has only booked was nowhere"
    assert issue(await east.get(f"Encounter/{key}")) == (404, "not-found")
    for state, said in (("arrived", "arrived"), ("in_visit", "in-progress"), ("fulfilled", "finished")):
        await arrived(east, key, state)
        (one,) = await east.found("Encounter")
        assert (one["id"], one["status"], one["subject"]) == (key, said, {"reference": f"Patient/{name}"})
        assert ("end" in one["period"]) == (state == "fulfilled")
        assert accepted(one)
    today = datetime.now(CHENGDU).date()
    for how, there in (
        ({"patient": name}, 1), ({"patient": fresh()}, 0), ({"appointment": f"Appointment/{key}"}, 1),
        ({"appointment": other}, 0),
        ({"status": "finished"}, 1), ({"status": "arrived"}, 0), ({"class": "AMB"}, 1), ({"class": "VR"}, 0),
        ({"date": f"ap{today}"}, 1), ({"date": "lt2020-01-01"}, 0), ({"service-provider": f"Organization/{east.id}"}, 1),
    ):
        assert len(await east.found("Encounter", **how)) == there, how
    bundle = (await east.get("Encounter", _include="Encounter:appointment")).json()
    assert [one["search"]["mode"] for one in bundle["entry"]] == ["match", "include"]
    west = await hospital(east.doors, "西郊医院")
    assert await west.found("Encounter") == []
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    assert await east.found("Encounter") == []
    assert issue(await east.get(f"Encounter/{key}")) == (403, "consent-withdrawn")


async def test_that_somebody_lets_hospitals_be_told_is_a_consent_without_their_name(east: Hospital) -> None:
    await east.booked(RESIDENT)
    name = await east.patient(RESIDENT)
    (one,) = await east.found("Consent")
    assert (one["status"], one["patient"]) == ("active", {"reference": f"Patient/{name}"})
    assert str(RESIDENT.id) not in json.dumps(one)
    assert accepted(one)
    assert await east.found("Consent", patient=fresh()) == []
    west = await hospital(east.doors, "西郊医院")
    await west.booked(RESIDENT, await west.offer(timedelta(days=3)))
    assert [other["id"] for other in await west.found("Consent")] != [one["id"]], "no two hospitals know it by one name"
    assert issue(await west.get(f"Consent/{one['id']}")) == (404, "not-found")
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    assert await east.found("Consent") == []
    assert issue(await east.get(f"Consent/{one['id']}")) == (403, "consent-withdrawn")
    audited = {row.subject for row in await east.doors.rows("select subject from audit where action = 'hospitals.read'")}
    assert f"consent/{one['id']}" in audited
