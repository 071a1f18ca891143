"""Care by video: what may be asked for, by whom, of which doctor; whatever may not says why, and where to go instead."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.days import today
from builders.doors import Doors, keyed
from builders.fhir import Hospital, hospital, issue
from builders.house import entered
from builders.hut import ask, book, crowd, offer, problem
from builders.merged import Two, hear, whole
from builders.online import SENIOR, Clinic, be_video, clinic, guarded, qualify, show, six
from builders.teams import BEGINS, offered_by, team, then
from builders.world import (
    ADMIN,
    DOCTOR,
    FAR_DOCTOR,
    FAR_OFFICER,
    FAR_RESIDENT,
    HERE,
    OFFICER,
    RESIDENT,
    SECOND_RESIDENT,
    THERE,
    Person,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.health.actions import calling_off, retention
from services.health.actions.waiting import offer_all
from services.health.domain.online import Facts, Modality, VisitKind, possible
from services.health.store.waiting import wanted

FOLLOW = {"visit_kind": "follow_up"}
LATER = timedelta(hours=3)
FACTS = st.builds(
    Facts, modality=st.sampled_from(Modality), day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    practised_since=st.none() | st.dates(date(2010, 1, 1), date(2030, 1, 1)), for_children=st.booleans(), is_child=st.booleans(),
    guardian_is_there=st.booleans(), was_diagnosed=st.booleans(), hut_is_site=st.booleans(),
)


async def booked(doors: Doors, person: Person, slot: str, **more: Any) -> httpx.Response:
    return await ask(doors, person, "appointments", {"slot_id": slot, **more})


async def listed(doors: Doors, person: Person, slot: str, **claims: Any) -> dict[str, Any]:
    async with doors.client(person, **claims) as client:
        items = (await client.get("/api/v1/slots", params={"limit": 100})).json()["items"]
    return next(one for one in items if one["id"] == slot)


async def was_seen(doors: Doors, appointment: str) -> None:
    """The visit was."""
    was = "update appointments set state = 'fulfilled', arrived_at = now(), called_at = now(), ended_at = now() where id = :key"
    async with doors.whole.begin() as connection:
        await connection.execute(text(was), {"key": UUID(appointment)})


@pytest.fixture
async def east(health_doors: Doors) -> Clinic:
    return await clinic(health_doors)


@given(FACTS)
def test_a_kind_is_possible_just_where_no_law_speaks_against_it(facts: Facts) -> None:
    """An oracle of its own, as the laws are told in the handbook."""
    child = not facts.is_child or (facts.guardian_is_there and facts.for_children)
    since = facts.practised_since
    years = since is not None and (facts.day.year - since.year, facts.day.month, facts.day.day) >= (3, since.month, since.day)
    met = {
        VisitKind.CONSULTATION: child,
        VisitKind.FOLLOW_UP: child and years and facts.was_diagnosed,
        VisitKind.ASSISTED: child and years and facts.hut_is_site and facts.modality is Modality.VIDEO_HUT,
    }
    assert possible(facts) == [kind for kind in VisitKind if met[kind] and facts.modality is not Modality.IN_PERSON]


@pytest.mark.parametrize(("since", "day", "eligible"), [
    (date(2023, 3, 2), date(2026, 3, 1), False), (date(2023, 3, 2), date(2026, 3, 2), True),
    (date(2024, 2, 29), date(2027, 2, 28), False), (date(2024, 2, 29), date(2027, 3, 1), True), (None, date(2026, 3, 1), False),
])
def test_three_years_are_three_whole_years(since: date | None, day: date, eligible: bool) -> None:
    assert Facts(Modality.VIDEO_HOME, day, practised_since=since).is_eligible is eligible


async def test_a_first_visit_is_not_seen_by_video_and_is_shown_where_to_go(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    video = await east.slot()
    refused = await booked(health_doors, RESIDENT, video, **FOLLOW)
    assert problem(refused) == (409, "first-visit-in-person")
    assert (refused.json()["in_person_slot_id"], refused.json()["kinds"]) == (None, ["consultation"])
    assert "第十六条" in refused.json()["detail"]
    assert "没有可约的线下号源" in refused.json()["detail"]
    other = await entered(health_doors, "departments", hospital_id=east.hospital, name="别科")
    elsewhere = await Clinic(health_doors, east.hospital, other).slot("in_person", uuid4())
    assert (await booked(health_doors, RESIDENT, video, **FOLLOW)).json()["in_person_slot_id"] == elsewhere
    later = await east.slot("in_person")
    assert (await booked(health_doors, RESIDENT, video, **FOLLOW)).json()["in_person_slot_id"] == later, "one's own first"
    await book(health_doors, SECOND_RESIDENT, later)
    assert (await booked(health_doors, RESIDENT, video, **FOLLOW)).json()["in_person_slot_id"] == elsewhere, "what is free"
    assert await health_doors.rows("select 1 from appointments where person_id = :who", who=RESIDENT.id) == []
    made = await booked(health_doors, RESIDENT, video)
    assert (made.status_code, made.json()["visit_kind"]) == (201, "consultation"), "a consultation needs no diagnosis"


async def test_who_was_seen_in_person_in_the_department_is_followed_up_by_video(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    first = (await book(health_doors, RESIDENT, await east.slot("in_person"))).json()
    assert first["visit_kind"] is None
    video = await east.slot("video_home")
    assert problem(await booked(health_doors, RESIDENT, video, **FOLLOW)) == (409, "first-visit-in-person"), "booked is not seen"
    await was_seen(health_doors, first["id"])
    other = await clinic(health_doors, "区医院", later=LATER)
    for which, person in ((await other.slot(doctor=uuid4()), RESIDENT), (video, SECOND_RESIDENT)):
        refused = await booked(health_doors, person, which, **FOLLOW)
        assert problem(refused)[1] in {"first-visit-in-person", "doctor-consults-only"}
    made = await booked(health_doors, RESIDENT, video, **FOLLOW)
    assert (made.status_code, made.json()["visit_kind"]) == (201, "follow_up")
    await was_seen(health_doors, made.json()["id"])


async def test_what_was_by_video_is_no_diagnosis_in_person(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    made = (await booked(health_doors, RESIDENT, await east.slot())).json()
    await was_seen(health_doors, made["id"])
    assert problem(await booked(health_doors, RESIDENT, await east.slot(), **FOLLOW)) == (409, "first-visit-in-person")


async def test_a_paper_that_was_seen_at_the_hut_is_evidence_in_its_department(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    video, other = await east.slot(), await (await clinic(health_doors, "区医院", later=LATER)).slot()
    shown = await show(health_doors, RESIDENT, department_id=east.department)
    assert shown.status_code == 201, shown.text
    assert problem(await booked(health_doors, RESIDENT, other, **FOLLOW)) == (409, "first-visit-in-person")
    assert (await booked(health_doors, RESIDENT, video, **FOLLOW)).status_code == 201
    huts = await offer(health_doors, timedelta(days=20))
    await be_video(health_doors, huts)
    assert problem(await booked(health_doors, RESIDENT, huts, **FOLLOW)) == (409, "first-visit-in-person")
    assert (await show(health_doors, RESIDENT)).status_code == 201
    assert (await booked(health_doors, RESIDENT, huts, **FOLLOW)).status_code == 201


async def test_evidence_that_was_taken_back_proves_nothing_from_then_on(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    first, second = await east.slot(), await east.slot()
    shown = (await show(health_doors, RESIDENT, department_id=east.department)).json()
    assert shown["taken_back_at"] is None
    made = await booked(health_doors, RESIDENT, first, **FOLLOW)
    assert made.status_code == 201
    path = f"online-care/evidence/{shown['id']}/taking-back"
    for stranger, refused in ((RESIDENT, 403), (SECOND_RESIDENT, 404), (FAR_DOCTOR, 404), (OFFICER, 403)):
        assert (await ask(health_doors, stranger, path)).status_code in {refused, 404}
    assert (await listed(health_doors, RESIDENT, second))["kinds"] == ["consultation", "follow_up"]
    answers = await asyncio.gather(*(ask(health_doors, DOCTOR, path) for _ in range(12)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["taken_back_at"] for one in answers}) == 1, "said again it changes nothing"
    audited = await health_doors.rows("select actor_id from audit where action = 'evidence.take_back'")
    assert [row.actor_id for row in audited] == [DOCTOR.id]
    assert (await listed(health_doors, RESIDENT, second))["kinds"] == ["consultation"]
    assert problem(await booked(health_doors, RESIDENT, second, **FOLLOW)) == (409, "first-visit-in-person")
    assert (await show(health_doors, RESIDENT, department_id=east.department)).status_code == 201
    assert (await booked(health_doors, RESIDENT, second, **FOLLOW)).status_code == 201, "another paper is another proof"


@pytest.mark.parametrize(("said", "status", "eligible"), [
    ({}, 201, True), ({"practised_since": str(today(-900))}, 409, False),
    ({"practised_since": str(today())}, 409, False),
])
async def test_a_doctor_without_three_years_consults_only(
    health_doors: Doors, east: Clinic, said: dict[str, Any], status: int, eligible: bool,
) -> None:
    await show(health_doors, RESIDENT, department_id=east.department)
    video = await east.slot()
    assert problem(await booked(health_doors, RESIDENT, video, **FOLLOW)) == (409, "doctor-consults-only"), "unknown"
    assert (await qualify(health_doors, **said)).status_code == 200
    assert (await listed(health_doors, RESIDENT, video))["kinds"] == ["consultation"] + ["follow_up"] * eligible
    assert (await booked(health_doors, RESIDENT, video, **FOLLOW)).status_code == status


async def test_the_nearest_areas_last_word_of_a_doctor_holds(health_doors: Doors, east: Clinic) -> None:
    await show(health_doors, RESIDENT, department_id=east.department)
    video = await east.slot()
    for said in ({"practised_since": str(today())}, {}, {"practised_since": str(today())}):
        assert (await qualify(health_doors, **said)).status_code == 200
    answers = await asyncio.gather(*(qualify(health_doors) for _ in range(12)))
    assert {one.status_code for one in answers} == {200}
    assert len(await health_doors.rows("select 1 from qualifications")) == 1
    assert (await listed(health_doors, RESIDENT, video))["kinds"] == ["consultation", "follow_up"]


async def test_doctor_to_doctor_is_in_a_hut_that_its_hospital_calls_a_place_of_its_own(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    hut, home = await east.slot(), await east.slot("video_home")
    wish = {"visit_kind": "assisted"}
    assert problem(await booked(health_doors, RESIDENT, hut, **wish)) == (409, "hut-no-medical-site"), "without a word it is none"
    said = {"hospital_id": east.hospital}
    answers = await asyncio.gather(*(
        ask(health_doors, OFFICER, "online-care/sites", {**said, "is_site": True}) for _ in range(12)
    ))
    assert sorted(one.json()["version"] for one in answers) == list(range(1, 13))
    other = await clinic(health_doors, "区医院", later=LATER)
    assert problem(await booked(health_doors, RESIDENT, await other.slot(), **wish)) == (409, "hut-no-medical-site")
    assert problem(await booked(health_doors, RESIDENT, home, **wish)) == (409, "kind-not-offered")
    assert (await listed(health_doors, RESIDENT, hut))["kinds"] == ["consultation", "assisted"]
    assert (await booked(health_doors, RESIDENT, hut, **wish)).json()["visit_kind"] == "assisted"
    assert (await ask(health_doors, OFFICER, "online-care/sites", {**said, "is_site": False})).json()["version"] == 13
    assert problem(await booked(health_doors, SECOND_RESIDENT, await east.slot(), **wish)) == (409, "hut-no-medical-site")


async def test_what_is_in_person_has_no_kind(health_doors: Doors) -> None:
    slot = await offer(health_doors)
    assert problem(await booked(health_doors, RESIDENT, slot, visit_kind="consultation")) == (409, "kind-not-offered")
    item = await listed(health_doors, RESIDENT, slot)
    assert (item["modality"], item["kinds"]) == ("in_person", [])
    assert (await booked(health_doors, RESIDENT, slot)).json()["visit_kind"] is None


async def acted_for(doors: Doors, child: Person, guardian: Person, path: str, body: object) -> httpx.Response:
    scope = "slots.read health.book holds.use appointments.read appointments.move"
    async with doors.client(child, client_id="guohuai.proxy", scope=scope, act={"sub": str(guardian.id)}) as client:
        return await client.post(f"/api/v1/{path}", json=body, headers=keyed())


async def test_a_child_is_seen_by_video_with_its_guardian_by_a_doctor_who_is_fit_for_children(health_doors: Doors) -> None:
    child, parent = RESIDENT, SECOND_RESIDENT
    (stranger,) = await crowd(health_doors, 1)
    proxy = await guarded(health_doors, child, parent)
    video, face = await offer(health_doors), await offer(health_doors, timedelta(days=2))
    await be_video(health_doors, video, "video_home")
    alone = await booked(health_doors, child, video)
    assert (problem(alone), alone.json()["in_person_slot_id"]) == ((409, "child-needs-guardian"), face)
    wish = {"slot_id": video}
    assert problem(await acted_for(health_doors, child, stranger, "appointments", wish)) == (409, "child-needs-guardian")
    assert problem(await acted_for(health_doors, child, parent, "appointments", wish)) == (409, "doctor-not-for-children")
    await qualify(health_doors, for_children=True, practised_since=str(today()))
    assert (await listed(health_doors, child, video))["kinds"] == []
    acting = {"client_id": "guohuai.proxy", "scope": "slots.read", "act": {"sub": str(parent.id)}}
    assert (await listed(health_doors, child, video, **acting))["kinds"] == ["consultation"]
    assert problem(await ask(health_doors, child, "holds", wish)) == (409, "child-needs-guardian")
    held = await acted_for(health_doors, child, parent, "holds", wish)
    assert held.json()["visit_kind"] == "consultation"
    confirmed = {"hold_id": held.json()["id"]}
    assert problem(await ask(health_doors, child, "appointments", confirmed)) == (409, "child-needs-guardian")
    assert (await acted_for(health_doors, child, parent, "appointments", confirmed)).status_code == 201
    assert (await booked(health_doors, child, face)).status_code == 201, "in person nobody asks"
    await guarded(health_doors, child, parent, change="ended", proxy=proxy, sequence=2)
    later = await offer(health_doors, timedelta(days=3))
    await be_video(health_doors, later)
    assert (await booked(health_doors, child, later)).status_code == 201, "who has no guardian is none"


async def test_the_hut_books_for_a_child_with_its_guardian_beside_but_nobody_for_their_own_self(health_doors: Doors) -> None:
    await guarded(health_doors, RESIDENT, SECOND_RESIDENT)
    await qualify(health_doors, for_children=True)
    video = await offer(health_doors)
    await be_video(health_doors, video)
    made = await ask(health_doors, DOCTOR, "appointments/at-the-hut", {"slot_id": video, "person_id": str(RESIDENT.id)})
    assert (made.status_code, made.json()["visit_kind"]) == (201, "consultation")
    refused = await ask(health_doors, DOCTOR, "appointments/at-the-hut", {
        "slot_id": await _video(health_doors), "person_id": str(SECOND_RESIDENT.id), **FOLLOW,
    })
    assert problem(refused) == (409, "first-visit-in-person"), "the hut passes no law by"


async def _video(doors: Doors, days: int = 5) -> str:
    slot = await offer(doors, timedelta(days=days))
    await be_video(doors, slot)
    return slot


async def test_identitys_word_of_a_guardian_that_comes_late_changes_nothing(health_doors: Doors) -> None:
    proxy = await guarded(health_doors, RESIDENT, SECOND_RESIDENT, change="ended", sequence=5)
    await guarded(health_doors, RESIDENT, SECOND_RESIDENT, change="given", proxy=proxy, sequence=4)
    assert (await booked(health_doors, RESIDENT, await _video(health_doors))).status_code == 201


@pytest.mark.parametrize("first", ["given", "six"])
async def test_a_child_that_turned_six_is_seen_as_everybody_whichever_word_comes_first(health_doors: Doors, first: str) -> None:
    proxy, other = uuid4(), await guarded(health_doors, RESIDENT, DOCTOR)
    assert problem(await booked(health_doors, RESIDENT, await _video(health_doors, 4))) == (409, "child-needs-guardian")
    for one in ("given", "six", "six") if first == "given" else ("six", "given"):
        if one == "given":
            await guarded(health_doors, RESIDENT, SECOND_RESIDENT, proxy=proxy)
        else:
            await six(health_doors, RESIDENT, SECOND_RESIDENT, proxy)
    slot = await _video(health_doors)
    assert "consultation" in (await listed(health_doors, RESIDENT, slot))["kinds"]
    assert (await booked(health_doors, RESIDENT, slot)).status_code == 201, "of two guardians the word about one is enough"
    rows = {row.proxy_id: row.lasts for row in await health_doors.rows("select proxy_id, lasts from guardians")}
    assert rows == {proxy: True, other: True}
    await guarded(health_doors, SECOND_RESIDENT, DOCTOR)
    assert problem(await booked(health_doors, SECOND_RESIDENT, await _video(health_doors, 6))) == (409, "child-needs-guardian")


async def test_that_a_child_turned_six_makes_nobody_a_guardian(health_doors: Doors) -> None:
    await six(health_doors, RESIDENT, SECOND_RESIDENT, uuid4())
    (row,) = await health_doors.rows("select lasts from guardians")
    assert row.lasts is False


async def test_a_hold_is_judged_again_when_it_is_booked_and_may_become_another_kind(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    held = (await ask(health_doors, RESIDENT, "holds", {"slot_id": await east.slot()})).json()
    wish = {"hold_id": held["id"], **FOLLOW}
    assert problem(await ask(health_doors, RESIDENT, "appointments", wish)) == (409, "first-visit-in-person")
    await show(health_doors, RESIDENT, department_id=east.department)
    made = await ask(health_doors, RESIDENT, "appointments", wish)
    assert (made.status_code, made.json()["visit_kind"]) == (201, "follow_up")


async def test_who_moves_a_follow_up_is_judged_where_they_move_to(health_doors: Doors, east: Clinic) -> None:
    await qualify(health_doors)
    await show(health_doors, RESIDENT, department_id=east.department)
    made = (await booked(health_doors, RESIDENT, await east.slot(), **FOLLOW)).json()
    other = await clinic(health_doors, "区医院", later=LATER)
    path = f"appointments/{made['id']}/rescheduling"
    assert problem(await ask(health_doors, RESIDENT, path, {"slot_id": await other.slot()})) == (409, "first-visit-in-person")
    moved = await ask(health_doors, RESIDENT, path, {"slot_id": await east.slot("video_home")})
    assert (moved.status_code, moved.json()["visit_kind"]) == (201, "follow_up"), "it stays what it was"
    path = f"appointments/{moved.json()['id']}/rescheduling"
    assert (await ask(health_doors, RESIDENT, path, {"slot_id": await east.slot("in_person")})).json()["visit_kind"] is None


async def test_any_doctor_of_a_team_by_video_is_one_who_may(health_doors: Doors) -> None:
    unit, doctors = await team(health_doors, 4)
    slots = await offered_by(health_doors, doctors)
    await show(health_doors, RESIDENT)
    wish = {**then(unit), **FOLLOW}
    assert problem(await ask(health_doors, RESIDENT, "appointments", wish)) == (404, "not-found")
    for slot in slots[:3]:
        await be_video(health_doors, slot)
    await qualify(health_doors, doctors[3])
    assert problem(await ask(health_doors, RESIDENT, "appointments", wish)) == (404, "not-found"), "theirs is in person"
    await qualify(health_doors, doctors[1])
    made = await ask(health_doors, RESIDENT, "appointments", wish)
    assert (made.status_code, made.json()["slot_id"], made.json()["visit_kind"]) == (201, slots[1], "follow_up"), BEGINS


async def test_what_a_line_offers_by_video_is_a_consultation_and_of_a_child_its_guardian_asked(health_doors: Doors) -> None:
    await qualify(health_doors, for_children=True)
    await guarded(health_doors, RESIDENT, SECOND_RESIDENT)
    (other,) = await crowd(health_doors, 1)
    slot = await _video(health_doors)
    kept = (await booked(health_doors, other, slot)).json()["id"]
    wish = {"what": "slot", "target_id": slot}
    assert (await ask(health_doors, RESIDENT, "waits", wish)).status_code == 201
    assert (await ask(health_doors, SECOND_RESIDENT, "waits", wish)).status_code == 201
    await ask(health_doors, other, f"appointments/{kept}/cancellation")
    async with health_doors.running.database.reading() as work:
        assert [row.person_id for row in await wanted(work)] == [SECOND_RESIDENT.id], "nothing is tried in vain each second"
    await offer_all(health_doors.running)
    held = await health_doors.rows("select person_id, visit_kind from appointments where state = 'held'")
    assert [(row.person_id, row.visit_kind) for row in held] == [(SECOND_RESIDENT.id, "consultation")]


async def test_of_a_child_for_whom_its_guardian_waits_the_line_offers_it(health_doors: Doors) -> None:
    await qualify(health_doors, for_children=True)
    await guarded(health_doors, RESIDENT, SECOND_RESIDENT)
    slot = await _video(health_doors)
    kept = (await booked(health_doors, SECOND_RESIDENT, slot)).json()["id"]
    wish = {"what": "slot", "target_id": slot}
    assert (await acted_for(health_doors, RESIDENT, SECOND_RESIDENT, "waits", wish)).status_code == 201
    await ask(health_doors, SECOND_RESIDENT, f"appointments/{kept}/cancellation")
    await offer_all(health_doors.running)
    held = await health_doors.rows("select person_id from appointments where state = 'held'")
    assert [row.person_id for row in held] == [RESIDENT.id]


async def test_who_was_to_come_in_person_is_offered_no_camera_when_it_is_called_off(health_doors: Doors, east: Clinic) -> None:
    face, camera, later = await east.slot("in_person"), await east.slot(), await east.slot("in_person")
    await book(health_doors, RESIDENT, face)
    async with health_doors.whole.begin() as connection:
        off = "update slots set closed = true, called_off = 'illness', called_off_at = now() where id = :slot"
        await connection.execute(text(off), {"slot": UUID(face)})
    await calling_off.tell_all(health_doors.running)
    held = await health_doors.rows("select slot_id from appointments where state = 'held'")
    assert [str(row.slot_id) for row in held] == [later] != [camera]


async def test_a_schedule_by_video_makes_times_by_video(health_doors: Doors) -> None:
    said = {
        "area": HERE, "doctor_id": str(DOCTOR.id), "weekdays": [1, 2, 3, 4, 5, 6, 7], "begins": "09:00", "ends": "10:00",
        "minutes": 30, "first_day": str(today(1)), "on_holidays": True, "modality": "video_hut",
    }
    assert (await ask(health_doors, OFFICER, "schedules", said)).json()["modality"] == "video_hut"
    async with health_doors.client(RESIDENT) as client:
        for modality, some in (("video_hut", True), ("in_person", False)):
            found = (await client.get("/api/v1/slots", params={"modality": modality})).json()
            assert (found["total"] > 0) is some
            assert {one["modality"] for one in found["items"]} == ({modality} if some else set())


async def test_nothing_that_was_booked_before_is_another_thing_now(health_doors: Doors) -> None:
    made = (await book(health_doors, RESIDENT, await offer(health_doors))).json()
    async with health_doors.whole.begin() as connection:
        how = await connection.scalar(text("select modality from slots"))
        with pytest.raises(Exception, match="ck_appointments_visit_kind"):
            await connection.execute(text("update appointments set visit_kind = 'chat'"))
    assert (how, made["visit_kind"]) == ("in_person", None)


def at_fhir(slot: str, patient: str, kind: str | None) -> dict[str, Any]:
    typed = {"appointmentType": {"coding": [{"system": "urn:guohuai:visit-kind", "code": kind}]}} if kind else {}
    whom = [{"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"}]
    wish = {"resourceType": "Appointment", "status": "booked", "slot": [{"reference": f"Slot/{slot}"}], "participant": whom}
    return wish | typed


async def test_a_hospitals_program_passes_the_same_gate(health_doors: Doors) -> None:
    theirs: Hospital = await hospital(health_doors)
    there = Clinic(health_doors, theirs.id, theirs.department)
    await book(health_doors, RESIDENT, await there.slot("in_person"))
    patient, video = await theirs.patient(RESIDENT), await there.slot()
    await qualify(health_doors)
    wish = at_fhir(video, patient, "follow_up")
    held = {"resourceType": "Parameters", "parameter": [{"name": "appointment-resource", "resource": wish}]}
    async with theirs.client() as client:
        for path, body in (("Appointment", wish), ("Appointment/$book", held), ("Appointment/$hold", held)):
            assert issue(await client.post(f"/fhir/{path}", json=body)) == (409, "first-visit-in-person"), path
        for odd in ("chat", 7, ["follow_up"]):
            assert issue(await client.post("/fhir/Appointment", json=at_fhir(video, patient, odd)))[0] == 400  # type: ignore[arg-type]
        assert (await client.post("/fhir/Appointment", json={**wish, "appointmentType": "FOLLOWUP"})).status_code == 400
        await show(health_doors, RESIDENT, department_id=theirs.department)
        made = await client.post("/fhir/Appointment", json=wish)
        assert made.status_code == 201, made.text
        assert made.json()["appointmentType"]["coding"][0]["code"] == "follow_up"
        assert "appointmentType" not in (await client.get("/fhir/Appointment")).json()["entry"][0]["resource"]


async def test_who_enters_and_who_reads_it(health_doors: Doors, east: Clinic) -> None:
    for person, status in ((RESIDENT, 404), (DOCTOR, 403), (FAR_OFFICER, 404)):
        assert (await qualify(health_doors, by=person)).status_code == status
        answer = await ask(health_doors, person, "online-care/sites", {"hospital_id": east.hospital, "is_site": True})
        assert answer.status_code == status
    for person, status in ((RESIDENT, 404), (OFFICER, 404), (FAR_DOCTOR, 404)):
        assert (await show(health_doors, SECOND_RESIDENT, by=person)).status_code == status
    assert (await qualify(health_doors, by=ADMIN)).status_code == 200
    assert problem(await qualify(health_doors, RESIDENT.id)) == (422, "not-a-doctor-here")
    assert (await show(health_doors, RESIDENT)).status_code == 201
    for name, person, many in (
        ("qualifications", RESIDENT, 1), ("qualifications", FAR_RESIDENT, 0), ("evidence", RESIDENT, 1),
        ("evidence", SECOND_RESIDENT, 0), ("evidence", DOCTOR, 1), ("evidence", FAR_DOCTOR, 0), ("evidence", OFFICER, 0),
    ):
        async with health_doors.client(person) as client:
            assert (await client.get(f"/api/v1/online-care/{name}")).json()["total"] == many, (name, person)
    audited = await health_doors.rows("select action from audit where action in ('online_care.keep', 'evidence.record')")
    assert sorted(row.action for row in audited) == ["evidence.record", "online_care.keep"]


async def test_what_is_no_evidence_is_refused_and_kept_nowhere(health_doors: Doors) -> None:
    far = await entered(health_doors, "hospitals", person=FAR_OFFICER, area=THERE, name="远医院")
    department = await entered(health_doors, "departments", person=FAR_OFFICER, hospital_id=far)
    for refused, name in (
        (await show(health_doors, RESIDENT, day=str(today(1))), (422, "evidence-unfit")),
        (await show(health_doors, DOCTOR), (403, "evidence-of-oneself")),
        (await show(health_doors, FAR_RESIDENT), (422, "not-a-resident-here")),
        (await show(health_doors, RESIDENT, department_id=department), (422, "department-not-here")),
        (await show(health_doors, RESIDENT, department_id=str(uuid4())), (422, "department-not-here")),
        (await show(health_doors, RESIDENT, proof="gossip"), (422, "invalid-request")),
    ):
        assert problem(refused) == name
    assert await health_doors.rows("select 1 from evidence") == []


async def test_evidence_is_handed_out_moved_with_its_person_and_forgotten(health_doors: Doors) -> None:
    await show(health_doors, RESIDENT)
    await guarded(health_doors, RESIDENT, OFFICER)
    held = health_doors.running.service.personal
    assert held is not None
    two = Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)
    before = await whole(health_doors, "evidence", "guardians")
    await hear(health_doors, two.merged)
    assert [row.person_id for row in await health_doors.rows("select person_id from evidence")] == [SECOND_RESIDENT.id]
    assert [row.child_id for row in await health_doors.rows("select child_id from guardians")] == [SECOND_RESIDENT.id]
    await hear(health_doors, two.split)
    assert await whole(health_doors, "evidence", "guardians") == before
    async with health_doors.running.database.reading() as work:
        (told,) = (await held.export(work, RESIDENT.id))["evidence"]
    assert (told["proof"], told["day"]) == ("discharge", str(today()))
    assert await health_doors.running.database.do(lambda work: held.erase(work, RESIDENT.id)) == 1
    assert await whole(health_doors, "evidence", "guardians") == {"evidence": [], "guardians": []}


async def test_after_three_years_no_evidence_is_kept(health_doors: Doors) -> None:
    await show(health_doors, RESIDENT)
    for days, left in ((1094, 1), (1096, 0)):
        async with health_doors.whole.begin() as connection:
            await connection.execute(text(f"update evidence set recorded_at = now() - interval '{days} days'"))
        await retention.run(health_doors.running)
        assert len(await health_doors.rows("select 1 from evidence")) == left


def test_who_practises_since_then_practises_for_more_than_three_years() -> None:
    assert Facts(Modality.VIDEO_HUT, today(), practised_since=SENIOR).is_eligible
