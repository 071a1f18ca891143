"""The live channel: a hint reaches exactly whom its event names, by office, by home, or by name; nothing is lost silently."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.samples import sample_of
from builders.world import FAR_GRID, FAR_OFFICER, FAR_RESIDENT, GRID, OFFICER, PEOPLE, RESIDENT, THERE, UNIT, Person
from hypothesis import given
from hypothesis import strategies as some

from chassis import bus, directory
from chassis.auth import Claims
from chassis.rights import Actor, Assignment
from chassis.testing import arrived
from contracts.area import Role, contains
from contracts.event import EVENTS, Event
from contracts.identity import AccessRevoked
from gateway.audience import asked_by, keys_of
from gateway.ends import Ends
from gateway.listener import BEAT, RESET, Listener
from gateway.live import Hub

PLACES = (UNIT, "510104.clx.guohuai", "510104.clx", THERE, f"{THERE}.g01.jxy.b01.u1", "")


def actor_of(person: Person) -> Actor:
    held = (Assignment(person.role, person.area),) if person.role and person.area else ()
    return Actor(person.id, held, (person.home,) if person.home else ())


def should_hear(event: Event, person: Person) -> bool:
    """The rule of ARCHITECTURE in other words than the code's."""
    said = type(event).audience
    by_name = said.people and person.id in event.recipients
    by_office = person.role in said.staff and person.area is not None and contains(person.area, event.area)
    by_home = said.residents and person.home is not None and contains(event.area, person.home)
    return bool(by_name or by_office or by_home)


@pytest.mark.parametrize("topic", EVENTS)
def test_every_event_is_heard_by_its_audience_and_by_nobody_else(topic: str) -> None:
    for place in PLACES:
        for named in ((), (RESIDENT.id,), (FAR_RESIDENT.id, GRID.id)):
            event = sample_of(topic).model_copy(update={"area": place, "recipients": named})
            for person in PEOPLE:
                assert keys_of(actor_of(person)).isdisjoint(asked_by(event)) != should_hear(event, person)


@pytest.mark.parametrize("topic", EVENTS)
def test_staff_of_the_neighbour_community_hear_nothing_of_ours(topic: str) -> None:
    event = sample_of(topic).model_copy(update={"area": UNIT, "recipients": (RESIDENT.id,)})
    for person in (FAR_GRID, FAR_OFFICER, FAR_RESIDENT):
        assert keys_of(actor_of(person)).isdisjoint(asked_by(event))


def test_a_hint_carries_ids_only() -> None:
    from gateway.live import _wire

    for topic in EVENTS:
        line = _wire(arrived(sample_of(topic), datetime.now(UTC))).decode()
        assert set(json.loads(line.split("data: ")[1])) == {"subject", "area", "sequence"}


def submitted(**more: Any) -> Any:
    event = sample_of("reports.report_submitted.v1").model_copy(update={"area": UNIT, "recipients": (RESIDENT.id,), **more})
    return arrived(event, datetime.now(UTC))


def claims(person: Person, seconds: float = 60) -> Claims:
    now = datetime.now(UTC)
    return Claims(person.id, now, now + timedelta(seconds=seconds), str(uuid4()), frozenset())


async def some_lines(lines: AsyncIterator[bytes], count: int) -> list[bytes]:
    async with asyncio.timeout(5):
        return [await anext(lines) for _ in range(count)]


def hub_for(doors: Doors) -> Hub:
    return Hub(doors.running.database, doors.running.directory, doors.running.settings.clock)


async def stream(
    hub: Hub, person: Person, last: str | None = None, seconds: float = 60, keeps_up: asyncio.Event | None = None
) -> AsyncIterator[bytes]:
    """The lines of a connection, as the hub writes them to a server's `send`."""
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()
    gone = asyncio.Event()

    async def send(message: dict[str, Any]) -> None:
        if keeps_up is not None:
            await keeps_up.wait()
        lines.put_nowait(message["body"] if message.get("more_body") else None)

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    serving = asyncio.create_task(hub.serve(claims(person, seconds), last, receive, send))
    try:
        while (line := await lines.get()) is not None:
            yield line
    finally:
        gone.set()
        await serving


