"""The audit is chained and signed, what it says stays, and a program that shares no code with it finds what was changed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from builders.doors import SUFFIX, Doors
from builders.wire import until
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import sealing
from chassis.db import Work
from deploy import verify_audit
from deploy.local.layout import Layout

Look = Callable[..., Awaitable[verify_audit.Verdict]]


async def _write(doors: Doors, rows: int = 7, **ago: float) -> None:
    async def some(work: Work) -> None:
        for n in range(rows):
            actor, reason = uuid4() if n % 2 else None, "核实“情况”\n" if n % 3 else None
            await work.audit("reports.read", f"report/{uuid4()}", actor=actor, reason=reason)

    await doors.running.database.do(some, now=doors.running.settings.clock.now() - timedelta(**ago))


async def _change(doors: Doors, *statements: str) -> None:
    """As the owner of the table can, who may switch off what guards it."""
    async with doors.whole.begin() as connection:
        for table in ("audit", "audit_roots"):
            await connection.execute(text(f"alter table {table} disable trigger user"))
        for statement in statements:
            await connection.execute(text(statement))
        for table in ("audit", "audit_roots"):
            await connection.execute(text(f"alter table {table} enable trigger user"))


@pytest.fixture
def looked(reports_doors: Doors, stack: Layout) -> Look:
    """What the separate program says."""
    anchor = stack.key_file("reports", "anchor").read_bytes()

    async def look(kept: str = "", *, key: bytes = anchor) -> verify_audit.Verdict:
        url = stack.database_url("reports", f"reports{SUFFIX}").replace("+asyncpg", "")
        return await verify_audit.verify("reports", url, verify_audit.public_of(key), kept)

    return look


@pytest.fixture
async def signed(reports_doors: Doors) -> Doors:
    """Twenty-one rows, three roots."""
    for minutes in (9, 6, 3):
        await _write(reports_doors, minutes=minutes)
        await sealing.seal(reports_doors.running)
        await sealing.sign(reports_doors.running)
    return reports_doors


async def test_what_was_written_is_what_it_was(signed: Doors, looked: Look) -> None:
    verdict = await looked()
    assert (verdict.rows, verdict.roots, verdict.findings) == (21, 3, [])
    await sealing.sign(signed.running)  # nothing is new: no further root
    assert (await looked(verdict.newest)).roots == 3


async def test_twelve_workers_at_once_make_one_chain(reports_doors: Doors, looked: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_BATCH", 3)
    for _ in range(4):
        await _write(reports_doors)
    await asyncio.gather(*(job(reports_doors.running) for _ in range(6) for job in (sealing.seal, sealing.sign)))
    await sealing.seal(reports_doors.running)
    verdict = await looked()
    assert (verdict.rows, verdict.findings) == (28, [])


async def test_a_row_that_commits_late_comes_late_in_the_chain(reports_doors: Doors, looked: Look) -> None:
    database = reports_doors.running.database
    async with database.work() as slow:
        await slow.audit("reports.read", "report/slow", actor=None)
        await _write(reports_doors, 1)
        await sealing.seal(reports_doors.running)
        await database.commit(slow)
    await sealing.seal(reports_doors.running)
    places = await reports_doors.rows("select n, subject = 'report/slow' as is_slow from audit order by pos")
    assert [tuple(row) for row in places] == [(2, True), (1, False)]
    assert (await looked()).findings == []


async def test_a_worker_that_dies_while_it_chains_leaves_nothing_half(
    reports_doors: Doors, looked: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _write(reports_doors)
    chained, calls = sealing._chained, list[int]()

    def dies(before: bytes, place: int, row: Any) -> bytes:
        calls.append(place)
        if len(calls) == 4:
            raise RuntimeError
        return chained(before, place, row)

    monkeypatch.setattr(sealing, "_chained", dies)
    with pytest.raises(RuntimeError):
        await sealing.seal(reports_doors.running)
    assert await reports_doors.rows("select 1 from audit where n is not null") == []
    await sealing.seal(reports_doors.running)
    assert ((await looked()).rows, (await looked()).findings) == (7, [])


REFUSED = (
    "update audit set reason = 'another' where n = 3",
    "update audit set hash = sha256('x') where n = 3",
    "update audit set action = 'another' where n is null",
    "delete from audit where n = 3",
    "update audit_roots set at = now()",
    "delete from audit_roots",
)


@pytest.mark.parametrize("statement", REFUSED)
async def test_j06_a_service_changes_nothing_that_was_audited(signed: Doors, looked: Look, statement: str) -> None:
    await _write(signed, 1)
    service = signed.running.database.engine
    for who, said in ((service, "permission denied|what was audited stays"), (signed.whole, "what was audited stays")):
        with pytest.raises(DBAPIError, match=said):
            async with who.begin() as connection:
                await connection.execute(text(statement))
    assert (await looked()).findings == []


@pytest.mark.parametrize("statement", [one for one in REFUSED if "hash" not in one])
async def test_j06_the_role_of_a_service_may_not_touch_it(signed: Doors, statement: str) -> None:
    """Not even what is not chained yet, which the trigger has to let through once."""
    with pytest.raises(DBAPIError, match="permission denied"):
        async with signed.running.database.engine.begin() as connection:
            await connection.execute(text(statement))


TAKEN_OFF = (
    "alter table audit disable trigger user", "drop trigger audit_is_not_deleted on audit", "drop table audit",
    "truncate audit", "alter table audit owner to current_user", "create table mine (id int)", "set role reports_owner",
)


@pytest.mark.parametrize("statement", TAKEN_OFF)
async def test_j06_a_service_cannot_take_off_what_keeps_its_audit(signed: Doors, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"must be owner|permission denied"):
        async with signed.running.database.engine.begin() as connection:
            await connection.execute(text(statement))


CHANGED = {
    "another reason": "update audit set reason = 'another' where n = 10",
    "another actor": "update audit set actor_id = gen_random_uuid() where n = 10",
    "nobody": "update audit set actor_id = null where n = 11",
    "another act": "update audit set action = 'reports.write' where n = 10",
    "another thing": "update audit set subject = 'report/x' where n = 10",
    "another time": "update audit set at = at + interval '1 microsecond' where n = 10",
    "another trace": "update audit set trace_id = 'x' where n = 10",
    "another hash": "update audit set hash = sha256('x') where n = 10",
    "deleted": "delete from audit where n = 10",
    "the first deleted": "delete from audit where n = 1",
    "the last deleted": "delete from audit where n = 21",
    "two change places": "update audit set n = n - 21 where n in (10, 11); update audit set n = -n where n < 0",
    "all deleted": "delete from audit",
    "truncated": "truncate audit",
    "a root deleted and its row changed": "delete from audit_roots where n = 21; update audit set reason = 'x' where n = 20",
    "a root of another time": "update audit_roots set at = at - interval '1 minute' where n = 14",
    "a root of another history": "update audit_roots set hash = sha256('x') where n = 14",
}


@pytest.mark.parametrize("change", CHANGED)
async def test_j07_what_an_administrator_of_the_database_changed_is_found(signed: Doors, looked: Look, change: str) -> None:
    await _change(signed, *CHANGED[change].split("; "))
    assert (await looked()).findings != []


async def test_j07_a_row_put_in_between_is_found(signed: Doors, looked: Look) -> None:
    await _change(
        signed, "update audit set n = n + 1000 where n > 10", "update audit set n = n - 999 where n > 1000",
        """insert into audit (at, action, subject, n, hash) select at, action, subject, 11, hash from audit where n = 10""",
    )
    assert "row 11" in (await looked()).findings[0]


async def test_j07_a_row_that_is_gone_is_named(signed: Doors, looked: Look) -> None:
    await _change(signed, "delete from audit where n = 10")
    assert (await looked()).findings[0].startswith("row 10 of the chain is not there: the next one is 11")


async def test_j07_a_history_written_anew_beneath_its_roots_is_found(signed: Doors, looked: Look) -> None:
    await _change(signed, "update audit set reason = 'another' where n = 10", "update audit set n = null, hash = null")
    await sealing.seal(signed.running)
    assert (await looked()).findings == ["root 14 vouches for another history", "root 21 vouches for another history"]


async def test_j07_a_history_written_anew_is_found_by_the_key_and_with_the_key_by_what_was_kept(
    signed: Doors, looked: Look, stack: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = (await looked()).newest
    anew = "update audit set reason = 'another' where n = 10", "update audit set n = null, hash = null", "delete from audit_roots"
    other = stack.data / "another-key"
    other.write_bytes(b"x" * 32)
    await _change(signed, *anew)
    await sealing.seal(signed.running)
    with monkeypatch.context() as patch:
        patch.setitem(signed.running.settings.__dict__, "anchor_key_file", other)
        await sealing.sign(signed.running)
    assert (await looked()).findings == ["root 21 is not signed by this key"]
    await _change(signed, "delete from audit_roots")
    await sealing.sign(signed.running)
    assert (await looked()).findings == []
    assert (await looked(kept)).findings == ["root 21 was kept elsewhere and is another here, or gone"]


async def test_j07_all_of_it_gone_is_found_by_what_was_kept(signed: Doors, looked: Look) -> None:
    kept = (await looked()).newest
    await _change(signed, "truncate audit, audit_roots")
    assert len((await looked(kept)).findings) == 1


async def test_rows_that_nobody_chains_or_signs_are_found(reports_doors: Doors, looked: Look) -> None:
    await _write(reports_doors, 2, seconds=50)
    assert (await looked()).findings == []
    await _write(reports_doors, 2, seconds=70)
    assert [finding.split(" for")[0] for finding in (await looked()).findings] == ["2 rows are not chained"]
    await sealing.seal(reports_doors.running)
    assert (await looked()).findings == []
    await _write(reports_doors, 3, minutes=16)
    await sealing.seal(reports_doors.running)
    assert (await looked()).findings == ["no root vouches for 3 rows that are older than 15 minutes"]


async def test_another_services_root_is_no_root_of_this_one(signed: Doors, stack: Layout) -> None:
    url = stack.database_url("reports", f"reports{SUFFIX}").replace("+asyncpg", "")
    public = Ed25519PrivateKey.from_private_bytes(stack.key_file("reports", "anchor").read_bytes()).public_key()
    assert len((await verify_audit.verify("gate", url, public)).findings) == 3


async def test_a_worker_chains_within_seconds(stack: Layout) -> None:
    connection = await asyncpg.connect(stack.database_url("gate").replace("+asyncpg", ""))
    try:
        pos = await connection.fetchval("insert into audit (at, action, subject) values (now(), 'test', 'test/1') returning pos")
        await until(lambda: connection.fetchval("select n from audit where pos = $1", pos), 10)
    finally:
        await connection.close()
