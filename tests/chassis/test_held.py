"""A row that is held: read by the driver itself, and an entity of the session all the same."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.life import file
from builders.world import GRID, HERE, OFFICER
from sqlalchemy import bindparam, select

from chassis.db import Work, _whole
from chassis.errors import NotFound
from chassis.prepared import Prepared
from chassis.rights import Actor, Permission, Rule
from deploy.local.layout import PYTHON, ROOT
from services.health.domain.reconciliation import Divergence, Verdict
from services.health.store.ledger import divergences
from services.reports.domain.machine import Status
from services.reports.domain.report import Report
from services.reports.domain.view import View
from services.reports.store.tables import reports

ANYBODY = Permission(Actor(GRID.id), "reports.read", Rule(anyone=True))
_NUMBER = Prepared(select(reports.c.number).where(reports.c.id == bindparam("key")))


@pytest.fixture
async def key(reports_doors: Doors) -> UUID:
    return UUID(await file(reports_doors))


async def number(doors: Doors, key: UUID) -> str:
    async with doors.running.database.reading() as look:
        return str(await look.value(_NUMBER, key=key))


async def test_it_is_what_the_session_would_have_read(reports_doors: Doors, key: UUID) -> None:
    database = reports_doors.running.database
    async with database.work() as work, database.work() as other:
        held = await work.locked(Report, key, ANYBODY)
        read = await other.session.get_one(Report, key)
        names = set(reports.c.keys())
        assert {name: vars(held)[name] for name in names} == {name: vars(read)[name] for name in names}
        assert type(held.status) is Status


async def test_what_is_changed_in_it_is_kept_and_the_rest_is_left(reports_doors: Doors, key: UUID) -> None:
    async def change(work: Work) -> None:
        held = await work.locked(Report, key, ANYBODY)
        assert held in work.session
        assert held not in work.session.dirty
        held.number = "changed"

    await reports_doors.running.database.do(change)
    assert await number(reports_doors, key) == "changed"


async def test_who_wants_it_waits_and_finds_what_became_of_it(reports_doors: Doors, key: UUID) -> None:
    database, seen = reports_doors.running.database, list[str]()

    async def later() -> None:
        async with database.work() as work:
            seen.append((await work.locked(Report, key, ANYBODY)).number)

    async with database.work() as work:
        held = await work.locked(Report, key, ANYBODY)
        waiting = asyncio.create_task(later())
        await asyncio.sleep(0.3)
        assert not seen
        held.number = "first"
        await database.commit(work)
    await waiting
    assert seen == ["first"]


async def test_what_the_session_knows_already_stays_one_thing_and_is_read_anew(reports_doors: Doors, key: UUID) -> None:
    database = reports_doors.running.database
    async with database.work() as work:
        known = await work.session.get_one(Report, key)
        async with database.work() as other:
            (await other.locked(Report, key, ANYBODY)).number = "meanwhile"
            await database.commit(other)
        assert await work.locked(Report, key, ANYBODY) is known
        assert known.number == "meanwhile"
        assert await work.locked(Report, key, ANYBODY) is known


async def test_what_was_begun_is_written_before_a_row_is_asked_for(reports_doors: Doors, key: UUID) -> None:
    async with reports_doors.running.database.work() as work:
        made = View(uuid4(), HERE, OFFICER.id, None, "早班", "open", "due", work.now)
        work.session.add(made)
        await work.locked(Report, key, ANYBODY)
        assert made not in work.session.new
        other = UUID(await file(reports_doors))
        (await work.locked(Report, key, ANYBODY)).number = "changed"
        await work.locked(Report, other, ANYBODY)
        assert await work.value(_NUMBER, key=key) == "changed"


async def test_what_is_not_there_and_what_is_out_of_reach_are_not_found(reports_doors: Doors, key: UUID) -> None:
    nobody = Permission(Actor(uuid4()), "reports.read", Rule())
    async with reports_doors.running.database.work() as work:
        for wanted, permission in ((uuid4(), ANYBODY), (key, nobody)):
            with pytest.raises(NotFound):
                await work.locked(Report, wanted, permission)


def test_of_what_is_one_of_several_words_there_may_be_none() -> None:
    _, made = _whole(Divergence)
    nothing: Any = dict.fromkeys(divergences.c.keys()) | {"verdict": Verdict.OURS_ONLY.value}
    found = made(nothing)
    assert (found.verdict, found.settlement) == (Verdict.OURS_ONLY, None)


async def test_the_first_thing_a_process_does_may_be_to_look_at_a_row() -> None:
    said = """
from chassis.db import _whole
from services.reports.domain.report import Report
from services.reports.store import tables
print(_whole(Report)[1]({"id": 1, "area": "x"}).area)
"""
    first = await asyncio.create_subprocess_exec(PYTHON, "-c", said, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert (await first.communicate())[0] == b"x\n"
