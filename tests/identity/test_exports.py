"""A copy of what is held of a person: shown anew who asks, gathered from every service, opened by nobody else, fetched once."""

import asyncio
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.factors import problem
from builders.privacy import ME, Owner, by_clock, registered, settled
from builders.world import Person
from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import text

from chassis import bus, privacy
from chassis.files import Files
from chassis.testing import arrived
from contracts.identity import ErasureRequested, ExportRequested
from contracts.part import PARTS
from services.identity.actions import exports
from services.identity.domain.archive import Mark, rows_of, zipped

TOLD: dict[str, dict[str, Any]] = {
    "reports": {"reports": [{"number": "GH-1", "text": "<script>alert(1)</script> 灯坏了 & \"'"}]},
    "gate": {"commands": []}, "health": {"appointments": [], "entitlements": []},
    "notify": {"notices": [{"title": "报事已受理", "text": "x"}, {"title": "y", "text": "z"}]},
}


@pytest.fixture
async def owner(identity_doors: Doors) -> Owner:
    await identity_doors.running.files.prepare()
    return await registered(identity_doors)


async def asked(owner: Owner) -> ExportRequested:
    """A copy is asked for; what every service hears."""
    answer = await owner.sends("POST", "/export", await owner.proof())
    assert answer.status_code == 201, answer.text
    (row,) = await owner.doors.rows("select body from outbox where topic = 'identity.export_requested.v1'")
    return ExportRequested.model_validate_json(row.body)


async def hands_out(owner: Owner, said: ExportRequested, service: str, told: dict[str, Any]) -> None:
    """Another service puts its part into the store and says so."""
    store = Files(service, owner.doors.running.settings)
    key = ECKey.import_key(dict(said.public_jwk))
    sealed = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM"}, json.dumps(told).encode(), key)
    await store.put(store.key_beside(str(said.export_id), "export"), sealed.encode(), "application/jose")
    await settled(owner.doors, service, said.export_id, "export", count=1)


async def gathered(owner: Owner, *, failed: str = "") -> ExportRequested:
    """All services have answered; identity by its own consumer and job."""
    said = await asked(owner)
    listening = next(one for one in owner.doors.running.service.consumers if one.queue == "identity.privacy")
    await bus.handle(owner.doors.running.database, listening, arrived(said, datetime.now(UTC)))
    await privacy.hand_out(owner.doors.running)
    await settled(owner.doors, "identity", said.export_id, "export")
    for service, told in TOLD.items():
        if service == failed:
            await settled(owner.doors, service, said.export_id, "export", state="failed")
        else:
            await hands_out(owner, said, service, told)
    return said


async def fetches(owner: Owner, proof: dict[str, str], **headers: str) -> httpx.Response:
    async with owner.doors.client(Person(id=owner.id), **by_clock(owner.doors)) as client:
        return await client.post(f"{ME}/export/download", json=proof, headers=headers)


