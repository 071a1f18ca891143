"""Reconciliation: whatever a hospital lies or loses, both sides end up saying the same, and what they do not, people see."""

import asyncio
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.hospital import Beside, beside
from builders.house import entered, lie
from builders.hut import ask, book, crowd, offer, problem
from builders.world import DOCTOR, FAR_OFFICER, OFFICER, RESIDENT, SECOND_RESIDENT, Person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from deploy.local.layout import Layout
from services.health import jobs
from services.health.actions import asks, reconciliations
from services.health.clients import hospital as wire
from services.health.domain.ask import Theirs
from services.health.domain.reconciliation import Ours, Verdict, compare

START = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture(params=["fhir", "hl7v2", "soap"])
async def theirs(health_doors: Doors, stack: Layout, request: pytest.FixtureRequest) -> Beside:
    """A hospital whose seats are its own, over each wire."""
    return await beside(health_doors, stack, adapter=request.param)


async def one_booked(theirs: Beside, *faults: str, person: Person = RESIDENT) -> str:
    """An appointment that was asked for, while the hospital failed so."""
    slot = (await theirs.offered(1, schedule=f"dr-{uuid4().hex[:6]}"))[-1]
    made = await theirs.submitted(person, slot)
    await theirs.sim.fail(*faults)
    await theirs.ask()
    return made


async def same(theirs: Beside) -> bool:
    """Whether both sides keep the same, each once."""
    kept = [(one["key"], datetime.fromisoformat(one["start"])) for one in await theirs.sim.kept()]
    firm = "select id, starts_at from appointments where state in ('submitted', 'unknown', 'booked', 'cancelling')"
    ours = [(str(row.id), row.starts_at) for row in await theirs.doors.rows(firm)]
    return sorted(kept) == sorted(ours)


def appointment_topics(said: list[str]) -> list[str]:
    return [topic.removeprefix("health.appointment_").removesuffix(".v1") for topic in said if "appointment" in topic]


async def test_what_both_sides_keep_is_left_alone(theirs: Beside) -> None:
    made = await one_booked(theirs)
    assert await theirs.reconcile() == {"both": 1}
    assert (await theirs.state(made), await theirs.queue(), len(await theirs.sim.shown())) == ("booked", [], 1)


async def test_said_yes_and_kept_nothing_is_asked_again(theirs: Beside) -> None:
    made = await one_booked(theirs, "yes-undone")
    assert (await theirs.state(made), await theirs.sim.kept()) == ("booked", [])
    assert await theirs.reconcile() == {"ours_only": 1}
    assert (await theirs.state(made), await same(theirs)) == ("booked", True)
    assert await theirs.queue() == [("ours_only", "asked_again", None)]
    assert await theirs.reconcile(10) == {"both": 1}
    assert await theirs.queue() == [("ours_only", "asked_again", "agreed")]


async def test_a_hospital_that_says_yes_and_keeps_nothing_twice_is_believed_no_more(theirs: Beside) -> None:
    made = await one_booked(theirs, "yes-undone", "yes-undone")
    await theirs.reconcile()
    await theirs.reconcile(10)
    assert (await theirs.state(made), await same(theirs)) == ("displaced", True)
    assert appointment_topics(await theirs.doors.said()) == ["submitted", "booked", "displaced"]
    await theirs.reconcile(15)
    assert await theirs.queue() == [("ours_only", "displaced", None)]  # somebody has to call the person


async def test_said_no_and_kept_it_is_cancelled_there(theirs: Beside) -> None:
    made = await one_booked(theirs, "no-done")
    assert (await theirs.state(made), len(await theirs.sim.kept())) == ("rejected", 1)
    assert await theirs.reconcile() == {"theirs_only": 1}
    assert (await theirs.state(made), await same(theirs)) == ("rejected", True)
    assert await theirs.reconcile(10) == {}
    assert await theirs.queue() == [("theirs_only", "cancelled_there", "agreed")]


async def test_what_is_kept_twice_is_kept_once(theirs: Beside) -> None:
    made = await one_booked(theirs, "twice")
    assert len(await theirs.sim.kept()) == 2
    assert await theirs.reconcile() == {"both": 1, "theirs_only": 1}
    assert (await theirs.state(made), await same(theirs)) == ("booked", True)
    (kept,) = await theirs.sim.kept()
    assert kept["ref"] == (await theirs.doors.rows("select external_ref from appointments"))[0].external_ref


async def test_what_is_left_twice_of_what_was_given_back_is_cancelled_both_times(theirs: Beside) -> None:
    made = await one_booked(theirs, "twice")
    await ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")
    await theirs.sim.fail("yes-undone", "yes-undone")
    await theirs.ask()
    await theirs.sim.steer("calm")
    assert (await theirs.state(made), len(await theirs.sim.kept())) == ("cancelled", 2)
    assert await theirs.reconcile() == {"theirs_only": 2}
    assert await same(theirs)


