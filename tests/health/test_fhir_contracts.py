"""Who has signed with a team of family doctors, at the FHIR door: ids alone, while the person lets hospitals be told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.fhir import Hospital, accepted, fresh, hospital, issue
from builders.hospital import consents
from builders.hut import ask
from builders.signing_up import Team, ends_in, team
from builders.world import DOCTOR, RESIDENT, SECOND_RESIDENT
from sqlalchemy import text

from contracts.area import Role

KINDS = "CareTeam", "Contract"


@pytest.fixture
async def east(health_doors: Doors) -> Hospital:
    """Whom it knows already."""
    made = await hospital(health_doors)
    await made.booked(RESIDENT)
    return made


@pytest.fixture
async def ours(health_doors: Doors) -> Team:
    return await team(health_doors)


async def only(one: Hospital, kind: str) -> dict[str, Any]:
    (made,) = await one.found(kind)
    assert accepted(made)
    return made


async def test_who_has_signed_has_a_team_and_a_contract_by_ids_alone(east: Hospital, ours: Team) -> None:
    key = await ours.signed(RESIDENT)
    name = await east.patient(RESIDENT)
    kept, paper = await only(east, "CareTeam"), await only(east, "Contract")
    assert (kept["status"], kept["subject"]) == ("active", {"reference": f"Patient/{name}"})
    assert kept["participant"] == [{"member": {"reference": f"Practitioner/{ours.doctor.id}"}}]
    assert (paper["status"], paper["subject"]) == ("executed", [{"reference": f"Patient/{name}"}])
    assert paper["topicReference"] == {"reference": f"CareTeam/{kept['id']}"}
    assert [one["party"]["reference"] for one in paper["signer"]] == [f"Patient/{name}", f"Practitioner/{ours.doctor.id}"]
    assert (kept["period"], paper["applies"]["end"]) == (paper["applies"], kept["period"]["end"])
    shown = json.dumps([kept, paper])
    assert not any(word in shown for word in (key, str(RESIDENT.id), str(ours.id), "某某", "家庭医生团队"))
    assert kept["id"] != paper["id"]


async def test_what_was_only_asked_for_is_nobodys(east: Hospital, ours: Team) -> None:
    key = (await ours.asked(RESIDENT)).json()["id"]
    assert await east.found("CareTeam") == await east.found("Contract") == []
    assert (await ours.act(ours.doctor, key, "declining")).status_code == 200
    assert await east.found("CareTeam") == await east.found("Contract") == []


async def test_what_the_team_offered_was_signed_the_other_way_round(east: Hospital, ours: Team) -> None:
    body = {"team_id": str(ours.id), "person_id": str(RESIDENT.id)}
    key = (await ask(east.doors, ours.doctor, "contracts/at-the-hut", body)).json()["id"]
    assert (await ours.act(RESIDENT, key, "signature")).status_code == 200
    (patient, staff) = (await only(east, "Contract"))["signer"]
    assert patient["signature"][0]["when"] > staff["signature"][0]["when"], "the team's word came first"
    assert staff["party"] == {"reference": f"Practitioner/{ours.doctor.id}"}


async def test_it_stands_as_the_clock_says(east: Hospital, ours: Team) -> None:
    key = await ours.signed(RESIDENT)
    for span, kept, paper in (
        ("1 day", "active", "executed"), ("-1 day", "inactive", "resolved"), ("2 years", "proposed", "executed"),
    ):
        await ends_in(east.doors, key, span)
        assert ((await only(east, "CareTeam"))["status"], (await only(east, "Contract"))["status"]) == (kept, paper), span
        for kind, status in (("CareTeam", kept), ("Contract", paper)):
            assert len(await east.found(kind, status=status)) == 1
            assert await east.found(kind, status="suspended") == []
    await ends_in(east.doors, key, "1 day")
    assert (await ours.act(RESIDENT, key, "termination", {"reason": "moved"})).status_code == 200
    assert ((await only(east, "CareTeam"))["status"], (await only(east, "Contract"))["status"]) == ("inactive", "terminated")


async def test_each_is_found_by_what_it_says(east: Hospital, ours: Team) -> None:
    await ours.signed(RESIDENT)
    name = await east.patient(RESIDENT)
    today, ago = datetime.now(UTC).date(), datetime.now(UTC).date() - timedelta(days=400)
    for kind in KINDS:
        assert len(await east.found(kind, patient=f"Patient/{name}")) == 1
        assert await east.found(kind, patient=fresh()) == []
        page = (await east.get(kind, _include=f"{kind}:patient")).json()["entry"]
        assert [(one["search"]["mode"], one["resource"]["id"] == name) for one in page] == [("match", False), ("include", True)]
    for kind, how, there in (
        ("CareTeam", {"participant": f"Practitioner/{ours.doctor.id}"}, 1), ("CareTeam", {"participant": fresh()}, 0),
        ("CareTeam", {"participant": "x"}, 0), ("CareTeam", {"participant": f"Patient/{ours.doctor.id}"}, 0),
        ("CareTeam", {"participant:identifier": f"urn:guohuai:doctor|{ours.doctor.id}"}, 1),
        ("CareTeam", {"participant:missing": "false"}, 1), ("CareTeam", {"participant:missing": "true"}, 0),
        ("CareTeam", {"date": f"ge{today}"}, 1), ("CareTeam", {"date": f"lt{ago}"}, 0),
        ("Contract", {"signer": f"Patient/{name}"}, 1), ("Contract", {"signer": f"Practitioner/{ours.doctor.id}"}, 1),
        ("Contract", {"signer": f"Practitioner/{name}"}, 0), ("Contract", {"signer": fresh()}, 0),
    ):
        assert len(await east.found(kind, **how)) == there, (kind, how)
    assert issue(await east.get("CareTeam", **{"participant:missing": "x"})) == (400, "parameter-refused")
    other = DOCTOR
    await ours.joined(other, Role.DOCTOR, ours.id)
    (kept,) = await east.found("CareTeam", participant=str(other.id))
    assert len(kept["participant"]) == 2
    async with east.doors.whole.begin() as connection:
        over = text("update directory_assignments set ends_at = now() - interval '1 hour' where unit_id = :unit")
        await connection.execute(over, {"unit": ours.id})
    (kept,) = await east.found("CareTeam", **{"participant:missing": "true"})
    assert "participant" not in kept, "who serves in it no more is none of it"


async def test_it_is_gone_with_consent_and_another_hospital_knows_it_by_no_name_of_this_one(east: Hospital, ours: Team) -> None:
    await ours.signed(RESIDENT)
    await ours.signed(SECOND_RESIDENT)
    keys = {kind: (await only(east, kind))["id"] for kind in KINDS}
    west = await hospital(east.doors, "西郊医院")
    assert await west.found("CareTeam") == await west.found("Contract") == [], "whom it never saw it knows nothing of"
    await west.booked(RESIDENT, await west.offer(timedelta(days=2)))
    for kind, key in keys.items():
        assert (await only(west, kind))["id"] != key
        assert issue(await west.get(f"{kind}/{key}")) == (404, "not-found")
        assert (await east.get(f"{kind}/{key}")).status_code == 200
    await consents(east.doors, RESIDENT, state="withdrawn", sequence=9)
    for kind, key in keys.items():
        assert await east.found(kind) == []
        assert issue(await east.get(f"{kind}/{key}")) == (403, "consent-withdrawn")
        assert issue(await east.get(f"{kind}/{fresh()}")) == (404, "not-found")


async def test_looking_is_audited_and_told_and_who_is_forgotten_has_none(east: Hospital, ours: Team) -> None:
    await ours.signed(RESIDENT)
    key = (await only(east, "Contract"))["id"]
    marks = await east.doors.rows("select actor_id from audit where subject = :s", s=f"contract/{key}")
    assert [row.actor_id for row in marks] == [east.program.id]
    assert (await east.doors.said()).count("health.record_shown.v1") == 1
    async with east.doors.whole.begin() as connection:
        await connection.execute(text("delete from contracts"))
    assert await east.found("CareTeam") == await east.found("Contract") == []
    assert issue(await east.get(f"Contract/{key}")) == (404, "not-found")
