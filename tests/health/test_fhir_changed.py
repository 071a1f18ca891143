"""Since when a resource says what it says, where a moment is known: `_lastUpdated`, `meta.lastUpdated`, `Last-Modified` agree."""

from datetime import datetime, timedelta

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, hospital
from builders.fhir_whole import lived_in
from builders.hospital import consents
from builders.signing_up import ends_in
from builders.world import RESIDENT

from services.health.store.resources import KINDS

KNOWN = sorted(kind for kind, rows in KINDS.items() if "_lastUpdated" in rows.params)


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    made = await hospital(health_doors)
    await lived_in(made)
    return made


def test_these_kinds_have_a_moment() -> None:
    assert KNOWN == [
        "Appointment", "AppointmentResponse", "AuditEvent", "Communication", "Consent", "Contract", "Encounter", "Provenance",
        "Task",
    ]


@pytest.mark.parametrize("kind", KNOWN)
async def test_what_changed_last_is_found_by_when(east: Hospital, kind: str) -> None:
    (one, *_) = await east.found(kind, _count=1)
    at = datetime.fromisoformat(one["meta"]["lastUpdated"])
    for prefix, ahead, is_there in (("ge", -1, True), ("lt", 1, True), ("gt", 1, False), ("lt", -1, False)):
        when = (at + timedelta(seconds=ahead)).isoformat()
        found = await east.found(kind, _id=one["id"], _lastUpdated=f"{prefix}{when}")
        assert [there["id"] for there in found] == [one["id"]] * is_there, (prefix, ahead)
    async with east.client() as client:
        answer = await client.get(f"/fhir/{kind}/{one['id']}")
        unchanged = {"if-modified-since": answer.headers["last-modified"]}
        assert (await client.get(f"/fhir/{kind}/{one['id']}", headers=unchanged)).status_code == 304


async def test_a_consent_and_a_contract_changed_when_they_did(east: Hospital) -> None:
    (before,) = await east.found("Contract")
    (row,) = await east.doors.rows("select id, answered_at from contracts")
    assert abs(datetime.fromisoformat(before["meta"]["lastUpdated"]) - row.answered_at) < timedelta(milliseconds=1)
    await ends_in(east.doors, str(row.id), "-1 day")
    (after,) = await east.found("Contract")
    assert after["meta"]["lastUpdated"] == after["applies"]["end"], "its time is over since then"
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=8)
    await consents(east.doors, RESIDENT, state="given", sequence=9)
    patient = await east.patient(RESIDENT)
    (agreed,) = await east.found("Consent", patient=patient)
    assert agreed["meta"]["lastUpdated"] == agreed["dateTime"]