async def test_what_is_kept_at_another_time_is_nobodys_and_the_person_hears_of_it(theirs: Beside) -> None:
    made = await one_booked(theirs, "moved")
    assert await theirs.reconcile() == {"differ": 1}
    assert (await theirs.state(made), await same(theirs)) == ("displaced", True)
    assert appointment_topics(await theirs.doors.said()) == ["submitted", "booked", "displaced"]
    assert await theirs.queue() == [("differ", "displaced", None)]


@pytest.mark.parametrize("fault", ["cut-after", "nonsense"])
async def test_what_was_not_known_and_is_there_is_booked(theirs: Beside, fault: str) -> None:
    made = await one_booked(theirs, fault)
    assert await theirs.state(made) == "unknown"
    assert await theirs.reconcile() == {"both": 1}
    assert (await theirs.state(made), await same(theirs), await theirs.queue()) == ("booked", True, [])
    assert appointment_topics(await theirs.doors.said()) == ["submitted", "unanswered", "booked"]
    assert await theirs.doors.rows("select 1 from asks where state = 'waiting'") == []


async def test_what_was_not_known_and_is_not_there_is_asked_for_once_more_and_decided(theirs: Beside) -> None:
    made = await one_booked(theirs, "cut-before", "no")
    assert await theirs.reconcile() == {"ours_only": 1}
    assert (await theirs.state(made), await same(theirs)) == ("rejected", True)
    again = await one_booked(theirs, "cut-before", *["cut-before"] * 20, person=SECOND_RESIDENT)
    await theirs.reconcile(10)
    assert await theirs.state(again) == "unknown"
    await theirs.reconcile(30)
    assert (await theirs.state(again), await same(theirs)) == ("rejected", True)


async def test_what_the_hospital_lost_is_asked_for_again(theirs: Beside) -> None:
    made = await one_booked(theirs)
    (kept,) = await theirs.sim.kept()
    await theirs.sim.steer("kept", {"ref": kept["ref"], "status": "cancelled"})
    assert await theirs.reconcile() == {"ours_only": 1}
    assert (await theirs.state(made), await same(theirs)) == ("booked", True)


async def test_what_was_given_back_and_is_still_kept_is_cancelled_there(theirs: Beside) -> None:
    made = await one_booked(theirs)
    await ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")
    await theirs.sim.fail("yes-undone")
    await theirs.ask()
    assert (await theirs.state(made), await same(theirs)) == ("cancelled", False)
    assert await theirs.reconcile() == {"theirs_only": 1}
    assert await same(theirs)


async def test_what_is_to_be_given_back_and_is_gone_there_is_given_back(theirs: Beside) -> None:
    made = await one_booked(theirs)
    await ask(theirs.doors, RESIDENT, f"appointments/{made}/cancellation")
    await theirs.sim.fail("cut-after")
    await theirs.ask()
    assert await theirs.state(made) == "cancelling"
    assert await theirs.reconcile() == {"ours_only": 1}
    assert (await theirs.state(made), await same(theirs), await theirs.queue()) == ("cancelled", True, [])


