"""Who listens is looked up again only when something about them changed; then it is, whatever came in between."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.wire import until
from builders.world import FAR_GRID, GRID, LONG_AGO, STRANGER, UNIT, Person
from sqlalchemy import text

from chassis import bus, directory
from chassis.auth import Claims
from chassis.rights import Actor
from chassis.testing import arrived
from contracts.area import Role
from contracts.identity import AccessRevoked, AssignmentChanged, BindingChanged
from contracts.reports import ReportSubmitted
from gateway import changes
from gateway.live import REFRESH_SECONDS, Hub

OFFICE = uuid4()


def office(until: datetime | None = None, *, since: datetime | None = None) -> AssignmentChanged:
    """The stranger serves in the grid."""
    return AssignmentChanged(
        area=UNIT, assignment_id=OFFICE, person_id=STRANGER.id, role=Role.GRID_WORKER, display_name="某某",
        starts_at=since or datetime.now(UTC) - timedelta(days=1), ends_at=until,
    )


async def heard(doors: Doors, event: Any, sequence: int = 1) -> None:
    """As the edge's worker handles it."""
    envelope = replace(arrived(event, datetime.now(UTC)), sequence=sequence)
    await bus.handle(doors.running.database, directory.consumers("edge"), envelope)


class Listening:
    """Some people's open connections."""

    def __init__(self, doors: Doors) -> None:
        self.hub = Hub(doors.running.database, doors.running.directory, doors.running.settings.clock)
        self._tasks: list[asyncio.Task[None]] = []
        self._told: Counter[UUID] = Counter()

    async def come(self, *people: Person) -> None:
        """Open one each, and wait until they are open."""
        for person in people:
            now = datetime.now(UTC)
            claims = Claims(person.id, now, now + timedelta(minutes=1), str(uuid4()), frozenset())
            self._tasks.append(asyncio.create_task(self.hub.serve(claims, None, self._never, self._telling(person))))
        while len(self.hub._people) < len(self._tasks):
            await asyncio.sleep(0.01)

    async def _never(self) -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    def _telling(self, person: Person) -> Callable[[dict[str, Any]], Awaitable[None]]:
        async def tell(_: dict[str, Any]) -> None:
            self._told[person.id] += 1

        return tell

    def serves(self, person: Person) -> bool:
        """Whether a hint that is for an office over the unit reaches them."""
        before = self._told[person.id]
        event = ReportSubmitted(area=UNIT, report_id=uuid4(), number="GH-1", category="other", reporter_id=uuid4())
        self.hub.push(arrived(event, datetime.now(UTC)))
        return self._told[person.id] > before

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def watched(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> list[list[UUID]]:
    """Whom the directory is asked about from now on."""
    asked: list[list[UUID]] = []
    ask = doors.running.directory.look_up

    async def noted(persons: list[UUID]) -> dict[UUID, tuple[Actor, datetime | None]]:
        asked.append(persons)
        return await ask(persons)

    monkeypatch.setattr(doors.running.directory, "look_up", noted)
    return asked


async def test_who_gains_an_office_or_loses_it_hears_so_from_the_next_refresh_on(edge_doors: Doors) -> None:
    async with Listening(edge_doors) as listening:
        await listening.come(STRANGER, GRID)
        await listening.hub.refresh()
        await heard(edge_doors, office(), 1)
        await listening.hub.refresh()
        assert listening.serves(STRANGER)
        await heard(edge_doors, office(until=datetime.now(UTC)), 2)
        await listening.hub.refresh()
        assert not listening.serves(STRANGER)
        assert listening.serves(GRID)
    assert REFRESH_SECONDS < 2


async def test_an_office_begins_and_ends_by_the_clock_too(edge_doors: Doors) -> None:
    now = datetime.now(UTC)
    await heard(edge_doors, office(since=now + timedelta(seconds=0.5), until=now + timedelta(seconds=1)))
    async with Listening(edge_doors) as listening:
        await listening.come(STRANGER)
        for moment, serves in ((0.0, False), (0.6, True), (1.1, False)):
            await asyncio.sleep((now + timedelta(seconds=moment) - datetime.now(UTC)).total_seconds())
            await listening.hub.refresh()
            assert listening.serves(STRANGER) == serves


async def test_only_they_and_who_came_since_are_looked_up_again(edge_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Listening(edge_doors) as listening:
        await listening.come(STRANGER, GRID)
        asked = watched(edge_doors, monkeypatch)

        async def quiet() -> bool:
            await listening.hub.refresh()
            return asked[-1] == []

        await until(quiet)  # what was kept while any transaction of the server was open is seen twice
        await heard(edge_doors, office())
        await listening.hub.refresh()
        assert asked[-1] == [STRANGER.id]
        await until(quiet)
        await listening.come(FAR_GRID)
        await listening.hub.refresh()
        assert asked[-1] == [FAR_GRID.id]


async def test_what_changed_while_somebody_came_is_not_missed(edge_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look of the one who comes saw the old office; the refresh that would see the new one is over before they are in."""
    ask, late = edge_doors.running.directory.look_up, asyncio.Event()

    async def slowly(persons: list[UUID]) -> dict[UUID, tuple[Actor, datetime | None]]:
        found = await ask(persons)
        if persons:
            await late.wait()
        return found

    async with Listening(edge_doors) as listening:
        await listening.hub.refresh()
        monkeypatch.setattr(edge_doors.running.directory, "look_up", slowly)
        coming = asyncio.create_task(listening.come(STRANGER))
        await asyncio.sleep(0.2)
        await heard(edge_doors, office())
        await listening.hub.refresh()
        late.set()
        await coming
        assert not listening.serves(STRANGER)
        await listening.hub.refresh()
        assert listening.serves(STRANGER)


async def test_a_refresh_that_failed_takes_nothing_for_seen(edge_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: list[UUID]) -> dict[UUID, tuple[Actor, datetime | None]]:
        raise ConnectionError

    async with Listening(edge_doors) as listening:
        await listening.come(STRANGER)
        await listening.hub.refresh()
        await heard(edge_doors, office())
        with monkeypatch.context() as patched:
            patched.setattr(edge_doors.running.directory, "look_up", away)
            with pytest.raises(ConnectionError):
                await listening.hub.refresh()
        await listening.hub.refresh()
        assert listening.serves(STRANGER)


async def test_what_an_open_transaction_kept_is_seen_once_it_is_committed(edge_doors: Doors) -> None:
    """It began before the look and ended after it; a younger one was seen in between."""
    database = edge_doors.running.database
    async with database.engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(text(
            "insert into directory_bindings (id, person_id, area, kind, starts_at, seq, kept_in) values"
            " (gen_random_uuid(), :person, '510104', 'owner', '2020-01-01', 1, pg_current_xact_id()::text::bigint)",
        ), {"person": STRANGER.id})
        await heard(edge_doors, office(), 1)
        look, _ = await changes.since(None, database)
        await transaction.commit()
    look, found = await changes.since(look, database)
    assert STRANGER.id in (found or ())


@pytest.mark.parametrize("event", [
    BindingChanged(area=UNIT, binding_id=uuid4(), person_id=STRANGER.id, kind="owner", starts_at=LONG_AGO),
    AccessRevoked(person_id=STRANGER.id, not_before=LONG_AGO),
    office(),
], ids=lambda event: event.topic)
async def test_whatever_identity_says_of_a_person_is_a_change(event: Any, edge_doors: Doors) -> None:
    look, _ = await changes.since(None, edge_doors.running.database)
    await heard(edge_doors, event)
    assert (await changes.since(look, edge_doors.running.database))[1] == {STRANGER.id}


async def test_a_clock_put_back_or_another_database_may_have_changed_anybody(edge_doors: Doors) -> None:
    database = edge_doors.running.database
    look, found = await changes.since(None, database)
    assert found is None
    for before in (replace(look, at=look.at + timedelta(hours=1)), replace(look, oldest=look.oldest + 1_000_000)):
        assert (await changes.since(before, database))[1] is None
