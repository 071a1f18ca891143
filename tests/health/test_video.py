"""The video room on real sockets, in two processes: who is let in once, what they tell each other, and how it ends."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.hospital import beside
from builders.hut import ask, offer
from builders.visit import PROXY, Guest, by_proxy, nurse, replicas, shifted, soon, state, ticket, withdrawn
from builders.world import DOCTOR, RESIDENT
from websockets.exceptions import ConnectionClosed

from chassis.clock import Clock
from deploy import topology
from deploy.local.layout import Layout
from services.health.actions import frames, room
from services.health.actions import tickets as acts
from services.health.actions.room import PROTOCOL


@pytest.fixture
async def hut(health_doors: Doors, wire: topology.Broker) -> Doors:
    """The hut's door, and the broker between its processes."""
    assert wire.vhost
    return health_doors


async def greeted(guest: Guest) -> dict[str, Any]:
    said = await guest.told()
    assert said.pop("type") == "hello"
    said.pop("closes_at")
    return said


async def test_two_in_two_processes_find_each_other_and_the_visit_begins(hut: Doors) -> None:
    key = await soon(hut)
    async with replicas(hut, 2) as (one, two), one.inside(key, await ticket(hut, key)) as patient:
        assert await greeted(patient) == {"side": "patient", "here": []}
        assert await state(hut, key) == "booked"
        async with two.inside(key, await ticket(hut, key, DOCTOR)) as doctor:
            assert await greeted(doctor) == {"side": "doctor", "here": [{"side": "patient", "by_proxy": False}]}
            assert await patient.told() == {"type": "joined", "side": "doctor", "by_proxy": False}
            assert await state(hut, key) == "in_visit"
            (held,) = await hut.rows("select visit_kind from appointments where id = cast(:key as uuid)", key=key)
            assert held.visit_kind == "consultation", "what was by video is no diagnosis in person"
            await doctor.say(type="offer", to="patient", sdp="v=0" * 4000)
            assert await patient.told() == {"type": "offer", "to": "patient", "sdp": "v=0" * 4000, "from": "doctor"}
            await patient.say(type="answer", to="doctor", sdp="v=0")
            await patient.say(type="candidate", to="doctor", candidate="candidate:1 1 udp 1 192.0.2.1 9 typ host", sdp_mid="0")
            assert [(await doctor.told())["type"] for _ in range(2)] == ["answer", "candidate"]
        assert await patient.told() == {"type": "left", "side": "doctor"}
    assert (await hut.said())[-2:] == ["health.appointment_arrived.v1", "health.appointment_called.v1"]
    acts = "('health.join', 'health.leave')"
    trail = await hut.rows(f"select action, reason, actor_id from audit where action in {acts} order by pos")
    assert [(row.action, row.reason) for row in trail] == [
        ("health.join", "patient"), ("health.join", "doctor"), ("health.leave", "doctor"), ("health.leave", "patient"),
    ]
    assert trail[0].actor_id == RESIDENT.id


async def test_three_are_there_and_what_is_said_to_one_is_told_to_one(hut: Doors) -> None:
    key, staff = await soon(hut), await nurse(hut)
    async with (
        replicas(hut) as (one,), one.inside(key, await by_proxy(hut, key)) as patient,
        one.inside(key, await ticket(hut, key, DOCTOR)) as doctor,
        one.inside(key, await ticket(hut, key, staff)) as third,
    ):
        told = await greeted(third)
        (noted,) = await hut.rows("select actor_id from audit where action = 'proxies.act' and reason = 'visits.attend'")
        assert noted.actor_id == PROXY.id
        assert sorted((at["side"], at["by_proxy"]) for at in told["here"]) == [("doctor", False), ("patient", True)]
        assert [(await patient.told())["type"] for _ in range(3)] == ["hello", "joined", "joined"]
        await doctor.say(type="offer", to="nurse", sdp="for the nurse")
        assert (await third.told())["sdp"] == "for the nurse"
        await doctor.say(type="offer", to="patient", sdp="for the patient")
        assert (await patient.told())["sdp"] == "for the patient"  # and nothing before it


async def test_of_twelve_who_show_one_ticket_one_is_let_in(hut: Doors) -> None:
    key = await soon(hut)
    text = await ticket(hut, key)
    async with replicas(hut, 2) as both:
        answers = await asyncio.gather(*(both[n % 2].refused(key, PROTOCOL, text) for n in range(12)))
        assert sorted(answers) == [(101, "")] + [(409, "ticket-used")] * 11
        assert await both[0].refused(key, PROTOCOL, text) == (409, "ticket-used")
    assert len(await hut.rows("select 1 from tickets")) == 1


async def test_a_ticket_is_shown_beside_the_protocol_and_opens_its_own_room_alone(hut: Doors) -> None:
    key = await soon(hut)
    text = await ticket(hut, key)
    async with replicas(hut) as (one,):
        for where, *shown in (
            (str(uuid4()), PROTOCOL, text), ("none", PROTOCOL, text), (key,), (key, PROTOCOL), (key, text), (key, text, PROTOCOL),
            (key, PROTOCOL, text, "x"), (key, PROTOCOL, f"{text}A"), (key, "another.v1", text),
        ):
            assert await one.refused(where, *shown) == (403, "ticket-refused"), shown
        assert await one.refused(key, PROTOCOL, text) == (101, "")


