"""A hospital is told of a person only with their consent; what taking it back does to what is booked."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.hospital import Beside, beside, consents
from builders.hut import ask, book, offer, problem
from builders.world import RESIDENT, SECOND_RESIDENT
from sqlalchemy import text

from chassis import bus, privacy
from chassis.testing import arrived
from contracts.identity import ConsentChanged
from deploy.local.layout import Layout


@pytest.fixture
async def east(health_doors: Doors, stack: Layout) -> Beside:
    return await beside(health_doors, stack)


async def acknowledged(doors: Doors) -> int:
    return len(await doors.rows("select 1 from outbox where topic = 'health.part_settled.v1'"))


async def test_without_consent_a_hospitals_seat_is_not_booked_and_the_huts_own_is(east: Beside) -> None:
    (slot,) = await east.offered(1)
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert problem(await book(east.doors, RESIDENT, slot)) == (403, "consent-wanted")
    held = (await ask(east.doors, RESIDENT, "holds", {"slot_id": slot})).json()
    confirmed = await ask(east.doors, RESIDENT, "appointments", {"hold_id": held["id"]})
    assert problem(confirmed) == (403, "consent-wanted")
    assert await east.doors.rows("select 1 from asks") == []
    assert (await book(east.doors, RESIDENT, await offer(east.doors))).status_code == 201


async def test_without_consent_no_visit_is_moved_to_a_hospital(east: Beside) -> None:
    (slot,) = await east.offered(1)
    await consents(east.doors, RESIDENT, state="withdrawn")
    own = (await book(east.doors, RESIDENT, await offer(east.doors))).json()
    moved = await ask(east.doors, RESIDENT, f"appointments/{own['id']}/rescheduling", {"slot_id": slot})
    assert problem(moved) == (403, "consent-wanted")
    assert await east.state(own["id"]) == "booked"


async def test_what_no_hospital_has_heard_of_is_given_back_at_once_and_none_ever_hears_of_it(east: Beside) -> None:
    (slot,) = await east.offered(1)
    seat = await east.submitted(RESIDENT, slot)
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert await east.state(seat) == "cancelled"
    assert await east.ask() == 0
    assert await east.sim.shown() == []
    assert await acknowledged(east.doors) == 1


async def test_what_a_hospital_may_have_heard_of_it_is_asked_to_let_go(east: Beside) -> None:
    (slot,) = await east.offered(1)
    seat = await east.submitted(RESIDENT, slot)
    await east.sim.fail("silent-after")
    await east.ask()
    assert len(await east.sim.kept()) == 1
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert await east.state(seat) == "cancelling"
    await east.asked_later(1, 2, 3)
    assert (await east.state(seat), await east.sim.kept()) == ("cancelled", [])


async def test_what_a_hospital_said_yes_to_stays_and_its_person_may_still_cancel_it(east: Beside) -> None:
    (slot,) = await east.offered(1)
    seat = await east.submitted(RESIDENT, slot)
    await east.ask()
    assert await east.state(seat) == "booked"
    await consents(east.doors, RESIDENT, state="withdrawn")
    assert (await east.state(seat), len(await east.sim.kept())) == ("booked", 1)
    assert (await ask(east.doors, RESIDENT, f"appointments/{seat}/cancellation")).status_code == 200
    await east.ask()
    assert (await east.state(seat), await east.sim.kept()) == ("cancelled", [])


async def test_a_seat_of_ours_of_which_its_hospital_has_not_heard_is_given_back_too(health_doors: Doors, stack: Layout) -> None:
    south = await beside(health_doors, stack)
    (slot,) = await south.offered(1)
    seat = await south.submitted(RESIDENT, slot)
    other = (await book(health_doors, SECOND_RESIDENT, await offer(health_doors))).json()["id"]
    await consents(health_doors, RESIDENT, state="withdrawn")
    assert (await south.state(seat), await south.state(other)) == ("cancelled", "booked")


async def test_of_who_is_forgotten_no_hospital_hears_that_has_not_yet(east: Beside) -> None:
    (slot,) = await east.offered(1)
    seat = await east.submitted(RESIDENT, slot)
    held = east.doors.running.service.personal
    assert held is not None
    await east.doors.running.database.do(lambda work: privacy.erase(work, held, RESIDENT.id))
    assert (await east.state(seat), await east.ask(), await east.sim.shown()) == ("cancelled", 0, [])


async def test_a_question_that_waits_is_not_asked_without_consent(east: Beside) -> None:
    (slot,) = await east.offered(1)
    await east.submitted(RESIDENT, slot)
    async with east.doors.whole.begin() as connection:
        await connection.execute(text("update consents set given = false"))
    assert await east.ask() == 0
    assert await east.sim.shown() == []


async def test_an_older_word_changes_nothing_and_twice_is_once(east: Beside) -> None:
    doors = east.doors
    listening = next(one for one in doors.running.service.consumers if one.queue == "health.consents")
    said = ConsentChanged(person_id=RESIDENT.id, consent_id=uuid4(), purpose="hospital", state="withdrawn")
    newer = arrived(said, datetime.now(UTC), sequence=9)
    assert [await bus.handle(doors.running.database, listening, newer) for _ in range(2)] == [True, False]
    await consents(doors, RESIDENT, sequence=8)  # it was given before, and comes late
    (slot,) = await east.offered(1)
    assert problem(await book(doors, RESIDENT, slot)) == (403, "consent-wanted")
    await consents(doors, RESIDENT, sequence=10)
    assert (await book(doors, RESIDENT, slot)).status_code == 201