async def test_what_bears_our_name_and_is_not_ours_is_nobodys_to_cancel_but_peoples(theirs: Beside) -> None:
    when = datetime.now(UTC) + timedelta(days=2)
    stray = {"person": "x", "start": when.isoformat(), "end": (when + timedelta(minutes=5)).isoformat()}
    await theirs.sim.steer("kept", {"key": str(uuid4()), **stray})
    assert await theirs.reconcile() == {"theirs_only": 1}
    assert (await theirs.queue(), len(await theirs.sim.kept())) == ([("theirs_only", "people", None)], 1)
    await theirs.reconcile(10)
    (key,) = await theirs.doors.rows("select id from divergences")  # the same, not another
    path = f"divergences/{key.id}/settlement"
    for person, wrong in ((RESIDENT, 404), (FAR_OFFICER, 404), (DOCTOR, 404)):
        assert problem(await ask(theirs.doors, person, path, {"why": "called"})) == (wrong, "not-found")
    assert (await ask(theirs.doors, OFFICER, path, {"why": "agreed"})).status_code == 422
    answers = await asyncio.gather(*(ask(theirs.doors, OFFICER, path, {"why": "corrected_there"}) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"settled-already"}
    audited = await theirs.doors.rows("select actor_id, reason from audit where action = 'divergences.settle'")
    assert [(row.actor_id, row.reason) for row in audited] == [(OFFICER.id, "corrected_there")]


async def test_the_queue_is_shown_to_those_who_settle_and_to_nobody_else(theirs: Beside) -> None:
    made = await one_booked(theirs, "yes-undone")
    await theirs.reconcile()
    for person, count in ((OFFICER, 1), (FAR_OFFICER, 0), (DOCTOR, 0), (RESIDENT, 0)):
        async with theirs.doors.client(person) as client:
            page = (await client.get("/api/v1/divergences", params={"open": "true"})).json()
            assert page["total"] == count
            assert (await client.get("/api/v1/reconciliations")).json()["total"] == count
    async with theirs.doors.client(OFFICER) as officer:
        (one,) = (await officer.get("/api/v1/divergences")).json()["items"]
        assert (one["appointment_id"], one["verdict"], one["remedy"]) == (made, "ours_only", "asked_again")
        await theirs.reconcile(10)
        assert (await officer.get("/api/v1/divergences", params={"open": "true"})).json()["total"] == 0
        elsewhere = {"hospital_id": str(uuid4())}
        assert (await officer.get("/api/v1/divergences", params=elsewhere)).json()["total"] == 0


async def test_seats_that_are_ours_are_settled_by_people_or_corrected_there(health_doors: Doors, stack: Layout) -> None:
    ours = await beside(health_doors, stack, pool="ours")
    kind = await entered(health_doors, "departments", hospital_id=str(ours.id))
    keys = []
    for n, person in enumerate((RESIDENT, SECOND_RESIDENT)):
        slot = await offer(health_doors, timedelta(days=1 + n))
        await lie(health_doors, slot, department_id=kind)
        keys.append((await book(health_doors, person, slot)).json()["id"])
    await ours.sim.fail("no", "moved")
    await ours.ask()
    assert await ours.queue() == [("ours_only", "people", None)]  # their no is a conflict that people settle
    assert await ours.reconcile() == {"ours_only": 1, "differ": 1}
    assert [await ours.state(key) for key in keys] == ["booked", "booked"]
    assert await ours.queue() == [("ours_only", "people", None), ("differ", "corrected", None)]
    (kept,) = await ours.sim.kept()
    (row,) = await health_doors.rows("select id, starts_at from appointments where external_ref is not null")
    assert (kept["key"], datetime.fromisoformat(kept["start"])) == (str(row.id), row.starts_at)
    assert await ours.reconcile(10) == {"both": 1, "ours_only": 1}
    assert await ours.queue() == [("ours_only", "people", None), ("differ", "corrected", "agreed")]


async def test_about_what_is_being_asked_nothing_is_decided(theirs: Beside) -> None:
    (slot,) = await theirs.offered(1)
    made = await theirs.submitted(RESIDENT, slot)
    await theirs.doors.running.database.do(asks.take)  # some worker is asking
    await theirs.order()
    assert await jobs.reconcile_one(theirs.doors.running)
    assert (await theirs.state(made), await theirs.queue()) == ("submitted", [])
    assert len(await theirs.doors.rows("select 1 from asks")) == 1


async def test_a_visit_that_was_is_peoples(theirs: Beside) -> None:
    made = await one_booked(theirs, "yes-undone")
    async with theirs.doors.running.database.work(now=datetime.now(UTC) + timedelta(hours=30)) as work:
        taken = reconciliations.Taken(uuid4(), theirs.id, "east", work.now)
        for finding in await reconciliations.compared(work, taken, []):
            await reconciliations.mend(work, taken, [finding])
        await theirs.doors.running.database.commit(work)
    assert (await theirs.queue(), await theirs.state(made)) == ([("ours_only", "people", None)], "booked")


async def test_a_hospital_that_shows_nothing_is_tried_again_and_decides_nothing(theirs: Beside) -> None:
    made = await one_booked(theirs)
    await theirs.sim.steer("deaf", body=True)
    await theirs.order()
    assert await jobs.reconcile_one(theirs.doors.running)
    assert not await jobs.reconcile_one(theirs.doors.running)
    assert (await theirs.state(made), await theirs.queue()) == ("booked", [])
    await theirs.sim.steer("deaf", body=False)
    with theirs.later(minutes=6):
        assert await jobs.reconcile_one(theirs.doors.running)
    (run,) = await theirs.doors.rows("select * from reconciliations")
    assert (run.both, run.failed, run.tries) == (1, False, 2)


async def test_a_hospital_that_shows_nothing_all_night_is_given_up_until_the_next(theirs: Beside) -> None:
    await theirs.sim.steer("deaf", body=True)
    await theirs.order()
    for n in range(26):
        wire._one.cache_clear()
        with theirs.later(minutes=6 * n):
            await jobs.reconcile_one(theirs.doors.running)
    (run,) = await theirs.doors.rows("select * from reconciliations")
    assert (run.tries, run.failed, run.ended_at is not None) == (24, True, True)


async def test_every_night_is_compared_once_and_by_command_as_soon_as_wanted(theirs: Beside) -> None:
    database = theirs.doors.running.database
    for hour, count in ((1, 0), (2, 1), (9, 1)):
        at = datetime(2026, 3, 3, hour, tzinfo=UTC) - timedelta(hours=8)  # in the hut
        await asyncio.gather(*(database.do(reconciliations.order_night, now=at) for _ in range(6)))
        assert len(await theirs.doors.rows("select 1 from reconciliations where night is not null")) == count
    for person, status in ((RESIDENT, 404), (FAR_OFFICER, 404), (DOCTOR, 403)):
        assert (await ask(theirs.doors, person, "reconciliations", {"hospital_id": str(theirs.id)})).status_code == status
    wanted = {"hospital_id": str(theirs.id)}
    answers = await asyncio.gather(*(ask(theirs.doors, OFFICER, "reconciliations", wanted) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    plain = await entered(theirs.doors, "hospitals", name="无接口")
    assert problem(await ask(theirs.doors, OFFICER, "reconciliations", {"hospital_id": plain})) == (409, "not-asked")


_MOMENTS = some.integers(0, 3).map(lambda n: START + timedelta(minutes=n))
_REFS = some.text("abcdef", min_size=1, max_size=2)
_NAMES = some.sampled_from([uuid4() for _ in range(4)])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    ours=some.lists(some.builds(Ours, _NAMES, some.none() | _REFS, _MOMENTS, _MOMENTS), unique_by=lambda one: one.key),
    theirs=some.lists(some.builds(Theirs, _REFS, some.none() | _NAMES, _MOMENTS, _MOMENTS), unique_by=lambda one: one.ref),
)
def test_a_comparison_passes_over_nothing_and_names_nothing_twice(ours: list[Ours], theirs: list[Theirs]) -> None:
    found = list(compare(ours, theirs))
    of_ours = [one.key for one in found if one.key is not None and one.verdict is not Verdict.THEIRS_ONLY]
    assert sorted(of_ours) == sorted(one.key for one in ours)
    assert sorted(one.theirs.ref for one in found if one.theirs is not None) == sorted(one.ref for one in theirs)
    for one in found:
        assert (one.theirs is None) == (one.verdict is Verdict.OURS_ONLY)


FAULTS = ["", "", "", "cut-before", "cut-after", "nonsense", "no", "yes-undone", "no-done", "twice", "moved", "busy"]


@dataclass
class Walk:
    """Book, give back, ask under faults, and what the hospital does by itself."""

    theirs: Beside
    people: list[Person]
    slots: list[str]
    chance: random.Random

    async def go(self, steps: int) -> None:
        for _ in range(steps):
            wire._one.cache_clear()  # each time another worker's first question
            await self.chance.choice([self.book, self.book, self.ask, self.ask, self.give_back, self.lose])()

    async def book(self) -> None:
        wanted = [(self.chance.choice(self.people), self.chance.choice(self.slots)) for _ in range(3)]
        await asyncio.gather(*(book(self.theirs.doors, person, slot) for person, slot in wanted))

    async def ask(self) -> None:
        await self.theirs.sim.fail(*self.chance.choices(FAULTS, k=4))
        await self.theirs.ask()

    async def give_back(self) -> None:
        for row in await self.theirs.doors.rows("select id, person_id from appointments where state = 'booked' limit 1"):
            await ask(self.theirs.doors, Person(id=row.person_id), f"appointments/{row.id}/cancellation")

    async def lose(self) -> None:
        for one in (await self.theirs.sim.kept())[:1]:
            await self.theirs.sim.steer("kept", {"ref": one["ref"], "status": "cancelled"})


# every fault has a test of its own above and in test_asking; half of the walks are taken where there is time
@pytest.mark.parametrize("seed", [0, 130, *(pytest.param(n, marks=pytest.mark.proof) for n in (1, 2))])
async def test_after_any_faults_and_a_reconciliation_both_sides_keep_the_same(theirs: Beside, seed: int) -> None:
    slots, people = await theirs.offered(8), await crowd(theirs.doors, 10)
    await Walk(theirs, people, slots, random.Random(seed)).go(25)
    await theirs.sim.steer("calm")
    await theirs.reconcile(60)
    assert await same(theirs)
    live = await theirs.doors.rows("select slot_id, person_id, state from appointments where state not in"
                                   " ('rejected', 'cancelled', 'displaced', 'expired')")
    assert {row.state for row in live} <= {"booked"}
    assert len({row.slot_id for row in live}) == len(live) == len({one["slot"] for one in await theirs.sim.kept()})
    unanswered = "select count(*) as times from outbox where topic = 'health.appointment_unanswered.v1' group by subject"
    assert {row.times for row in await theirs.doors.rows(unanswered)} <= {1}
    assert set(await theirs.reconcile(120)) <= {"both"}
