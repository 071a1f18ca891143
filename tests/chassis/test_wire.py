"""Outbox to inbox over the real broker: nothing lost, nothing twice, failures on the ladder, the dead with their reason."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from builders.doors import VHOST, Doors, keyed
from builders.wire import depth, until, working
from builders.world import GRID, LONG_AGO, RESIDENT, UNIT
from pydantic import ValidationError

from chassis import bus
from chassis.bus import Consumers, Subscription
from chassis.errors import Conflict
from chassis.relay import Relay
from chassis.testing import arrived
from contracts.event import MOST_NAMED
from contracts.identity import AccessRevoked
from contracts.reports import ReportClosed, ReportSubmitted
from deploy import recovery, topology
from deploy.local.layout import Layout
from services.notify.consumers.reports import consumers as notify_reports


async def _file(doors: Doors) -> str:
    draft = {"text": "水管漏水", "category": "water", "place": {"area": UNIT}, "client_token": str(uuid4())}
    async with doors.client(RESIDENT) as resident:
        return str((await resident.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"])


def _submitted() -> ReportSubmitted:
    return ReportSubmitted(
        area=UNIT, recipients=(RESIDENT.id,), report_id=uuid4(), number="GH-20260101-0001", category="water",
        reporter_id=RESIDENT.id,
    )


async def test_a_committed_fact_reaches_its_consumer_and_moves_to_the_archive(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker
) -> None:
    report = await _file(reports_doors)
    async with working(reports_doors, notify_doors):
        told = await until(lambda: notify_doors.rows("select person_id, template from notices"))
        await until(lambda: reports_doors.rows("select 1 from outbox_archive where published_at is not null"))
    assert {(row.person_id, row.template) for row in told} == {
        (RESIDENT.id, "report-received"), (GRID.id, "report-to-handle"),
    }
    assert await reports_doors.rows("select 1 from outbox") == []
    archived = (await reports_doors.rows("select subject, seq from outbox_archive"))[0]
    assert (archived.subject, archived.seq) == (f"report/{report}", 1)


async def test_as_many_as_an_event_may_name_hear_of_it_and_one_that_names_more_is_never_said(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker
) -> None:
    """The broker would end the connection over a header that is larger than a frame, and the relay could publish nothing more."""
    people, heard = tuple(uuid4() for _ in range(MOST_NAMED)), asyncio.Queue[tuple[Any, ...]]()
    said = {"area": UNIT, "report_id": uuid4(), "number": "GH-1", "category": "water", "reporter_id": RESIDENT.id}
    listening = Consumers("notify", "reports")

    @listening.on(ReportSubmitted)
    async def hears(event: ReportSubmitted, work: Any) -> None:
        heard.put_nowait(event.recipients)

    with pytest.raises(ValidationError):
        ReportSubmitted(**said, recipients=(*people, RESIDENT.id))
    await _publish(reports_doors, ReportSubmitted(**said, recipients=people))
    async with working(reports_doors), reading(notify_doors, listening):
        assert await asyncio.wait_for(heard.get(), 15) == people


async def test_an_event_delivered_twice_is_handled_once(notify_doors: Doors) -> None:
    envelope = arrived(_submitted(), datetime.now(UTC))
    database = notify_doors.running.database
    assert await bus.handle(database, notify_reports, envelope) is True
    assert await bus.handle(database, notify_reports, envelope) is False
    assert len(await notify_doors.rows("select 1 from notices")) == 2
    assert len(await notify_doors.rows("select 1 from outbox")) == 2


async def test_twenty_copies_at_once_are_handled_once(notify_doors: Doors) -> None:
    envelope = arrived(_submitted(), datetime.now(UTC))
    database = notify_doors.running.database
    done = await asyncio.gather(*(bus.handle(database, notify_reports, envelope) for _ in range(20)))
    assert sorted(done) == [False] * 19 + [True]
    assert len(await notify_doors.rows("select 1 from notices")) == 2


async def test_a_failed_handler_leaves_neither_effect_nor_inbox_row(notify_doors: Doors) -> None:
    listening = Consumers("notify", "reports")

    @listening.on(ReportSubmitted)
    async def breaks(event: ReportSubmitted, work: Any) -> None:
        from services.notify.actions.notices import tell

        await tell(work, event, "report-received", [RESIDENT.id], number=event.number)
        raise RuntimeError("broken on purpose")

    with pytest.raises(RuntimeError):
        await bus.handle(notify_doors.running.database, listening, arrived(_submitted(), LONG_AGO))
    for table in ("notices", "outbox", "inbox where queue = 'notify.reports'"):
        assert await notify_doors.rows(f"select 1 from {table}") == []


@asynccontextmanager
async def reading(doors: Doors, listening: Consumers) -> AsyncIterator[None]:
    """One queue being read by a handler of the test."""
    stop = asyncio.Event()
    subscription = Subscription(doors.running.settings.rabbitmq_url, doors.running.database, listening, stop)
    task = asyncio.create_task(subscription.run())
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(task, return_exceptions=True)


def _operator(doors: Doors, layout: Layout) -> tuple[str, str]:
    """The addresses the operator's commands use."""
    return doors.running.settings.database_direct_url, f"{layout.admin_broker_url}{VHOST}"


