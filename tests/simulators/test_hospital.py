"""The hospitals' simulator: as strict as real ones over FHIR R4 and HL7 v2, in their words; it fails only as it is told."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from simulators.hospital.__main__ import application
from simulators.hospital.house import House, Offer
from simulators.hospital.v2 import Listener

TOKEN, SYSTEM = "the-token", "urn:partner:appointment"
START = datetime(2030, 1, 1, 9, tzinfo=UTC)
WHEN = ("20300101170000+0800", "20300101171500+0800")


@pytest.fixture
def houses() -> dict[str, House]:
    """One hospital with one slot."""
    made: dict[str, House] = defaultdict(House)
    made["h"].offers["s1"] = Offer("s1", START, START + timedelta(minutes=15), "dr", "心内科")
    return made


@pytest.fixture
async def fhir(houses: dict[str, House]) -> AsyncIterator[httpx.AsyncClient]:
    """A partner of it."""
    headers = {"authorization": f"Bearer {TOKEN}", "accept": "application/fhir+json", "content-type": "application/fhir+json"}
    transport = httpx.ASGITransport(application(houses, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://hospital/h/fhir", headers=headers) as client:
        yield client


def appointment(key: str = "k1", **other: Any) -> dict[str, Any]:
    person = {"actor": {"identifier": {"system": "urn:partner:person", "value": "p1"}}, "status": "accepted"}
    return {
        "resourceType": "Appointment", "identifier": [{"system": SYSTEM, "value": key}], "status": "booked",
        "slot": [{"reference": "Slot/s1"}], "start": START.isoformat(), "end": (START + timedelta(minutes=15)).isoformat(),
        "participant": [person], **other,
    }


def refused(answer: httpx.Response) -> int:
    """Its status; whatever is refused is told in an OperationOutcome."""
    if not answer.is_success:
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.json()["issue"][0]["severity"] == "error"
    return answer.status_code


async def test_a_slot_is_booked_once_and_a_condition_that_is_met_books_nothing(fhir: httpx.AsyncClient) -> None:
    condition = {"if-none-exist": f"identifier={SYSTEM}|k1"}
    made = await fhir.post("/Appointment", json=appointment(), headers=condition)
    assert (made.status_code, made.headers["etag"]) == (201, 'W/"1"')
    again = await fhir.post("/Appointment", json=appointment(), headers=condition)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert refused(await fhir.post("/Appointment", json=appointment("k2"))) == 409
    read = await fhir.get(f"/Appointment/{made.json()['id']}")
    assert read.json()["status"] == "booked"
    found = (await fhir.get("/Appointment", params={"identifier": f"{SYSTEM}|"})).json()
    assert [one["resource"]["id"] for one in found["entry"]] == [made.json()["id"]]


async def test_only_the_newest_version_is_cancelled_and_the_slot_is_free_then(fhir: httpx.AsyncClient) -> None:
    made = (await fhir.post("/Appointment", json=appointment())).json()
    gone, path = appointment(id=made["id"], status="cancelled"), f"/Appointment/{made['id']}"
    assert refused(await fhir.put(path, json=gone)) == 428
    assert refused(await fhir.put(path, json=gone, headers={"if-match": 'W/"9"'})) == 412
    assert refused(await fhir.put(path, json=appointment(id=made["id"]), headers={"if-match": 'W/"1"'})) == 422
    assert refused(await fhir.put("/Appointment/x", json=gone, headers={"if-match": 'W/"1"'})) == 404
    assert (await fhir.put(path, json=gone, headers={"if-match": 'W/"1"'})).json()["status"] == "cancelled"
    assert (await fhir.post("/Appointment", json=appointment("k2"))).status_code == 201


@pytest.mark.parametrize(("body", "headers", "status"), [
    (appointment(), {"authorization": "Bearer x"}, 401), (appointment(), {"accept": "text/html"}, 406),
    (appointment(), {"content-type": "text/plain"}, 415), ({"resourceType": "Patient"}, {}, 400),
    (appointment(start="2030-01-01T09:00:00"), {}, 400), (appointment(identifier=[]), {}, 400),
    (appointment(other=1), {}, 400), (appointment(status="cancelled"), {}, 422),
    (appointment(slot=[{"reference": "Slot/s9"}]), {}, 409),
    (appointment(), {"if-none-exist": "identifier=urn:else|k1"}, 400),
])
async def test_what_is_no_appointment_is_refused(
    fhir: httpx.AsyncClient, houses: dict[str, House], body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    assert refused(await fhir.post("/Appointment", json=body, headers=headers)) == status
    assert houses["h"].kept == {}


@pytest.mark.parametrize("asked", [
    {}, {"start": "ge2030-01-01"}, {"start": ["ge2030-01-01T00:00:00", "lt2030-01-02T00:00:00"]}, {"practitioner": "x"},
])
async def test_a_search_says_its_period_with_zones_and_nothing_that_is_not_known(fhir: httpx.AsyncClient, asked: Any) -> None:
    assert refused(await fhir.get("/Slot", params=asked)) == 400


async def test_a_search_comes_page_by_page(fhir: httpx.AsyncClient, houses: dict[str, House]) -> None:
    for n in range(5):
        houses["h"].offers[f"t{n}"] = Offer(f"t{n}", START, START + timedelta(minutes=5), "dr", "x", blocked=n == 0)
    period = {"start": ["ge2030-01-01T00:00:00+08:00", "lt2030-01-03T00:00:00+08:00"], "_count": "2"}
    page, found = (await fhir.get("/Slot", params=period)).json(), []
    while True:
        found += [(one["resource"]["id"], one["resource"]["status"]) for one in page["entry"]]
        following = [one["url"] for one in page["link"] if one["relation"] == "next"]
        if not following:
            break
        page = (await fhir.get(following[0])).json()
    assert found == [("s1", "free"), ("t0", "busy-unavailable"), *((f"t{n}", "free") for n in range(1, 5))]


def message(kind: str = "SIU^S12^SIU_S12", control: str = "C1", **other: str) -> str:
    """A message of a partner; a segment given by its name takes the place of its own."""
    code = kind.split("^")[1]
    lines = {
        "MSH": f"MSH|^~\\&|P|P|HIS|h|20300101000000+0800||{kind}|{control}|P|2.5",
        "SCH": f"SCH|k1^P|||||BOOKED|||||^^^{WHEN[0]}^{WHEN[1]}|||||P||||P|||||{'Booked' if code == 'S12' else 'Cancelled'}",
        "PID": "PID|1||p1^^^P^PI||^^^^^^S", "RGS": "RGS|1|A", "AIG": "AIG|1|A|s1|SLOT",
    }
    return "\r".join([*(lines | other).values(), ""])


async def spoken(houses: dict[str, House], *messages: str) -> list[str]:
    """What is said to these on one connection: word and error of each."""
    async with await asyncio.start_server(Listener(houses.__getitem__).serve, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        said = []
        for one in messages:
            writer.write(b"\x0b" + one.encode() + b"\x1c\r")
            lines = (await reader.readuntil(b"\x1c\r")).decode().split("\r")
            acknowledged = next(line for line in lines if line.startswith("MSA")).split("|")
            error = next((line.split("|")[3] for line in lines if line.startswith("ERR")), "")
            said.append(f"{acknowledged[1]} {error}".strip())
        writer.close()
        await writer.wait_closed()
    return said


async def test_a_message_is_handled_once_by_its_control_id_and_an_appointment_once_by_its_name(houses: dict[str, House]) -> None:
    again, other = message(control="C2"), message(control="C3", SCH=message().split("\r")[1].replace("k1", "k2"))
    assert await spoken(houses, message(), message(), again, other) == ["AA", "AA", "AE 205", "AE 206"]
    gone = message("SIU^S15^SIU_S12", control="C4")
    assert await spoken(houses, gone, message("SIU^S15^SIU_S12", control="C5")) == ["AA", "AE 204"]
    assert [one.status for one in houses["h"].kept.values()] == ["cancelled"]


@pytest.mark.parametrize(("wrong", "told"), [
    (message("ADT^A01^ADT_A01"), "AR 200"), (message("SIU^S13^SIU_S12"), "AR 201"),
    (message().replace("|2.5", "|2.3"), "AR 203"), ("nothing", "AR 207"), (message(control="C" * 21), "AE 101"),
    (message(RGS="NTE|1"), "AE 101"), (message(PID="PID|1"), "AE 101"), (message().replace("|BOOKED|", "||"), "AE 101"),
    (message().replace(WHEN[0], "20300101"), "AE 102"), (message().replace(WHEN[0], "20301301170000+0800"), "AE 102"),
    (message(AIG="AIG|1|A|s9|SLOT"), "AE 206"),
])
async def test_what_is_no_message_of_a_scheduler_is_refused(houses: dict[str, House], wrong: str, told: str) -> None:
    assert await spoken(houses, wrong) == [told]
    assert houses["h"].kept == {}


async def test_it_fails_only_as_it_is_told_to(fhir: httpx.AsyncClient, houses: dict[str, House]) -> None:
    steer = "http://hospital/steer/h"
    assert (await fhir.post(f"{steer}/faults", json=["sleepy"])).status_code == 422
    await fhir.post(f"{steer}/faults", json=["no-done", "busy"])
    assert refused(await fhir.post("/Appointment", json=appointment())) == 409
    assert [one["key"] for one in (await fhir.get(steer)).json()["kept"]] == ["k1"]
    assert refused(await fhir.post("/Appointment", json=appointment("k2", slot=[]))) == 503
    assert (await fhir.post("/Appointment", json=appointment("k2", slot=[]))).status_code == 201


@pytest.mark.parametrize("wrong", [
    {"start": "2030-01-01T09:00:00"}, {"end": "2030-01-01T09:00:00Z"}, {"schedule": None}, {"length": 15}, {"id": 7},
])
async def test_who_steers_it_wrongly_hears_so_and_nothing_is_offered(houses: dict[str, House], wrong: dict[str, Any]) -> None:
    fit = {"id": "s2", "start": "2030-01-01T09:15:00Z", "end": "2030-01-01T17:30:00+08:00", "schedule": "dr", "specialty": "内科"}
    transport = httpx.ASGITransport(application(houses, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://hospital/steer/h") as tester:
        for body in ([fit, {**fit, **wrong}], {"id": "s2"}, None):
            assert (await tester.post("/slots", json=body)).status_code == 422
        assert set(houses["h"].offers) == {"s1"}
        moved = {"key": "k", "person": "p", "start": "2030-01-01T09:00:00", "end": "2030-01-01T09:15:00"}
        assert ((await tester.post("/kept", json=moved)).status_code, houses["h"].kept) == (422, {})
        assert (await tester.post("/slots", json=[fit])).status_code == 204
    assert set(houses["h"].offers) == {"s1", "s2"}