async def test_a_ticket_is_over_after_two_minutes(hut: Doors) -> None:
    key = await soon(hut)
    text, now = await ticket(hut, key), Clock.now
    async with replicas(hut) as (one,):
        with patch.object(Clock, "now", lambda self: now(self) + timedelta(seconds=121)):
            assert await one.refused(key, PROTOCOL, text) == (403, "ticket-refused")


async def test_a_ticket_is_void_with_its_appointment_its_time_and_its_holders_access(hut: Doors) -> None:
    key = await soon(hut)
    given = [await ticket(hut, key) for _ in range(5)]
    moved_to = await offer(hut, timedelta(minutes=90))
    async with replicas(hut) as (one,):
        await shifted(hut, key, 60)
        assert await one.refused(key, PROTOCOL, given[0]) == (409, "visit-not-open")
        await shifted(hut, key, -60)
        moved = (await ask(hut, RESIDENT, f"appointments/{key}/rescheduling", {"slot_id": moved_to})).json()["id"]
        assert await one.refused(key, PROTOCOL, given[1]) == (409, "not-at-this-step")
        await shifted(hut, moved, -80)
        again = [await ticket(hut, moved) for _ in range(2)]
        await withdrawn(hut, RESIDENT)
        one.hub._directory._known.clear()
        assert await one.refused(moved, PROTOCOL, again[0]) == (403, "ticket-refused")
    assert await hut.rows("select 1 from tickets") == []


async def test_a_ticket_of_a_proxy_is_void_with_the_access_of_who_acts(hut: Doors) -> None:
    key = await soon(hut)
    text = await by_proxy(hut, key)
    async with replicas(hut) as (one,):
        await withdrawn(hut, PROXY)
        assert await one.refused(key, PROTOCOL, text) == (403, "ticket-refused")


async def test_a_ticket_is_void_once_consent_is_taken_back(hut: Doors, stack: Layout) -> None:
    """Where a hospital is told of the visit."""
    await beside(hut, stack)
    key = await soon(hut)
    async with hut.whole.begin() as connection:
        await connection.exec_driver_sql("update appointments set hospital_id = (select id from hospitals limit 1)")
    text = await ticket(hut, key)
    async with replicas(hut) as (one,), one.inside(key, await ticket(hut, key, DOCTOR)) as doctor:
        async with hut.whole.begin() as connection:
            await connection.exec_driver_sql("update consents set given = false")
        assert await one.refused(key, PROTOCOL, text) == (403, "consent-wanted")
        assert await doctor.over() == (4003, "consent-wanted")


@pytest.mark.parametrize(("sent", "code", "why"), [
    ("{}", 1008, "not-a-frame"), ("[]", 1008, "not-a-frame"), ("nonsense", 1008, "not-a-frame"),
    (json.dumps({"type": "hello"}), 1008, "not-a-frame"),
    (json.dumps({"type": "offer", "to": "everybody", "sdp": ""}), 1008, "not-a-frame"),
    (json.dumps({"type": "offer", "to": "doctor", "sdp": "", "from": "nurse"}), 1008, "not-a-frame"),
    (json.dumps({"type": "offer", "to": "doctor", "sdp": "x" * frames.LARGEST}), 1009, "too-large"),
    (b"bytes", 1003, "text-wanted"), (json.dumps({"type": "end"}), 1008, "not-the-doctor"),
])
async def test_whoever_says_something_else_has_to_go(
    hut: Doors, sent: str | bytes, code: int, why: str
) -> None:
    key = await soon(hut)
    async with replicas(hut) as (one,), one.inside(key, await ticket(hut, key)) as patient:
        await patient.wire.send(sent)
        assert await patient.over() == (code, why)
    assert await state(hut, key) == "booked"


async def test_whoever_says_too_much_has_to_go_and_the_others_hear_no_more_than_that(hut: Doors) -> None:
    key = await soon(hut)
    async with replicas(hut) as (one,), one.inside(key, await ticket(hut, key, DOCTOR)) as doctor:
        async with one.inside(key, await ticket(hut, key)) as patient:
            for n in range(frames.BURST + 20):
                try:
                    await patient.say(type="candidate", to="doctor", candidate=str(n))
                except ConnectionClosed:
                    break
            assert await patient.over() == (1008, "too-many")
        told = [await doctor.told()]
        while told[-1]["type"] != "left":
            told.append(await doctor.told())
        heard = [int(said["candidate"]) for said in told if said["type"] == "candidate"]
        assert heard == list(range(len(heard)))  # in their order
        assert frames.BURST <= len(heard) < frames.BURST + 15


