"""Connections: one that was cut is replaced; a piece of work has one, for the session and for prepared statements alike."""

import asyncio
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders.doors import Doors
from builders.world import RESIDENT, UNIT
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.connectors.asyncio import AsyncAdapt_Error
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.exc import DBAPIError

from chassis import outbox
from chassis.db import Database, Work
from chassis.envelope import Cause
from chassis.prepared import Prepared, Row
from chassis.problems import SomebodyWasFaster, StorageUnavailable, Unexpected, translated
from contracts.reports import ReportClosed
from deploy.local.layout import Layout
from services.reports.store.tables import numbers

_ADD = Prepared(insert(numbers).inline(), "community", "day", "last")
_COUNT = Prepared(select(func.count(numbers.c.last)).where(numbers.c.community == bindparam("community")))
_SAID = text("select last from numbers where community = :community")


def _row(community: str) -> dict[str, Any]:
    return {"community": community, "day": date(2026, 1, 1), "last": 1}


@pytest.fixture
def narrow(reports_doors: Doors) -> Database:
    """With one connection: whoever wants a second waits for ever."""
    settings = reports_doors.running.settings
    return Database("reports", settings.database_url, keys=settings.keys, clock=settings.clock, pool_size=1)


async def test_a_prepared_statement_is_part_of_the_transaction_also_as_its_first(narrow: Database) -> None:
    community = str(uuid4())
    async with narrow.work() as work:
        await work.rows(_ADD, **_row(community))
    async with narrow.reading() as look:
        assert await look.value(_COUNT, community=community) == 0
    async with narrow.work() as work:
        await work.rows(_ADD, **_row(community))
        assert await work.session.scalar(_SAID, {"community": community}) == 1
        await narrow.commit(work)
    async with narrow.reading() as look:
        assert await look.value(_COUNT, community=community) == 1
    await narrow.close()


async def test_looking_takes_one_connection_whichever_way_it_asks(narrow: Database) -> None:
    async with asyncio.timeout(4), narrow.reading() as look:
        assert await look.value(_COUNT, community="x") == 0
        assert await look.session.scalar(_SAID, {"community": "x"}) is None
        assert await look.value(_COUNT, community="x") == 0
    await narrow.close()


async def test_what_is_released_is_not_used_again(narrow: Database) -> None:
    community = str(uuid4())
    async with asyncio.timeout(4), narrow.work() as work:
        assert await work.value(_COUNT, community=community) == 0
        await work.release()
        async with narrow.reading() as look:
            assert await look.value(_COUNT, community=community) == 0
        await work.rows(_ADD, **_row(community))
    async with narrow.reading() as look:
        assert await look.value(_COUNT, community=community) == 0
    await narrow.close()


async def test_a_constraint_is_said_alike_by_the_driver_and_by_sqlalchemy(narrow: Database) -> None:
    community = str(uuid4())
    async with narrow.work() as work:
        await work.rows(_ADD, **_row(community))
        with pytest.raises(asyncpg.UniqueViolationError) as broken:
            await work.rows(_ADD, **_row(community))
    assert isinstance(translated(broken.value), SomebodyWasFaster)
    await narrow.close()


CUT = (asyncpg.InternalClientError("failed"), asyncpg.InterfaceError("connection is closed"), OSError(), TimeoutError())


@pytest.mark.parametrize("said", CUT)
def test_a_connection_that_dies_underneath_is_said_to_be_away(said: Exception) -> None:
    wrapped = AsyncAdapt_Error("the adapter's own")
    wrapped.__cause__ = said
    assert isinstance(translated(said), StorageUnavailable)
    assert isinstance(translated(wrapped), StorageUnavailable)


def test_a_fault_of_ours_is_no_outage() -> None:
    assert isinstance(translated(asyncpg.InterfaceError("another operation is in progress")), Unexpected)
    ours = ValueError("ours")
    ours.__cause__ = asyncpg.UniqueViolationError("theirs")
    assert isinstance(translated(ours), Unexpected)


async def test_a_connection_whose_beginning_was_cut_off_is_not_used_again(
    narrow: Database, reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with narrow.reading() as look:
        await look.value(_COUNT, community="x")  # SQLAlchemy begins a transaction of its own on an engine's first connection
    begin = AsyncAdapt_asyncpg_connection._start_transaction

    async def cut_off(adapter: Any) -> None:
        monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "_start_transaction", begin)
        await adapter.driver_connection.execute("begin")
        raise asyncio.CancelledError

    monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "_start_transaction", cut_off)
    community = str(uuid4())
    with pytest.raises(asyncio.CancelledError):
        async with narrow.work() as work:
            await work.value(_COUNT, community=community)
    async with narrow.work() as work:
        await work.rows(_ADD, **_row(community))
        await narrow.commit(work)
    said = await reports_doors.rows("select last from numbers where community = :community", community=community)
    assert [row.last for row in said] == [1], "it must be seen from elsewhere: what was not committed is seen only by itself"
    await narrow.close()


def test_a_value_that_was_not_given_is_no_null() -> None:
    with pytest.raises(KeyError):
        _ADD.arguments({"community": "x", "day": date(2026, 1, 1)})