async def test_who_listens_hears_what_concerns_them(edge_doors: Doors) -> None:
    hub = hub_for(edge_doors)
    ours, theirs = stream(hub, GRID), stream(hub, FAR_GRID)
    assert await some_lines(ours, 1) == await some_lines(theirs, 1) == [BEAT]
    envelope = submitted()
    hearing = asyncio.ensure_future(anext(theirs))
    hub.push(envelope)
    assert (await some_lines(ours, 1))[0].startswith(f"id: {envelope.id}\nevent: reports.report_submitted.v1\n".encode())
    await asyncio.sleep(0.1)
    assert not hearing.done()
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)


async def test_who_comes_back_gets_what_was_missed_and_nothing_of_others(edge_doors: Doors) -> None:
    hub = hub_for(edge_doors)
    seen, missed = submitted(), [submitted() for _ in range(3)]
    for envelope in (seen, *missed):
        hub.push(envelope)
    lines = await some_lines(stream(hub, OFFICER, str(seen.id)), 4)
    assert [str(one.id) in line.decode() for one, line in zip(missed, lines[1:], strict=True)] == [True] * 3
    theirs = stream(hub, FAR_OFFICER, str(seen.id))
    assert await some_lines(theirs, 1) == [BEAT]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await anext(theirs)


async def test_who_comes_back_with_an_unknown_id_starts_afresh(edge_doors: Doors) -> None:
    hub = hub_for(edge_doors)
    hub.push(submitted())
    for last in ("x", str(uuid4())):
        assert await some_lines(stream(hub, GRID, last), 2) == [BEAT, RESET]


async def test_a_lost_broker_lets_everybody_start_afresh(edge_doors: Doors) -> None:
    hub = hub_for(edge_doors)
    lines = stream(hub, GRID)
    await some_lines(lines, 1)
    hearing = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)
    hub.reset()
    assert await asyncio.wait_for(hearing, 2) == RESET


async def test_a_slow_listener_is_told_costs_bounded_memory_and_holds_up_nobody(edge_doors: Doors) -> None:
    hub, keeps_up = hub_for(edge_doors), asyncio.Event()
    keeps_up.set()
    slow, other = stream(hub, GRID, keeps_up=keeps_up), stream(hub, OFFICER)
    await some_lines(slow, 1)
    await some_lines(other, 1)
    listener = hub._people[GRID.id].listeners[0]
    keeps_up.clear()
    envelopes = [submitted() for _ in range(600)]
    for envelope in envelopes:
        hub.push(envelope)
    assert len(await some_lines(other, 600)) == 600
    assert len(listener.waiting) <= 256
    keeps_up.set()
    first, *rest = await some_lines(slow, 2)
    assert str(envelopes[0].id).encode() in first
    assert rest == [RESET]
    for stopped in (slow, other):
        await stopped.aclose()  # type: ignore[attr-defined]


async def test_a_connection_ends_with_its_token(edge_doors: Doors) -> None:
    hub = hub_for(edge_doors)
    late, short, long = stream(hub, GRID, seconds=-1), stream(hub, GRID, seconds=0.3), stream(hub, GRID)
    assert await some_lines(late, 1) == await some_lines(short, 1) == await some_lines(long, 1) == [BEAT]
    with pytest.raises(StopAsyncIteration):
        await anext(late)
    hub.end_the_over()
    assert len(hub._people[GRID.id].listeners) == 2
    await asyncio.sleep(0.3)
    hub.end_the_over()
    with pytest.raises(StopAsyncIteration):
        await anext(short)
    assert len(hub._people[GRID.id].listeners) == 1
    await long.aclose()  # type: ignore[attr-defined]


async def no_send(_: Any) -> None:
    """Nothing is told."""


@given(some.lists(some.tuples(some.sampled_from(["comes", "goes", "clock"]), some.integers(0, 9)), max_size=60))
def test_of_those_who_listen_exactly_those_whose_token_is_over_are_found_due(steps: list[tuple[str, int]]) -> None:
    """Against a list that is gone through each time; the clock may be put back."""
    ends, listening = Ends(), list[Listener]()
    began = datetime.now(UTC)
    for what, n in steps:
        moment = began + timedelta(seconds=n)
        if what == "comes":
            listening.append(Listener(Claims(GRID.id, began, moment, "", None), no_send))
            ends.put(listening[-1])
        elif what == "goes" and listening:
            ends.take(listening.pop(n % len(listening)))
        elif what == "clock":
            over = [one for one in listening if one.claims.expires_at <= moment]
            assert set(ends.due(moment)) == set(over)
            for one in over:
                listening.remove(one)
                ends.take(one)


