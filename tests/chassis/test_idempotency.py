"""The one order of a request: reserve, run, keep the answer, commit, and only then answer."""

import asyncio
from uuid import uuid4

import pytest
from builders.doors import Doors, keyed
from builders.world import GRID, GUARD, RESIDENT, UNIT
from sqlalchemy import text

from chassis import idempotency


def draft() -> dict[str, object]:
    return {"text": "路灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}


async def test_twenty_twins_get_one_answer_and_leave_one_effect(reports_doors: Doors) -> None:
    body, headers = draft(), keyed()
    async with reports_doors.client(RESIDENT) as resident:
        answers = await asyncio.gather(*(resident.post("/api/v1/reports", json=body, headers=headers) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_the_same_key_for_another_body_is_refused(reports_doors: Doors) -> None:
    headers = keyed()
    async with reports_doors.client(RESIDENT) as resident:
        assert (await resident.post("/api/v1/reports", json=draft(), headers=headers)).status_code == 201
        answer = await resident.post("/api/v1/reports", json=draft(), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/idempotency-key-reused")
    assert len(await reports_doors.rows("select 1 from reports")) == 1


async def test_a_key_is_ones_own(reports_doors: Doors) -> None:
    headers = keyed()
    for person in (RESIDENT, GRID):
        async with reports_doors.client(person) as client:
            assert (await client.post("/api/v1/reports", json=draft(), headers=headers)).status_code == 201
    assert len(await reports_doors.rows("select 1 from reports")) == 2


async def test_a_refused_request_leaves_its_key_free(reports_doors: Doors) -> None:
    headers, body = keyed(), draft()
    async with reports_doors.client(RESIDENT) as resident:
        refused = await resident.post("/api/v1/reports", json={**body, "place": {"area": "nowhere"}}, headers=headers)
        assert refused.status_code == 422
        assert (await resident.post("/api/v1/reports", json=body, headers=headers)).status_code == 201


async def test_a_kept_answer_is_sealed(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        await resident.post("/api/v1/reports", json=draft(), headers=keyed())
    row = (await reports_doors.rows("select * from idempotency"))[0]
    assert "路灯不亮".encode() not in bytes(row.sealed_body)
    assert row.status == 201


async def test_a_constraint_that_fails_at_commit_is_never_answered_as_done(reports_doors: Doors) -> None:
    """A deferred constraint speaks only at commit; FastAPI's default would have answered 201 by then."""
    async with reports_doors.whole.begin() as connection:
        await connection.execute(text(
            "create function fail() returns trigger language plpgsql as 'begin raise unique_violation; end'"
        ))
        await connection.execute(text(
            "create constraint trigger fails after insert on reports"
            " deferrable initially deferred for each row execute function fail()"
        ))
    try:
        async with reports_doors.client(RESIDENT) as resident:
            answer = await resident.post("/api/v1/reports", json=draft(), headers=keyed())
    finally:
        async with reports_doors.whole.begin() as connection:
            await connection.execute(text("drop function fail() cascade"))
    assert answer.status_code == 409
    for table in ("reports", "outbox", "idempotency", "transitions"):
        assert await reports_doors.rows(f"select 1 from {table}") == []


async def test_a_connection_killed_before_commit_leaves_nothing_and_the_retry_does_it_once(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, body, headers = reports_doors.running.database, draft(), keyed()
    commit = database.commit

    async def killed(work: object) -> None:
        own = await work.session.scalar(text("select pg_backend_pid()"))  # type: ignore[attr-defined]
        async with database.engine.connect() as other:
            await other.execute(text(f"select pg_terminate_backend({own})"))
        await commit(work)  # type: ignore[arg-type]

    async with reports_doors.client(RESIDENT) as resident:
        monkeypatch.setattr(database, "commit", killed)
        failed = await resident.post("/api/v1/reports", json=body, headers=headers)
        assert failed.status_code == 503
        assert await reports_doors.rows("select 1 from reports") == []
        monkeypatch.setattr(database, "commit", commit)
        assert (await resident.post("/api/v1/reports", json=body, headers=headers)).status_code == 201
    assert await reports_doors.said() == ["reports.report_submitted.v1"]


async def test_forty_callers_at_once_do_not_starve_each_other_of_connections(reports_doors: Doors) -> None:
    """A request that held one connection and asked for a second would stop all when there are more than the pool holds."""
    reports_doors.running.directory._known.clear()
    people = [GRID, GUARD, RESIDENT]
    clients = [reports_doors.client(people[n % 3]) for n in range(40)]
    answers = await asyncio.gather(*(client.post("/api/v1/reports", json=draft(), headers=keyed()) for client in clients))
    for client in clients:
        await client.aclose()
    assert {answer.status_code for answer in answers} == {201}


async def test_a_key_is_forgotten_when_its_day_is_over(reports_doors: Doors) -> None:
    async with reports_doors.client(RESIDENT) as resident:
        for _ in range(2):
            await resident.post("/api/v1/reports", json=draft(), headers=keyed())
    async with reports_doors.whole.begin() as connection:
        older = "update idempotency set created_at = created_at - interval '25 hours'"
        await connection.execute(text(f"{older} where key = (select key from idempotency limit 1)"))
    await idempotency.forget(reports_doors.running)
    assert len(await reports_doors.rows("select 1 from idempotency")) == 1


async def test_a_refusal_that_was_counted_keeps_no_key(identity_doors: Doors) -> None:
    """Somebody signed in types a wrong code twice under one key: refused twice, never a fault of ours."""
    proof = {"challenge_id": str(uuid4()), "phone": "13900000001", "code": "123456"}
    headers = keyed()
    async with identity_doors.client(RESIDENT) as resident:
        for _ in range(3):
            assert (await resident.post("/sign-in/phone", json=proof, headers=headers)).status_code == 401
            form = {"grant_type": "refresh_token", "refresh_token": "x"}
            assert (await resident.post("/oauth/token", data=form, headers=keyed())).status_code == 400
    assert await identity_doors.rows("select 1 from idempotency") == []