def opened(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_it_is_one_archive_over_all_services_for_people_and_for_programs(owner: Owner) -> None:
    said = await gathered(owner)
    answer = await fetches(owner, await owner.proof())
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/zip", "no-store")
    files = opened(answer)
    assert sorted(files) == sorted(["index.json", "个人信息副本.html", *(f"{one}.json" for one in PARTS)])
    assert json.loads(files["identity.json"])["phone"] == owner.phone
    assert json.loads(files["reports.json"])["reports"] == TOLD["reports"]["reports"]
    page = files["个人信息副本.html"]
    assert ("<script>" in page, "灯坏了" in page, "报事已受理" in page) == (False, True, True)
    index = json.loads(files["index.json"])
    counted = sum(rows_of({k: v for k, v in json.loads(files[f"{one}.json"]).items() if k != "watermark"}) for one in PARTS)
    assert (index["export_id"], index["person_id"], index["rows"]) == (str(said.export_id), str(owner.id), counted)
    assert all(json.loads(files[f"{one}.json"])["watermark"] == index for one in PARTS)
    assert page.count(f"共 {counted} 行") == 2
    assert page.count(str(owner.id)) >= 2
    (row,) = await owner.doors.rows("select reason, actor_id from audit where action = 'exports.fetch'")
    assert (row.reason, row.actor_id) == (f"{counted} rows", owner.id)


async def test_who_asks_and_who_fetches_shows_anew_that_it_is_them(owner: Owner) -> None:
    assert problem(await owner.sends("POST", "/export", {})) == (401, "proof-wanted")
    await gathered(owner)
    assert problem(await fetches(owner, {})) == (401, "proof-wanted")
    thief = await registered(owner.doors, "13900139000")
    assert problem(await fetches(owner, await thief.proof())) == (401, "code-refused")
    opened(await fetches(owner, await owner.proof()))


async def test_it_is_fetched_once_whoever_asks_at_once_and_then_nobody_can_open_it(owner: Owner) -> None:
    said = await gathered(owner)
    proofs = [await owner.proof() for _ in range(4)]
    async with owner.doors.running.database.work() as first:  # all four look while somebody holds it, and go on at once
        await first.session.execute(text("select 1 from exports for update"))
        coming = [asyncio.create_task(fetches(owner, proof)) for proof in proofs]
        await asyncio.wait(coming, timeout=1.5)
    answers = [await one for one in coming]
    assert sorted(one.status_code for one in answers) == [200, 410, 410, 410]
    (row,) = await owner.doors.rows("select state, sealed_key from exports")
    assert (row.state, row.sealed_key) == ("fetched", None)
    await exports.sweep(owner.doors.running)
    for service in PARTS:
        store = Files(service, owner.doors.running.settings)
        assert await store.size(store.key_beside(str(said.export_id), "export")) is None


async def test_its_answer_is_kept_by_nobody(owner: Owner) -> None:
    await gathered(owner)
    answer = await fetches(owner, await owner.proof(), **{"idempotency-key": str(uuid4())})
    assert problem(answer) == (422, "kept-by-nobody")
    assert (await owner.sends("GET", "/export")).json()["state"] == "ready"


async def test_after_three_days_it_is_over_and_swept(owner: Owner, later: Callable[..., None]) -> None:
    said = await gathered(owner)
    later(hours=73)
    assert problem(await fetches(owner, await owner.proof())) == (410, "export-over")
    await exports.sweep(owner.doors.running)
    assert (await owner.sends("GET", "/export")).json()["state"] == "over"
    assert problem(await fetches(owner, await owner.proof())) == (410, "export-over")
    store = Files("reports", owner.doors.running.settings)
    assert await store.size(store.key_beside(str(said.export_id), "export")) is None


async def test_a_part_that_failed_is_said_and_not_left_out_silently(owner: Owner) -> None:
    await gathered(owner, failed="reports")
    assert (await owner.sends("GET", "/export")).json()["parts"]["reports"] == "failed"
    files = opened(await fetches(owner, await owner.proof()))
    assert ("reports.json" in files, json.loads(files["index.json"])["parts"]["reports"]) == (False, "missing")
    assert "本副本不完整" in files["个人信息副本.html"]


async def test_until_all_have_answered_it_is_not_ready_and_says_who_is_missing(owner: Owner) -> None:
    said = await asked(owner)
    for service in PARTS[:-1]:
        await settled(owner.doors, service, said.export_id, "export", state="failed")
    answer = await fetches(owner, await owner.proof())
    assert (problem(answer), answer.json()["missing"]) == ((409, "export-not-ready"), [PARTS[-1]])
    shown = (await owner.sends("GET", "/export")).json()
    assert (shown["state"], shown["missing"]) == ("gathering", [PARTS[-1]])


async def test_one_a_day_also_of_twelve_at_once(owner: Owner, later: Callable[..., None]) -> None:
    proofs = [await owner.proof() for _ in range(4)]
    answers = await asyncio.gather(*(owner.sends("POST", "/export", proof) for proof in proofs))
    assert sorted(one.status_code for one in answers) == [201, 429, 429, 429]
    refused = next(one for one in answers if one.status_code == 429)
    assert 86_000 < int(refused.headers["retry-after"]) <= 86_401
    later(hours=25)
    assert (await owner.sends("POST", "/export", await owner.proof())).status_code == 201


async def test_k13_fifty_exports_at_once_are_one(owner: Owner) -> None:
    proofs = [await owner.proof() for _ in range(4)]
    answers = await asyncio.gather(*(owner.sends("POST", "/export", proofs[n % 4]) for n in range(50)))
    assert [one.status_code for one in answers if one.is_success] == [201]
    assert {one.status_code for one in answers if not one.is_success} <= {401, 403, 409, 422, 429}
    assert len(await owner.doors.rows("select 1 from exports")) == 1
    assert (await owner.doors.said()).count("identity.export_requested.v1") == 1


async def test_the_event_carries_a_public_key_and_nothing_else(owner: Owner) -> None:
    said = await asked(owner)
    assert sorted(said.public_jwk) == ["crv", "kty", "x", "y"]
    (row,) = await owner.doors.rows("select sealed_key from exports")
    assert b'"d"' not in bytes(row.sealed_key)


async def test_of_who_is_forgotten_no_copy_can_be_opened_any_more(owner: Owner) -> None:
    said = await gathered(owner)
    listening = next(one for one in owner.doors.running.service.consumers if one.queue == "identity.privacy")
    gone = arrived(ErasureRequested(erasure_id=uuid4(), person_id=owner.id), datetime.now(UTC))
    await bus.handle(owner.doors.running.database, listening, gone)
    assert [row.sealed_key for row in await owner.doors.rows("select sealed_key from exports")] == [None]
    await exports.sweep(owner.doors.running)
    store = Files("health", owner.doors.running.settings)
    assert await store.size(store.key_beside(str(said.export_id), "export")) is None


def test_whatever_is_held_is_text_in_the_page_and_nothing_else() -> None:
    mark = Mark(UUID(int=1), UUID(int=2), datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=1))
    nasty = {"<b>": [{"</td><img src=x onerror=alert(1)>": ["<svg/onload=1>", None, {"a": "'\""}]}]}
    with zipfile.ZipFile(io.BytesIO(zipped(mark, {"reports": nasty}))) as archive:
        page = archive.read("个人信息副本.html").decode()
    for tag in ("<b>", "<img", "<svg"):
        assert tag not in page
