"""A hospital's own seats: read in, taken here first, asked for outside any transaction; what it answers is made so once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from builders.doors import Doors
from builders.hospital import Beside, beside
from builders.house import enter, entered, lie
from builders.hut import ask, book, crowd, offer, problem
from builders.world import DOCTOR, OFFICER, RESIDENT, SECOND_RESIDENT

from deploy.local.layout import Layout
from services.health import jobs
from services.health.actions import asks
from services.health.domain.hospital import shares

BOOKED, CANCELLED = "health.appointment_booked.v1", "health.appointment_cancelled.v1"
SUBMITTED, REJECTED = "health.appointment_submitted.v1", "health.appointment_rejected.v1"
UNANSWERED, WITHDRAWN = "health.appointment_unanswered.v1", "health.appointment_withdrawn.v1"


@pytest.fixture(params=["fhir", "hl7v2", "soap"])
async def theirs(health_doors: Doors, stack: Layout, request: pytest.FixtureRequest) -> Beside:
    """A hospital whose seats are its own, over each wire."""
    return await beside(health_doors, stack, adapter=request.param)


async def told(doors: Doors) -> list[str]:
    return [topic for topic in await doors.said() if topic.startswith("health.appointment")]


async def test_their_slots_are_offered_here_and_a_yes_books(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    assert await theirs.sim.kept() == []  # nobody is asked inside the transaction
    assert problem(await book(theirs.doors, SECOND_RESIDENT, slot)) == (409, "slot-taken")
    assert await theirs.ask() == 1
    (kept,) = await theirs.sim.kept()
    (row,) = await theirs.doors.rows("select state, external_ref from appointments")
    assert (row.state, kept["key"], kept["person"]) == ("booked", made, theirs.known_as(RESIDENT.id))
    assert row.external_ref in {kept["ref"], made}  # an acknowledgment of HL7 v2 does not say what they call it
    assert await told(theirs.doors) == [SUBMITTED, BOOKED]
    assert await theirs.ask() == 0


async def test_a_no_frees_the_seat_and_the_slot_is_sold_again_once_the_hospital_says_so(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.sim.fail("no")
    await theirs.ask()
    assert (await theirs.state(made), await theirs.sim.kept()) == ("rejected", [])
    assert await told(theirs.doors) == [SUBMITTED, REJECTED]
    assert problem(await book(theirs.doors, SECOND_RESIDENT, slot)) == (409, "slot-closed")
    assert slot in (await theirs.read()).values()
    await theirs.submitted(SECOND_RESIDENT, slot)


async def test_who_was_faster_at_the_hospital_has_the_slot(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    (row,) = await theirs.doors.rows("select starts_at, ends_at from slots")
    of_another = {"key": "x", "person": "y", "start": row.starts_at.isoformat(), "end": row.ends_at.isoformat(), "slot": "dr-1-0"}
    await theirs.sim.steer("kept", of_another)
    await theirs.ask()
    assert await theirs.state(made) == "rejected"
    assert await theirs.read() == {}


@pytest.mark.parametrize("fault", ["silent-before", "silent-after", "cut-before", "cut-after", "nonsense"])
async def test_silence_is_neither_yes_nor_no_and_the_seat_stays(theirs: Beside, fault: str) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.sim.fail(fault, fault)
    await theirs.ask()
    assert await theirs.state(made) == "unknown"
    assert problem(await book(theirs.doors, SECOND_RESIDENT, slot)) == (409, "slot-taken")
    await theirs.asked_later(1, 2, 3)
    assert await theirs.state(made) == "booked"
    (kept,) = await theirs.sim.kept()  # asked again and again, and kept once
    assert kept["key"] == made
    assert await told(theirs.doors) == [SUBMITTED, UNANSWERED, BOOKED]


async def test_a_hospital_that_cannot_have_heard_is_asked_again_and_the_person_hears_of_it_once(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.sim.fail(*["busy"] * 4)
    await theirs.ask()
    assert await theirs.state(made) == "submitted"
    await theirs.asked_later(1, 2, 3)
    assert await theirs.state(made) == "unknown"
    await theirs.asked_later(10)
    assert await theirs.state(made) == "booked"
    assert await told(theirs.doors) == [SUBMITTED, UNANSWERED, BOOKED]


async def test_what_is_given_back_is_nobodys_once_the_hospital_says_so(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.ask()
    gone = await ask(theirs.doors, DOCTOR, f"appointments/{made}/cancellation")
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelling")
    assert problem(await book(theirs.doors, SECOND_RESIDENT, slot)) == (409, "slot-taken")
    await theirs.sim.fail("cut-after")
    await theirs.ask()
    assert await theirs.state(made) == "cancelling"
    await theirs.asked_later(1)
    assert (await theirs.state(made), await theirs.sim.kept()) == ("cancelled", [])
    assert await told(theirs.doors) == [SUBMITTED, BOOKED, WITHDRAWN, CANCELLED]
    (event,) = await theirs.doors.rows("select body from outbox where topic = :t", t=CANCELLED)
    assert b'"by_patient":false' in event.body


async def test_a_hospitals_seat_is_told_as_a_hospitals(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.ask()
    await ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")
    await theirs.ask()
    await book(theirs.doors, RESIDENT, await offer(theirs.doors, timedelta(days=3)))  # with the family doctor
    of_these = "select topic, body from outbox where topic in (:booked, :cancelled) order by pos"
    rows = await theirs.doors.rows(of_these, booked=BOOKED, cancelled=CANCELLED)
    assert [(row.topic, b'"theirs":true' in row.body) for row in rows] == [(BOOKED, True), (CANCELLED, True), (BOOKED, False)]


@pytest.mark.parametrize("fault", ["", "no", "cut-before", "cut-after", "busy"])
async def test_what_is_given_back_before_the_hospital_has_answered_is_let_go_whatever_it_says(theirs: Beside, fault: str) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.sim.fail(fault)
    if fault:
        await theirs.ask()
    gone = await ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")
    if fault == "no":
        assert problem(gone) == (409, "not-booked")
        return
    assert gone.json()["state"] == "cancelling"
    await theirs.asked_later(1, 2, 3)
    assert (await theirs.state(made), await theirs.sim.kept()) == ("cancelled", [])
    assert (await told(theirs.doors))[-2:] == [WITHDRAWN, CANCELLED]


async def test_who_is_forgotten_leaves_nothing_at_a_hospital(theirs: Beside) -> None:
    (booked,) = await theirs.offered(1)
    await theirs.sim.offer(1, schedule="dr-2", begins=timedelta(days=3), specialty="中医科")
    made = [await theirs.submitted(RESIDENT, booked)]
    await theirs.ask()
    made.append(await theirs.submitted(RESIDENT, (await theirs.read())["dr-2-0"]))
    personal = theirs.doors.running.service.personal
    assert personal is not None
    assert await theirs.doors.running.database.do(lambda work: personal.erase(work, RESIDENT.id)) == 2
    await theirs.ask()
    assert [await theirs.state(key) for key in made] == ["cancelled", "cancelled"]
    assert await theirs.sim.kept() == []


async def test_a_hospital_that_does_not_take_it_back_keeps_it(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.ask()
    await ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")
    await theirs.sim.fail("no")
    await theirs.ask()
    assert (await theirs.state(made), len(await theirs.sim.kept())) == ("booked", 1)
    assert (await told(theirs.doors))[-1] == "health.appointment_kept.v1"


async def test_a_hospitals_seat_is_not_moved(theirs: Beside) -> None:
    one, other = await theirs.offered(2)
    made = await theirs.submitted(RESIDENT, one)
    await theirs.ask()
    ours = await offer(theirs.doors, timedelta(days=5))
    refused = await ask(theirs.doors, RESIDENT, f"appointments/{made}/rescheduling", {"slot_id": ours})
    assert problem(refused) == (409, "hospitals-seat")
    mine = (await book(theirs.doors, RESIDENT, ours)).json()["id"]
    assert problem(await ask(theirs.doors, RESIDENT, f"appointments/{mine}/rescheduling", {"slot_id": other}))[0] == 409
    assert (await theirs.state(made), await theirs.state(mine)) == ("booked", "booked")


async def test_of_a_crowd_each_of_their_slots_is_one_persons_on_both_sides(theirs: Beside) -> None:
    slots, people = await theirs.offered(10), await crowd(theirs.doors, 40)
    answers = await asyncio.gather(*(book(theirs.doors, person, slots[n % 10]) for n, person in enumerate(people)))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 30}
    await asyncio.gather(*(jobs.ask_hospitals(theirs.doors.running) for _ in range(3)))  # three workers
    kept = await theirs.sim.shown()
    ours = await theirs.doors.rows("select person_id, id from appointments where state = 'booked'")
    assert len(kept) == 10
    assert {(one["person"], one["key"]) for one in kept} == {(theirs.known_as(row.person_id), str(row.id)) for row in ours}


async def test_a_question_is_one_workers_until_its_lease_is_over_and_then_asked_under_the_same_name(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    database = theirs.doors.running.database
    taken: list[Any] = await asyncio.gather(*(database.do(asks.take) for _ in range(8)))
    (first,) = [one for one in taken if one is not None]
    with theirs.later(seconds=15):
        assert await database.do(asks.take) is None
    settings = jobs.settings(theirs.doors.running)
    said = await jobs.hospital.asked(settings, first.system, first.question, at=settings.clock.now())  # and then it is killed
    with theirs.later(seconds=31):
        await theirs.ask()
    assert await theirs.state(made) == "booked"
    await database.do(lambda work: asks.hear(work, first.question.ask, first.attempt, said))  # or it was only slow
    assert await theirs.state(made) == "booked"
    assert len(await theirs.sim.shown()) == 1
    assert await told(theirs.doors) == [SUBMITTED, BOOKED]


async def test_who_was_overtaken_writes_nothing(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    database = theirs.doors.running.database
    slow = await database.do(asks.take)
    with theirs.later(seconds=31):
        await database.do(asks.take)
    await database.do(lambda work: asks.hear(work, slow.question.ask, slow.attempt, asks.Answer(asks.Word.NO)))
    assert await theirs.state(made) == "submitted"


async def test_a_name_that_is_anothers_is_no_answer(theirs: Beside) -> None:
    slots, people = await theirs.offered(2), (RESIDENT, SECOND_RESIDENT)
    one, other = [await theirs.submitted(person, slot) for person, slot in zip(people, slots, strict=True)]
    database = theirs.doors.running.database
    taken = [await database.do(asks.take) for _ in people]
    for each in taken:
        said = asks.Answer(asks.Word.YES, "the-same")
        await database.do(lambda work, each=each, said=said: asks.hear(work, each.question.ask, each.attempt, said))
    assert sorted([await theirs.state(one), await theirs.state(other)]) == ["booked", "unknown"]


async def test_what_their_list_says_opens_and_closes_and_nothing_is_offered_twice(theirs: Beside) -> None:
    await theirs.sim.offer(3)
    assert len(await theirs.read()) == 3
    assert len(await theirs.read()) == 3
    await theirs.sim.offer(1, blocked=True)
    assert set(await theirs.read()) == {"dr-1-1", "dr-1-2"}
    await theirs.sim.offer(1)
    assert len(await theirs.read()) == 3
    sold = (await theirs.read())["dr-1-1"]
    await theirs.submitted(RESIDENT, sold)
    await theirs.sim.offer(3, begins=timedelta(days=2))  # the same, at another time
    moved = await theirs.read()
    assert set(moved) == {"dr-1-0", "dr-1-2"}
    assert sold not in moved.values()
    async with theirs.doors.client(RESIDENT) as resident:
        (kind,) = (await resident.get("/api/v1/departments")).json()["items"]
    assert (kind["name"], kind["hospital_id"]) == ("心内科", str(theirs.id))


async def test_of_a_shared_pool_our_share_is_sold(health_doors: Doors, stack: Layout) -> None:
    shared = await beside(health_doors, stack, pool="shared", share=40)
    await shared.sim.offer(10)
    assert len(await shared.read()) == 4
    await shared.sim.offer(5, blocked=True)  # what is taken meanwhile moves nothing
    assert len(await shared.read()) == 2
    assert [sum(shares(n, share) for n in range(100)) for share in (1, 33, 99)] == [1, 33, 99]
    assert all(shares(n, None) for n in range(10))


@pytest.mark.parametrize("adapter", ["fhir", "hl7v2", "soap"])
async def test_a_hospital_is_told_of_the_seats_that_are_ours(health_doors: Doors, stack: Layout, adapter: str) -> None:
    ours = await beside(health_doors, stack, pool="ours", adapter=adapter)
    kind = await entered(health_doors, "departments", hospital_id=str(ours.id))
    slot, other = await offer(health_doors), await offer(health_doors, timedelta(days=2))
    for one in (slot, other):
        await lie(health_doors, one, department_id=kind)
    made = await book(health_doors, RESIDENT, slot)
    assert made.json()["state"] == "booked"  # at once
    await ours.sim.fail("cut-before")
    await ours.ask()
    assert (await ours.state(made.json()["id"]), await ours.sim.kept()) == ("booked", [])
    await ours.asked_later(1)
    assert [one["key"] for one in await ours.sim.kept()] == [made.json()["id"]]
    moved = await ask(health_doors, RESIDENT, f"appointments/{made.json()['id']}/rescheduling", {"slot_id": other})
    await ours.ask()
    assert [one["key"] for one in await ours.sim.kept()] == [moved.json()["id"]]
    await ask(health_doors, RESIDENT, f"appointments/{moved.json()['id']}/cancellation")
    await ours.ask()
    assert await ours.sim.kept() == []


@pytest.mark.parametrize("adapter", ["fhir", "hl7v2", "soap"])
async def test_about_one_slot_what_was_asked_first_is_answered_first(health_doors: Doors, stack: Layout, adapter: str) -> None:
    ours = await beside(health_doors, stack, pool="ours", adapter=adapter)
    kind = await entered(health_doors, "departments", hospital_id=str(ours.id))
    slot = await offer(health_doors)
    await lie(health_doors, slot, department_id=kind)
    first = (await book(health_doors, RESIDENT, slot)).json()["id"]
    await ours.sim.fail("busy")
    await ours.ask()
    await ask(health_doors, RESIDENT, f"appointments/{first}/cancellation")
    second = (await book(health_doors, SECOND_RESIDENT, slot)).json()["id"]
    assert await ours.ask() == 0  # the first question waits its turn, and the others behind it
    await ours.asked_later(1)
    assert [(one["key"], one["status"]) for one in await ours.sim.shown()] == [(first, "cancelled"), (second, "booked")]


@pytest.mark.parametrize(("wrong", "status", "name"), [
    ({"adapter": "fhir", "system": "nowhere"}, 422, "system-unknown"),
    ({"adapter": "hl7v2", "system": "east"}, 422, "system-unknown"),
    ({"adapter": "fhir", "system": "south"}, 422, "system-unknown"),
    ({"adapter": "soap", "system": "east"}, 422, "system-unknown"),
    ({"adapter": "fhir", "system": "north"}, 422, "system-unknown"),
    ({"system": "east"}, 422, "system-unknown"), ({"adapter": "fhir", "system": ""}, 422, "invalid-request"),
])
async def test_a_hospital_is_connected_by_a_name_that_operators_set_up(
    health_doors: Doors, wrong: dict[str, str], status: int, name: str
) -> None:
    assert problem(await enter(health_doors, "hospitals", **wrong)) == (status, name)
    assert await health_doors.rows("select 1 from hospitals") == []


async def test_what_a_hospital_is_told_names_nobody_and_is_audited(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.ask()
    audited = await theirs.doors.rows("select subject from audit where action = 'hospitals.tell'")
    assert [row.subject for row in audited] == [f"appointment/{made}"]
    (kept,) = await theirs.sim.kept()
    assert {kept["key"], kept["person"], kept["slot"]} == {made, theirs.known_as(RESIDENT.id), "dr-1-0"}
    assert str(RESIDENT.id) not in str(kept)
    assert problem(await enter(theirs.doors, "hospitals", OFFICER, name="槐香医院")) == (409, "entered-already")


