"""Whose guardian somebody is, at the FHIR door: that a patient has one, by an id, and not who it is."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, fresh, hospital, issue
from builders.hospital import consents
from builders.online import guarded
from builders.world import RESIDENT, SECOND_RESIDENT


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    """A child whom it knows, and whose guardian it knows too."""
    made = await hospital(health_doors)
    for person, n in ((RESIDENT, 1), (SECOND_RESIDENT, 2)):
        await made.booked(person, await made.offer(timedelta(days=n)))
    return made


async def test_that_a_patient_has_a_guardian_is_told_and_who_it_is_not(east: Hospital) -> None:
    assert await east.found("RelatedPerson") == []
    proxy = uuid4()
    await guarded(east.doors, RESIDENT, SECOND_RESIDENT, proxy=proxy)
    child, guardian = await east.patient(RESIDENT), await east.patient(SECOND_RESIDENT)
    (one,) = await east.found("RelatedPerson")
    assert accepted(one)
    assert (one["patient"], one["active"]) == ({"reference": f"Patient/{child}"}, True)
    assert one["relationship"][0]["coding"][0]["code"] == "GUARD"
    assert not any(str(word) in json.dumps(one) for word in (proxy, guardian, RESIDENT.id, SECOND_RESIDENT.id))
    for how, there in (
        ({"patient": child}, 1), ({"patient": guardian}, 0), ({"patient": fresh()}, 0), ({"active": "true"}, 1),
        ({"active": "false"}, 0), ({"relationship": "GUARD"}, 1), ({"relationship": "MTH"}, 0),
    ):
        assert len(await east.found("RelatedPerson", **how)) == there, how
    marks = await east.doors.rows("select actor_id from audit where subject = :s", s=f"relatedperson/{one['id']}")
    assert {row.actor_id for row in marks} == {east.program.id}
    await guarded(east.doors, RESIDENT, SECOND_RESIDENT, change="ended", proxy=proxy, sequence=2)
    assert await east.found("RelatedPerson") == []
    assert issue(await east.get(f"RelatedPerson/{one['id']}")) == (404, "not-found")


async def test_it_is_gone_with_consent_and_each_hospital_has_a_name_of_its_own(east: Hospital) -> None:
    await guarded(east.doors, RESIDENT, SECOND_RESIDENT)
    (one,) = await east.found("RelatedPerson")
    west = await hospital(east.doors, "西郊医院")
    await west.booked(SECOND_RESIDENT, await west.offer(timedelta(days=4)))
    assert await west.found("RelatedPerson") == [], "the guardian it knows, and not the child"
    await west.booked(RESIDENT, await west.offer(timedelta(days=5)))
    (theirs,) = await west.found("RelatedPerson")
    assert theirs["id"] != one["id"]
    assert issue(await west.get(f"RelatedPerson/{one['id']}")) == (404, "not-found")
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    assert await east.found("RelatedPerson") == []
    assert issue(await east.get(f"RelatedPerson/{one['id']}")) == (403, "consent-withdrawn")