async def test_who_is_not_there_hears_nothing_and_it_is_said(hut: Doors) -> None:
    key = await soon(hut)
    async with replicas(hut) as (one,), one.inside(key, await ticket(hut, key)) as patient:
        await greeted(patient)
        for side in ("doctor", "patient"):
            await patient.say(type="offer", to=side, sdp="x")
            assert await patient.told() == {"type": "absent", "side": side}


async def test_the_doctor_ends_it_for_all_and_the_visit_was(hut: Doors) -> None:
    key = await soon(hut)
    async with replicas(hut, 2) as (one, two):
        patients, doctors = await ticket(hut, key), await ticket(hut, key, DOCTOR)
        async with one.inside(key, patients) as patient, two.inside(key, doctors) as doctor:
            unused = await ticket(hut, key)
            await doctor.say(type="end")
            assert [await doctor.over(), await patient.over()] == [(4001, "doctor")] * 2
        assert await state(hut, key) == "fulfilled"
        assert await one.refused(key, PROTOCOL, unused) == (409, "not-at-this-step")
    assert (await hut.said())[-1] == "health.appointment_fulfilled.v1"


async def test_the_end_of_its_time_closes_the_room(hut: Doors) -> None:
    key = await soon(hut)
    now = Clock.now
    async with replicas(hut) as (one,), one.inside(key, await ticket(hut, key)) as patient:
        with patch.object(Clock, "now", lambda self: now(self) + timedelta(minutes=51)):
            assert await patient.over() == (4002, "over")


@pytest.mark.parametrize("what", ["called off", "seen elsewhere", "access withdrawn"])
async def test_what_ends_the_appointment_or_the_access_ends_the_connection(hut: Doors, what: str) -> None:
    key = await soon(hut)
    async with replicas(hut) as (one,), one.inside(key, await ticket(hut, key)) as patient:
        if what == "called off":
            await ask(hut, RESIDENT, f"appointments/{key}/cancellation")
        elif what == "seen elsewhere":
            for act in ("check-in", "call", "fulfilment"):
                done = await ask(hut, DOCTOR, f"appointments/{key}/{act}", {} if act == "check-in" else None)
                assert done.status_code == 200
        else:
            await withdrawn(hut, RESIDENT)
        assert await patient.over() == (4003, "ticket-refused" if what == "access withdrawn" else "not-at-this-step")


async def test_whoever_comes_again_takes_their_own_place_in_another_process_too(hut: Doors) -> None:
    key = await soon(hut)
    doctors, first, second = await ticket(hut, key, DOCTOR), await ticket(hut, key), await ticket(hut, key)
    async with replicas(hut, 2) as (one, two), one.inside(key, doctors) as doctor, one.inside(key, first) as patient:
        assert (await doctor.told(), (await doctor.told())["type"])[1] == "joined"
        async with two.inside(key, second) as again:
            assert await patient.over() == (4000, "replaced")
            assert await greeted(again) == {"side": "patient", "here": [{"side": "doctor", "by_proxy": False}]}
            await again.say(type="offer", to="doctor", sdp="anew")
            told = [await doctor.told() for _ in range(2)]
    assert [said["type"] for said in told] == ["joined", "offer"]  # not that the patient left: they are there
    (row,) = await hut.rows("select count(*) as times from tickets where side = 'patient'")
    assert row.times == 2


async def test_no_connection_to_the_database_is_held_and_nothing_of_what_passes_is_kept(
    hut: Doors, caplog: pytest.LogCaptureFixture
) -> None:
    key, said = await soon(hut), f"secret-{uuid4()}"
    patients, doctors = await ticket(hut, key), await ticket(hut, key, DOCTOR)
    async with replicas(hut) as (one,), one.inside(key, patients) as patient, one.inside(key, doctors) as doctor:
        await patient.told()
        with caplog.at_level("DEBUG"):
            await doctor.say(type="offer", to="patient", sdp=said)
            while (await patient.told())["type"] != "offer":
                pass
        held: Any = one.hub._database.engine.pool
        assert held.checkedout() == 0
    assert said not in caplog.text
    for table in ("outbox", "audit", "tickets"):
        assert not await hut.rows(f"select 1 from {table} t where t::text like '%{said}%'")


async def test_without_the_line_to_the_others_nobody_is_let_in_and_the_ticket_stays_good(hut: Doors) -> None:
    key = await soon(hut)
    text = await ticket(hut, key)
    async with replicas(hut) as (one,):
        with patch.object(room.Hub, "stands", False):
            assert await one.refused(key, PROTOCOL, text) == (503, "visits-unavailable")
        assert await one.refused(key, PROTOCOL, text) == (101, "")


async def test_what_was_redeemed_is_forgotten_a_day_after_the_room_closed(hut: Doors) -> None:
    key = await soon(hut)
    async with replicas(hut) as (one,):
        assert await one.refused(key, PROTOCOL, await ticket(hut, key)) == (101, "")
    await acts.forget(hut.running)
    assert len(await hut.rows("select 1 from tickets")) == 1
    await shifted(hut, key, -26 * 60)
    await acts.forget(hut.running)
    assert await hut.rows("select 1 from tickets") == []
