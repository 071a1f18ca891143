"""Whatever is asked of any kind, and of history: an answer, or a refusal that says what is wrong."""

from urllib.parse import quote

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, fresh, hospital
from builders.fhir_whole import lived_in

from services.health.store.resources import KINDS

MODIFIERS = "", ":missing", ":not", ":identifier", ":Patient", ":x"
VALUES = "x", fresh(), "|", "ge2026-01-01", "ﬀ,\u0660,,"


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    made = await hospital(health_doors)
    await lived_in(made)
    return made


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_no_parameter_breaks_a_search(east: Hospital, kind: str) -> None:
    told = set()
    async with east.client() as client:
        for name in (*KINDS[kind].params, "_id", "_sort", "_include", "_revinclude", "_cursor", "_elements"):
            for modifier in MODIFIERS:
                for value in VALUES:
                    answer = await client.get(f"/fhir/{kind}?{name}{quote(modifier)}={quote(value)}")
                    assert answer.status_code in {200, 400}, (name, modifier, value, answer.text)
                    told.add(answer.status_code)
    assert told == {200, 400}


async def test_no_parameter_breaks_a_history(east: Hospital) -> None:
    (one, *_) = await east.found("Appointment")
    async with east.client() as client:
        for name in ("_count", "_since", "_at", "_cursor", "_format", "_sort", ""):
            for value in (*VALUES, "0", "-1", "1e3", "9" * 40, "\u0663", "9999-12-31T23:59:59Z", "0001-01-01"):
                answer = await client.get(f"/fhir/Appointment/{one['id']}/_history?{name}={quote(value)}")
                assert answer.status_code in {200, 400, 406}, (name, value, answer.text)
        for version in ("0", "-1", "+1", "1.0", "\u0661", "2147483648", "9" * 60, "%00", "1 or 1=1"):
            answer = await client.get(f"/fhir/Appointment/{one['id']}/_history/{quote(version, safe='%')}")
            assert answer.status_code == 404, version
        here = f"Appointment/{one['id']}/_history"
        for path in (f"{here}/1/_history", "Appointment/x/_history", "Appointment/_history", "_history"):
            assert (await client.get(f"/fhir/{path}")).status_code == 404, path