async def test_a_connection_ends_when_its_person_was_signed_out(edge_doors: Doors) -> None:
    hub = hub_for(edge_doors)
    lines = stream(hub, GRID)
    await some_lines(lines, 1)
    revoked = AccessRevoked(person_id=GRID.id, not_before=datetime.now(UTC) + timedelta(seconds=1))
    await bus.handle(edge_doors.running.database, directory.consumers("edge"), arrived(revoked, datetime.now(UTC)))
    await hub.refresh()
    with pytest.raises(StopAsyncIteration):
        await anext(lines)


async def test_who_was_signed_out_and_comes_back_with_the_old_token_hears_nothing(edge_doors: Doors) -> None:
    """The door remembers who may come in for two seconds; the hub looks again."""
    hub, missed = hub_for(edge_doors), submitted()
    hub.push(missed)
    hub.push(submitted())
    revoked = AccessRevoked(person_id=GRID.id, not_before=datetime.now(UTC) + timedelta(seconds=1))
    await bus.handle(edge_doors.running.database, directory.consumers("edge"), arrived(revoked, datetime.now(UTC)))
    lines = stream(hub, GRID, str(missed.id))
    assert await some_lines(lines, 1) == [BEAT]
    with pytest.raises(StopAsyncIteration):
        await anext(lines)
    assert not hub._people


async def test_a_token_that_is_over_ends_its_stream_though_the_database_hangs(
    edge_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(_: Any) -> None:
        await asyncio.Event().wait()

    hub = hub_for(edge_doors)
    lines = stream(hub, GRID, seconds=0.2)
    await some_lines(lines, 1)
    monkeypatch.setattr(edge_doors.running.directory, "look_up", hangs)
    keeping = [asyncio.create_task(hub.keep()), asyncio.create_task(hub.beat())]
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(lines), 5)
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)


async def test_a_hint_that_came_late_is_missed_by_nobody_who_comes_back(edge_doors: Doors) -> None:
    """The relay was held up: it happened long before what was heard last, and came after it."""
    hub, seen = hub_for(edge_doors), submitted()
    late = arrived(submitted().event, datetime.now(UTC) - timedelta(minutes=2))
    hub.push(seen)
    hub.push(late)
    lines = await some_lines(stream(hub, OFFICER, str(seen.id)), 2)
    assert str(late.id).encode() in lines[1]


async def test_who_missed_very_much_starts_afresh(edge_doors: Doors) -> None:
    hub, seen = hub_for(edge_doors), submitted()
    hub.push(seen)
    for _ in range(501):
        hub.push(submitted())
    assert await some_lines(stream(hub, OFFICER, str(seen.id)), 2) == [BEAT, RESET]


def test_roles_that_hear_reports_are_the_offices() -> None:
    assert EVENTS["reports.report_submitted.v1"].audience.staff >= {Role.GRID_WORKER, Role.COMMUNITY_OFFICER}


async def test_a_persons_ninth_connection_ends_the_first_and_nobody_elses(edge_doors: Doors) -> None:
    hub = hub_for(edge_doors)
    neighbour, own = stream(hub, GRID), [stream(hub, RESIDENT) for _ in range(9)]
    for lines in (neighbour, *own):
        assert await some_lines(lines, 1) == [BEAT]
    with pytest.raises(StopAsyncIteration):
        await anext(own[0])
    notice = sample_of("notify.notice_added.v1").model_copy(update={"recipients": (RESIDENT.id,)})
    hub.push(arrived(notice, datetime.now(UTC)))
    assert await some_lines(own[1], 1) not in ([BEAT], [RESET])
    for lines in (neighbour, *own):
        await lines.aclose()  # type: ignore[attr-defined]
    assert not hub._people


async def test_what_is_dear_to_make_is_made_once_for_all_who_ask() -> None:
    from gateway.remembered import Remembered

    made = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0.05)
        if len(made) == 1:
            raise ConnectionError
        return len(made)

    kept = Remembered(0.2, make)
    with pytest.raises(ConnectionError):
        await kept.get()
    assert await asyncio.gather(*(kept.get() for _ in range(50))) == [2] * 50
    await asyncio.sleep(0.25)
    assert await kept.get() == 3


async def test_a_service_that_hangs_makes_the_documents_late_and_no_fault_of_ours() -> None:
    from chassis.errors import Unavailable
    from gateway import documents

    with pytest.raises(Unavailable):
        await documents.openapi({"gate": "http://127.0.0.1:9"}, "http://localhost", {"paths": {}, "components": {"schemas": {}}})