async def _publish(doors: Doors, event: Any) -> None:
    async def announce(work: Any) -> None:
        work.announce(event)

    await doors.running.database.do(announce)


@asynccontextmanager
async def database_away(doors: Doors, layout: Layout) -> AsyncIterator[None]:
    """Nobody reaches this one database: its connections are cut and new ones refused."""
    name = doors.running.settings.database_url.rpartition("/")[2]
    connection = await asyncpg.connect(layout.superuser_url)
    try:
        await connection.execute(f'alter database "{name}" allow_connections false')
        await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        yield
    finally:
        await connection.execute(f'alter database "{name}" allow_connections true')
        await connection.close()


async def test_what_is_in_hand_while_the_database_is_away_waits_for_it_and_climbs_no_ladder(
    stack: Layout, reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker
) -> None:
    for _ in range(3):
        await _file(reports_doors)
    async with working(notify_doors):
        async with database_away(notify_doors, stack), working(reports_doors):
            await asyncio.sleep(sum(emptied.rungs) + 1)  # longer than the whole ladder

            async def nothing_climbs() -> bool:
                return not any([await depth(stack, f"notify.{end}") for end in ("dead", "retry.1", "retry.4")])

            assert await nothing_climbs()
        await until(lambda: _count(notify_doors, "notices", 6))
    assert await depth(stack, "notify.dead") == 0


async def _count(doors: Doors, table: str, wanted: int) -> bool:
    return len(await doors.rows(f"select 1 from {table}")) == wanted



async def test_what_fails_climbs_the_ladder_until_it_succeeds(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    tries: list[float] = []
    listening = Consumers("notify", "reports")

    @listening.on(ReportSubmitted)
    async def fails_at_first(event: ReportSubmitted, work: Any) -> None:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) < 5:
            raise RuntimeError("not yet")

    await _publish(reports_doors, _submitted())
    async with reading(notify_doors, listening), working(reports_doors):
        await until(lambda: notify_doors.rows("select 1 from inbox where queue = 'notify.reports'"))
    assert len(tries) == 5  # twice at once, then two at each of two rungs until the fifth
    assert tries[2] - tries[1] >= emptied.rungs[0] * 0.9
    assert await depth(stack, "notify.dead") == 0


async def test_what_a_dying_worker_had_in_hand_is_handled_by_the_next(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker
) -> None:
    in_hand, listening = asyncio.Event(), Consumers("notify", "reports")

    @listening.on(ReportSubmitted)
    async def never_ends(event: ReportSubmitted, work: Any) -> None:
        in_hand.set()
        await asyncio.Event().wait()

    await _publish(reports_doors, _submitted())
    async with working(reports_doors):
        url, database = notify_doors.running.settings.rabbitmq_url, notify_doors.running.database
        dying = asyncio.create_task(Subscription(url, database, listening, asyncio.Event()).run())
        await asyncio.wait_for(in_hand.wait(), 15)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        assert await notify_doors.rows("select 1 from notices") == []
        async with reading(notify_doors, notify_reports):
            assert len(await until(lambda: notify_doors.rows("select 1 from notices"))) == 2


