"""A video visit from one end to the other: two real WebRTC stacks meet through the gateway, and meet again after a kill."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from builders.calls import Caller, calling
from builders.faults import fetch, kill, revived
from builders.signing import sign_in
from builders.wire import until
from websockets.exceptions import ConnectionClosed, WebSocketException

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client, Refused

_SLOT = "insert into slots (id, area, doctor_id, starts_at, ends_at) values ($1, text2ltree($2), $3, $4, $5)"


@pytest.fixture
async def two(stack: Layout) -> AsyncIterator[tuple[Client, Client, str]]:
    """A patient and their doctor, and an appointment that begins in some minutes."""
    async with AsyncExitStack() as held:
        patient, doctor = [await held.enter_async_context(Client(stack.origin)) for _ in range(2)]
        await doctor.sign_in_by_password("doctor", demo.PASSWORD)
        await sign_in(patient, [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][-6].phone)
        key = await _booked(stack, patient, doctor)
        yield patient, doctor, key
        await _given(stack, key, str(uuid4()))  # so that the day has room for another run


async def _booked(stack: Layout, patient: Client, doctor: Client) -> str:
    """With a doctor of that day's own: the demo's has their hours laid out, and one who has a seat there takes no other one."""
    starts, key = datetime.now(UTC) + timedelta(minutes=10), uuid4()
    await fetch(stack, "health", _SLOT, key, demo.GUOHUAI, uuid4(), starts, starts + timedelta(seconds=1))
    booked = str((await patient.post("/api/v1/appointments", {"slot_id": str(key)}))["id"])
    await _given(stack, booked, doctor.person)
    return booked


async def _given(stack: Layout, appointment: str, doctor: str) -> None:
    await fetch(stack, "health", "update appointments set doctor_id = $2::uuid where id = $1::uuid", appointment, doctor)


async def _meet(patient: Caller, doctor: Caller) -> None:
    """They see each other: sound both ways, and words both ways."""
    async with asyncio.TaskGroup() as both:
        both.create_task(doctor.offer("patient"))
        both.create_task(patient.answer())
    await doctor.says("请把血压计对着镜头")
    assert await patient.hears() == "请把血压计对着镜头"
    await patient.says("好的")
    assert await doctor.hears() == "好的"
    assert [frame.sample_rate for frame in (await patient.sound(), await doctor.sound())] == [48000, 48000]


async def _state(stack: Layout, key: str) -> str:
    return str((await fetch(stack, "health", "select state from appointments where id = $1::uuid", key))[0]["state"])


async def test_two_see_each_other_through_the_gateway_and_again_after_the_service_was_killed(
    stack: Layout, two: tuple[Client, Client, str]
) -> None:
    patient, doctor, key = two
    async with calling(patient, key) as hers, calling(doctor, key) as his:
        await hers.told("joined")
        await _meet(hers, his)
        assert await _state(stack, key) == "in_visit"
        old = kill(stack, "health-api")
        for one in (hers, his):
            with pytest.raises(ConnectionClosed):
                await one.told("never")
        await his.says("still here")  # what they have between them is none of ours
        assert await hers.hears() == "still here"
    await revived(stack, "health-api", old)
    await _ready(patient, key)
    async with calling(patient, key) as hers, calling(doctor, key) as his:
        await _meet(hers, his)
        await his.wire.send('{"type": "end"}')
        with pytest.raises(ConnectionClosed):
            await hers.told("never")
        assert (hers.wire.close_code, hers.wire.close_reason) == (4001, "doctor")
    assert await _state(stack, key) == "fulfilled"


async def test_a_message_of_a_mebibyte_is_refused_before_it_is_read(two: tuple[Client, Client, str]) -> None:
    patient, _, key = two
    async with calling(patient, key) as hers:
        with pytest.raises(ConnectionClosed):
            await hers.wire.send("x" * 2**20)
            await hers.told("never")
        assert (hers.wire.close_code, hers.wire.close_reason == "too-large") == (1009, False), "by the server, not by the room"


async def _ready(patient: Client, key: str) -> None:
    async def is_there() -> bool:
        try:
            async with calling(patient, key):
                return True
        except (Refused, OSError, WebSocketException):
            return False

    await until(is_there, 60)
