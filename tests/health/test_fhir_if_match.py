"""`If-Match: *` at the FHIR door: it is true of whatever there is, and names no version that anybody read."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from builders.doors import Doors
from builders.fhir import Hospital, fresh, hospital, issue
from builders.fhir_whole import arrived
from builders.offering import made, planned, schedule, send
from builders.visit import shifted
from builders.world import RESIDENT

Act = Callable[[Hospital, str], Awaitable[httpx.Response]]
WANTED = 428, "version-wanted"
_PATCH = [{"op": "replace", "path": "/status", "value": "cancelled"}]
_NONE = {"resourceType": "Parameters"}


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    return await hospital(health_doors)


async def _appointment(east: Hospital) -> dict[str, Any]:
    return dict((await east.get(f"Appointment/{await east.booked(RESIDENT)}")).json())


async def _put(east: Hospital, match: str) -> httpx.Response:
    now = await _appointment(east)
    return await send(east, "PUT", f"Appointment/{now['id']}", {**now, "status": "cancelled"}, if_match=match)


async def _patch(east: Hospital, match: str) -> httpx.Response:
    said = {"if_match": match, "content_type": "application/json-patch+json"}
    return await send(east, "PATCH", f"Appointment/{(await _appointment(east))['id']}", _PATCH, **said)


async def _cancel(east: Hospital, match: str) -> httpx.Response:
    return await send(east, "POST", f"Appointment/{(await _appointment(east))['id']}/$cancel", _NONE, if_match=match)


async def _move(east: Hospital, match: str) -> httpx.Response:
    key, to = (await _appointment(east))["id"], await east.offer(timedelta(days=2))
    where = {"parameter": [{"name": "slot", "valueReference": {"reference": f"Slot/{to}"}}]}
    return await send(east, "POST", f"Appointment/{key}/$reschedule", {**_NONE, **where}, if_match=match)


async def _check_in(east: Hospital, match: str) -> httpx.Response:
    key, code = (await _appointment(east))["id"], {"parameter": [{"name": "code", "valueString": "QX3LDJ2A"}]}
    return await send(east, "POST", f"Appointment/{key}/$check-in", {**_NONE, **code}, if_match=match)


async def _visit(east: Hospital, match: str) -> httpx.Response:
    key = (await _appointment(east))["id"]
    await shifted(east.doors, key, -24 * 60)
    await arrived(east, key)
    now = (await east.get(f"Encounter/{key}")).json()
    return await send(east, "PUT", f"Encounter/{key}", {**now, "status": "in-progress"}, if_match=match)


async def _slot(east: Hospital, match: str) -> httpx.Response:
    now = await made(east)
    return await send(east, "PUT", f"Slot/{now['id']}", {**now, "status": "busy-unavailable"}, if_match=match)


async def _slot_by_name(east: Hospital, match: str) -> httpx.Response:
    now = await made(east, name="a1")
    changed = {**now, "status": "busy-unavailable"}
    return await send(east, "PUT", "Slot?identifier=urn:east:slot|a1", changed, if_match=match)


async def _schedule(east: Hospital, match: str) -> httpx.Response:
    key = await schedule(east)
    return await send(east, "PUT", f"Schedule/{key}", planned(east, id=key, active=False), if_match=match)


async def _stop(east: Hospital, match: str) -> httpx.Response:
    key, said = await schedule(east), [{"name": "day", "valueDate": "2030-01-01"}, {"name": "reason", "valueCode": "other"}]
    return await send(east, "POST", f"Schedule/{key}/$stop", {**_NONE, "parameter": said}, if_match=match)


async def _release(east: Hospital, match: str) -> httpx.Response:
    return await send(east, "POST", f"Schedule/{await schedule(east)}/$release", _NONE, if_match=match)


async def _doctor(east: Hospital, match: str) -> httpx.Response:
    now = (await send(east, "POST", "Practitioner", {"resourceType": "Practitioner", "name": [{"text": "钱医生"}]})).json()
    return await send(east, "PUT", f"Practitioner/{now['id']}", {**now, "active": False}, if_match=match)


async def _entry(east: Hospital, match: str) -> httpx.Response:
    now = await _appointment(east)
    asked = {"method": "PUT", "url": f"Appointment/{now['id']}", "ifMatch": match}
    entry = {"request": asked, "resource": {**now, "status": "cancelled"}}
    async with east.client() as client:
        return await client.post("/fhir", json={"resourceType": "Bundle", "type": "transaction", "entry": [entry]})


DOORS = (
    _put, _patch, _cancel, _move, _check_in, _visit, _slot, _slot_by_name, _schedule, _stop, _release, _doctor, _entry,
)


async def _is_as_it_was(east: Hospital) -> bool:
    """Whether nothing was given back, moved, closed or begun."""
    seats = {row.state for row in await east.doors.rows("select state from appointments")}
    closed = await east.doors.rows("select id from slots where closed")
    shut = await east.doors.rows("select id from hospital_doctors where closed_at is not null")
    return seats <= {"booked", "arrived"} and not closed and not shut


@pytest.mark.parametrize("act", DOORS, ids=lambda act: act.__name__.strip("_"))
async def test_a_star_names_no_version_and_changes_nothing(east: Hospital, act: Act) -> None:
    assert issue(await act(east, "*")) == WANTED
    assert await _is_as_it_was(east)


@pytest.mark.parametrize("act", [_put, _cancel, _slot, _doctor], ids=lambda act: act.__name__.strip("_"))
async def test_a_star_in_quotes_is_a_version_that_nothing_has(east: Hospital, act: Act) -> None:
    assert issue(await act(east, '"*"')) == (412, "version-stale")


async def test_of_what_is_not_there_a_star_is_not_asked_about(east: Hospital) -> None:
    for path, body in ((f"Appointment/{fresh()}/$cancel", _NONE), (f"Schedule/{fresh()}/$release", _NONE)):
        assert issue(await send(east, "POST", path, body, if_match=" * ")) == (404, "not-found")