async def test_what_never_succeeds_dies_with_its_reason_and_is_redriven(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    broken = True
    listening = Consumers("notify", "reports")

    @listening.on(ReportSubmitted)
    async def fails(event: ReportSubmitted, work: Any) -> None:
        if broken:
            raise RuntimeError("never")

    async def dead() -> bool:
        return await depth(stack, "notify.dead") == 1

    await _publish(reports_doors, _submitted())
    url = notify_doors.running.settings.rabbitmq_url
    async with reading(notify_doors, listening), working(reports_doors):
        await until(dead, 30)
        async with bus.connected(url, "looking") as channel:
            message = await (await channel.get_queue("notify.dead", ensure=False)).get()
            assert message is not None
            said = (message.headers[bus.REASON], message.headers[bus.FIRST_QUEUE], message.headers[bus.ERROR])
            assert said == ("retries-exhausted", "notify.reports", "RuntimeError")
            assert "水" not in str(message.headers)
            await message.nack(requeue=True)
        broken = False
        assert await recovery.redrive(_operator(notify_doors, stack)[1], "notify") == 1
        await until(lambda: notify_doors.rows("select 1 from inbox where queue = 'notify.reports'"))
    async with bus.connected(url, "looking") as channel:
        assert await (await channel.get_queue("notify.dead", ensure=False)).get(fail=False) is None


async def test_a_refusal_is_buried_at_once_and_so_is_what_nobody_understands(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    listening = Consumers("notify", "reports")

    @listening.on(ReportSubmitted)
    async def refuses(event: ReportSubmitted, work: Any) -> None:
        raise Conflict("no")

    async def dead(count: int) -> bool:
        return await depth(stack, "notify.dead") == count

    await _publish(reports_doors, _submitted())
    async with reading(notify_doors, listening), working(reports_doors):
        await until(lambda: dead(1))
        async with bus.connected(reports_doors.running.settings.rabbitmq_url, "strange") as channel:
            strange = {"cloudEvents:type": "reports.report_submitted.v1", "cloudEvents:id": "no uuid"}
            await bus.publish(channel, "guohuai.events", "reports.report_submitted.v1", strange, b"{}", message_id="x")
        await until(lambda: dead(2))


async def test_replay_gives_one_queue_its_history_and_changes_nothing_that_was_handled(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    await _file(reports_doors)
    async with working(reports_doors, notify_doors):
        await until(lambda: reports_doors.rows("select 1 from outbox_archive"))
        await until(lambda: notify_doors.rows("select 1 from notices"))
        before = await notify_doors.rows("select id from notices order by id")
        assert await recovery.replay(*_operator(reports_doors, stack), "notify.reports") == 1
        await asyncio.sleep(1)
        assert await notify_doors.rows("select id from notices order by id") == before
        async with notify_doors.whole.begin() as connection:
            from sqlalchemy import text

            await connection.execute(text("truncate notices, inbox"))
        assert await recovery.replay(*_operator(reports_doors, stack), "notify.reports") == 1
        await until(lambda: notify_doors.rows("select 1 from notices"))
    assert await notify_doors.rows("select id from notices order by id") == before


async def test_replay_to_an_unknown_queue_is_refused(reports_doors: Doors, stack: Layout) -> None:
    with pytest.raises(recovery.NoSuchQueue):
        await recovery.replay(*_operator(reports_doors, stack), "notify.nothing")


async def test_an_event_nobody_hears_is_archived_and_not_published(
    identity_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    from contracts.identity import PersonRegistered

    await _publish(identity_doors, PersonRegistered(person_id=uuid4()))
    async with working(identity_doors):
        rows = await until(lambda: identity_doors.rows("select published_at from outbox_archive"))
    assert [row.published_at for row in rows] == [None]
    assert await depth(stack, "guohuai.unrouted") == 0


async def test_events_of_a_subject_are_numbered_without_gaps_and_published_in_order(
    reports_doors: Doors, emptied: topology.Broker
) -> None:
    one = uuid4()

    async def say(work: Any) -> None:
        for _ in range(3):
            work.announce(ReportClosed(area=UNIT, report_id=one, number="GH-1", reporter_id=RESIDENT.id))

    await asyncio.gather(*(reports_doors.running.database.do(say) for _ in range(8)))
    rows = await reports_doors.rows("select seq from outbox order by seq")
    assert [row.seq for row in rows] == list(range(1, 25))


async def test_one_relay_leads_and_the_other_takes_over(reports_doors: Doors, emptied: topology.Broker) -> None:
    settings = reports_doors.running.settings
    relays = [Relay("reports", settings.database_direct_url, settings.rabbitmq_url, settings.clock) for _ in range(2)]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]

    async def led() -> bool:
        return any(relay.leads for relay in relays)

    await until(led)
    await asyncio.sleep(1.2)
    assert sum(relay.leads for relay in relays) == 1
    first = next(n for n, relay in enumerate(relays) if relay.leads)
    tasks[first].cancel()
    await until(lambda: _leads(relays[1 - first]))
    tasks[1 - first].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _leads(relay: Relay) -> bool:
    return relay.leads


async def test_what_the_broker_did_not_confirm_stays_in_the_outbox(reports_doors: Doors, emptied: topology.Broker) -> None:
    settings = reports_doors.running.settings
    await _publish(reports_doors, AccessRevoked(person_id=RESIDENT.id, not_before=LONG_AGO))  # not ours to say: refused
    relay = Relay("reports", settings.database_direct_url, settings.rabbitmq_url, settings.clock)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(1.5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(await reports_doors.rows("select 1 from outbox")) == 1
    assert await reports_doors.rows("select 1 from outbox_archive") == []


async def test_a_worker_told_to_stop_finishes_what_it_has_in_hand(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    in_hand, listening = asyncio.Event(), Consumers("notify", "reports")

    @listening.on(ReportSubmitted)
    async def takes_a_while(event: ReportSubmitted, work: Any) -> None:
        in_hand.set()
        await asyncio.sleep(1)
        await notify_reports.handlers[event.topic](event, work)

    await _publish(reports_doors, _submitted())
    async with working(reports_doors):
        async with reading(notify_doors, listening):
            await asyncio.wait_for(in_hand.wait(), 15)
        assert len(await notify_doors.rows("select 1 from notices")) == 2
    assert await depth(stack, "notify.reports") == 0


async def test_a_service_may_not_publish_in_anothers_name(reports_doors: Doors, emptied: topology.Broker) -> None:
    from aiormq.exceptions import AMQPError

    with pytest.raises((AMQPError, RuntimeError)):
        async with bus.connected(reports_doors.running.settings.rabbitmq_url, "forger") as channel:
            await bus.publish(channel, "guohuai.events", "identity.access_revoked.v1", {}, b"{}", message_id="x")


async def test_a_service_may_not_read_anothers_queue(reports_doors: Doors, emptied: topology.Broker) -> None:
    from aiormq.exceptions import AMQPError

    with pytest.raises((AMQPError, RuntimeError)):
        async with bus.connected(reports_doors.running.settings.rabbitmq_url, "reader") as channel:
            queue = await channel.get_queue("notify.reports", ensure=False)
            await queue.get()


async def test_a_quiet_queue_is_neither_left_nor_deaf(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(bus, "_QUIET_SECONDS", 0.2)
    caplog.set_level("INFO", "chassis.bus")
    async with working(notify_doors):
        await asyncio.sleep(1.5)
        await _file(reports_doors)
        async with working(reports_doors):
            await until(lambda: _count(notify_doors, "notices", 2), 5)
    listening = [record.facts["queue"] for record in caplog.records if record.message == "listening"]  # type: ignore[attr-defined]
    assert listening.count("notify.reports") == 1
    assert not [record for record in caplog.records if "lost its connection" in record.message]


async def test_signs_of_the_moment_die_in_no_queue_and_leave_no_row(
    identity_doors: Doors, gate_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    from chassis import directory
    from services.identity.app import service as identity

    settings = identity_doors.running.settings
    relay = Relay("identity", settings.database_direct_url, settings.rabbitmq_url, settings.clock, identity.mark)
    task = asyncio.create_task(relay.run())
    await until(lambda: _deep(stack, "gate.directory", 3), 15)
    before = len(await gate_doors.rows("select 1 from inbox"))
    async with reading(gate_doors, directory.consumers("gate")):
        await until(lambda: gate_doors.rows("select 1 from directory_mark"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await depth(stack, "gate.dead") == 0
    assert len(await gate_doors.rows("select 1 from inbox")) == before


async def _deep(layout: Layout, queue: str, wanted: int) -> bool:
    return await depth(layout, queue) >= wanted


async def test_what_waits_is_handled_together_and_each_keeps_its_own_cause(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, stack: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = [await _file(reports_doors) for _ in range(12)]
    async with working(reports_doors):
        await until(lambda: _deep(stack, "notify.reports", 12))
    database, commit, commits = notify_doors.running.database, notify_doors.running.database.commit, []

    async def counted(work: Any) -> None:
        commits.append(work)
        await commit(work)

    monkeypatch.setattr(database, "commit", counted)
    async with reading(notify_doors, notify_reports):
        await until(lambda: _count(notify_doors, "notices", 24))
    assert len(commits) <= 4
    said = await notify_doors.rows("select headers from outbox")
    events = await reports_doors.rows("select id, subject from outbox_archive")
    causes = {row.headers["cloudEvents:causationid"]: row.headers["cloudEvents:correlationid"] for row in said}
    assert causes == {str(row.id): row.subject.partition("/")[2] for row in events}
    assert set(causes.values()) == set(filed)


async def test_one_that_cannot_be_handled_spoils_nothing_for_those_beside_it(
    reports_doors: Doors, notify_doors: Doors, emptied: topology.Broker, stack: Layout
) -> None:
    listening, bad = Consumers("notify", "reports"), []

    @listening.on(ReportSubmitted)
    async def hears(event: ReportSubmitted, work: Any) -> None:
        from services.notify.actions.notices import tell

        await tell(work, event, "report-received", [event.reporter_id], number=event.number)
        if event.number == bad[0]:
            raise Conflict

    for _ in range(8):
        await _file(reports_doors)
    bad.append((await reports_doors.rows("select number from reports order by id offset 3 limit 1"))[0].number)
    async with working(reports_doors):
        await until(lambda: _deep(stack, "notify.reports", 8))
    async with reading(notify_doors, listening):
        await until(lambda: _count(notify_doors, "notices", 7))
        await until(lambda: _deep(stack, "notify.dead", 1))
    assert await depth(stack, "notify.reports") == 0
    assert len(await notify_doors.rows("select 1 from outbox")) == 7