async def test_connections_cut_while_they_lay_are_replaced_unseen(reports_doors: Doors, stack: Layout) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        answers = await asyncio.gather(*(resident.get("/api/v1/reports") for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        connection = await asyncpg.connect(stack.superuser_url)
        await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'reports_doors'")
        await connection.close()
        await asyncio.sleep(0.2)
        answers = await asyncio.gather(*(resident.get("/api/v1/reports") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}


async def test_whoever_names_the_same_key_waits_until_the_other_has_ended(reports_doors: Doors) -> None:
    """Ten read a figure, think, and write it one higher: nobody reads what another is about to change."""
    database, counted = reports_doors.running.database, [0]

    async def count(key: bytes, work: Work) -> None:
        await work.taking_turns(key)
        seen = counted[0]
        await asyncio.sleep(0.01)
        counted[0] = seen + 1

    key = uuid4().bytes
    await asyncio.gather(*(database.do(partial(count, key)) for _ in range(10)))
    assert counted == [10]
    async with database.work() as holding, asyncio.timeout(5):
        await holding.taking_turns(key)
        await database.do(partial(count, uuid4().bytes))  # another key waits for nobody


def _closed(report: UUID) -> ReportClosed:
    return ReportClosed(area=UNIT, report_id=report, number="GH-1", reporter_id=RESIDENT.id)


async def test_the_relay_is_woken_for_what_was_said_and_for_nothing_else(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, woken = reports_doors.running.database, list[str]()
    monkeypatch.setattr(database, "after_commit", lambda: woken.append("relay"))

    async def nothing(work: Work) -> None:
        await work.rows(_ADD, **_row(str(uuid4())))

    async def something(work: Work) -> None:
        work.announce(_closed(uuid4()))

    await database.do(nothing)
    assert woken == []
    await database.do(something)
    assert woken == ["relay"]


async def test_who_says_the_same_things_in_another_order_waits_and_no_circle_comes_of_it(reports_doors: Doors) -> None:
    one, other = _closed(uuid4()), _closed(uuid4())

    async def say(told: list[ReportClosed], work: Work) -> None:
        async def slowly(asked: Prepared, **values: Any) -> list[Row]:
            found = await work.rows(asked, **values)
            await asyncio.sleep(0.3)  # so that the other has begun too
            return found

        await outbox.write(slowly, "/guohuai/reports", work.now, [(event, Cause()) for event in told])

    do = reports_doors.running.database.do
    await asyncio.gather(do(partial(say, [one, other])), do(partial(say, [other, one])))
    kept = await reports_doors.rows("select subject, seq, headers ->> 'cloudEvents:sequence' told from outbox order by 1, 2")
    assert [(row.subject, row.seq, row.told) for row in kept] == [
        (event.subject, n, str(n)) for event in sorted((one, other), key=lambda event: event.subject) for n in (1, 2)
    ]


async def test_a_role_waits_for_nothing_without_end(reports_doors: Doors) -> None:
    async with reports_doors.running.database.engine.connect() as connection:
        (bounds,) = await connection.execute(text(
            "select current_setting('lock_timeout'), current_setting('statement_timeout'),"
            " current_setting('idle_in_transaction_session_timeout')"
        ))
    assert tuple(bounds) == ("45s", "1min", "1min")


WAITS = {
    "lock_timeout": "lock table numbers",
    "statement_timeout": "select pg_sleep(5)",
    "idle_in_transaction_session_timeout": "select 1",
}


@pytest.mark.parametrize("bound", WAITS)
async def test_who_came_to_a_bound_is_told_to_come_again(reports_doors: Doors, narrow: Database, bound: str) -> None:
    async with reports_doors.whole.connect() as holding:
        await holding.execute(text("lock table numbers in exclusive mode"))
        with pytest.raises(Exception) as broken:  # noqa: PT011 - the driver's or SQLAlchemy's, whichever hears of it
            async with narrow.work() as work:
                await work.session.execute(text(f"set local {bound} = '100ms'"))
                await asyncio.sleep(0.5)
                await work.session.execute(text(WAITS[bound]))
    assert isinstance(translated(broken.value), StorageUnavailable)
    async with narrow.reading() as look:
        assert await look.value(_COUNT, community="x") == 0
    await narrow.close()


def test_what_never_changes_stands_in_a_statement_and_what_is_said_is_a_parameter() -> None:
    said = select(numbers.c.last).where(numbers.c.community == "o'x%", numbers.c.last > 3, numbers.c.day == bindparam("day"))
    asked = Prepared(said.limit(5))
    assert "community = 'o''x%'" in asked.text
    assert "last > 3" in asked.text
    assert asked.text.endswith("LIMIT 5")
    assert (asked.text.count("$"), asked.arguments({"day": "a day", "other": 1})) == (1, ["a day"])


_ON = Prepared(select(func.count(numbers.c.last)).where(numbers.c.day == bindparam("day")))
UNSENT = {
    "to the driver": lambda work: work.value(_ON, day="no day"),
    "through the session": lambda work: work.session.scalar(_SAID, {"community": "\ud800"}),
}


@pytest.mark.parametrize("way", UNSENT)
@pytest.mark.parametrize("kind", ["reading", "work"])
async def test_a_value_that_cannot_be_sent_leaves_no_lock_behind(
    reports_doors: Doors, narrow: Database, way: str, kind: str
) -> None:
    with pytest.raises((asyncpg.DataError, DBAPIError)):
        async with getattr(narrow, kind)() as work:
            await UNSENT[way](work)
    async with reports_doors.whole.begin() as other:
        await other.execute(text("set local lock_timeout = '500ms'"))
        await other.execute(text("lock table numbers in access exclusive mode"))
    async with narrow.reading() as look:
        assert await look.value(_COUNT, community="x") == 0
    await narrow.close()
