"""Consent by purpose: the texts word for word, a ledger that only grows, one purpose at a time, and who has obeyed."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.privacy import Owner, by_clock, registered, settled
from builders.world import Person
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.part import RESTS
from services.identity.actions import consents
from services.identity.domain.consents import SEPARATE, TEXTS, TextChanged, newest, texts

DOOR = "/api/v1/consents"


@pytest.fixture
async def owner(identity_doors: Doors) -> Owner:
    return await registered(identity_doors)


async def posts(owner: Owner, path: str, body: Any, **claims: Any) -> httpx.Response:
    async with owner.doors.client(Person(id=owner.id), **by_clock(owner.doors), **claims) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


async def gives(owner: Owner, purpose: str = "hospital", **other: Any) -> httpx.Response:
    read = newest(purpose)
    return await posts(owner, "", {"purpose": purpose, "version": read.version, "hash": read.hash, **other})


async def ledger(owner: Owner) -> list[dict[str, Any]]:
    async with owner.doors.client(Person(id=owner.id), **by_clock(owner.doors)) as client:
        return list((await client.get(DOOR)).json())


async def test_whoever_wants_to_read_the_texts_reads_what_the_hashes_say(identity_doors: Doors) -> None:
    async with identity_doors.client() as nobody:
        shown = (await nobody.get(f"{DOOR}/texts")).json()
    assert {one["purpose"] for one in shown} == SEPARATE
    for one in shown:
        assert hashlib.sha256(one["text"].encode()).hexdigest() == one["hash"]
        assert (one["separate"], "撤回" in one["text"], "不同意" in one["text"]) == (True, True, True), one["purpose"]


@pytest.mark.parametrize("spoil", [
    lambda folder: (folder / "hospital.1.md").write_text("# 同意一切\n"),
    lambda folder: (folder / "hospital.1.md").unlink(),
    lambda folder: (folder / "hospital.2.md").write_text("# 没有登记的新文本\n"),
    lambda folder: (folder / "register.json").write_text(json.dumps({"hospital": {"1": newest("hospital").hash}})),
], ids=["changed", "missing", "unregistered", "without a purpose"])
def test_a_service_whose_texts_are_not_what_people_agreed_to_does_not_start(
    tmp_path: Path, spoil: Callable[[Path], Any]
) -> None:
    folder = tmp_path / "consents"
    shutil.copytree(TEXTS, folder)
    assert texts(folder)["hospital"][-1] == newest("hospital")
    texts.cache_clear()
    spoil(folder)
    with pytest.raises(TextChanged):
        texts(folder)


async def test_k12_identity_does_not_start_on_a_text_that_changed_without_a_new_version(
    identity_doors: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "consents"
    shutil.copytree(TEXTS, folder)
    monkeypatch.setattr(consents, "texts", lambda: texts(folder))
    await consents.prepare(identity_doors.running)
    texts.cache_clear()
    one = folder / "hospital.1.md"
    one.write_text(one.read_text().replace("撤回", "撒回", 1))
    with pytest.raises(TextChanged):
        await consents.prepare(identity_doors.running)


async def test_giving_and_taking_back_are_lines_that_say_what_was_read(owner: Owner) -> None:
    made = await gives(owner)
    assert made.status_code == 201
    assert (await gives(owner)).json()["id"] == made.json()["id"]  # agreed already
    gone = await posts(owner, "/withdrawal", {"purpose": "hospital"})
    assert gone.status_code == 200
    assert (await posts(owner, "/withdrawal", {"purpose": "hospital"})).json()["id"] == gone.json()["id"]
    assert (await gives(owner)).status_code == 201
    lines = await ledger(owner)
    assert [one["withdrawn"] for one in lines] == [False, True, False]
    assert {(one["text_hash"], one["separate"], one["channel"]) for one in lines} == {(newest("hospital").hash, True, "guohuai")}
    said = [json.loads(row.body) for row in await owner.doors.rows(
        "select body from outbox where topic = 'identity.consent_changed.v1' order by pos"
    )]
    assert [one["state"] for one in said] == ["given", "withdrawn", "given"]
    assert {frozenset(one) for one in said} == {frozenset({"person_id", "consent_id", "purpose", "state"})}


@pytest.mark.parametrize("body", [
    {"purpose": ["hospital", "health"]}, {"purpose": "hospital,health"}, {"purposes": ["hospital", "health"]}, {"also": "health"},
    {"purpose": "everything"},
])
async def test_nothing_is_agreed_to_together_with_anything_else(owner: Owner, body: dict[str, Any]) -> None:
    read = newest("hospital")
    answer = await posts(owner, "", {"purpose": "hospital", "version": read.version, "hash": read.hash, **body})
    assert (answer.status_code, await ledger(owner)) == (422, [])


async def test_what_was_not_read_is_not_agreed_to(owner: Owner) -> None:
    for wrong in ({"version": 2}, {"hash": newest("health").hash}):
        assert problem(await gives(owner, **wrong)) == (409, "text-outdated")
    assert await ledger(owner) == []


async def test_what_was_never_given_is_not_taken_back_and_nobody_sees_anothers(owner: Owner) -> None:
    assert problem(await posts(owner, "/withdrawal", {"purpose": "face"})) == (404, "consent-not-there")
    await gives(owner)
    other = await registered(owner.doors, "13900139000")
    assert await ledger(other) == []
    assert problem(await posts(other, "/withdrawal", {"purpose": "hospital"})) == (404, "consent-not-there")


async def test_forty_at_once_are_one_line(owner: Owner) -> None:
    answers = await asyncio.gather(*(gives(owner) for _ in range(40)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == len(await ledger(owner)) == 1
    await asyncio.gather(*(posts(owner, "/withdrawal", {"purpose": "hospital"}) for _ in range(40)))
    assert len(await ledger(owner)) == 2


@pytest.mark.parametrize("change", [
    "update consents set withdrawn = true", "update consents set at = now()", "delete from consents",
    "update consents set person_id = gen_random_uuid()",
])
async def test_the_database_itself_changes_and_deletes_no_line(owner: Owner, change: str) -> None:
    await gives(owner)
    before = await ledger(owner)
    with pytest.raises(DBAPIError, match="never changed"):
        async with owner.doors.whole.begin() as connection:
            await connection.execute(text(change))
    assert await ledger(owner) == before


async def test_a_program_without_the_scope_gives_nothing(owner: Owner) -> None:
    read = newest("hospital")
    body = {"purpose": "hospital", "version": read.version, "hash": read.hash}
    assert problem(await posts(owner, "", body, client_id="desk", scope="openid")) == (403, "scope-missing")
    assert problem(await posts(owner, "/withdrawal", {"purpose": "hospital"}, client_id="desk", scope="openid"))[0] == 403


async def test_who_obeys_is_shown_and_who_does_not_in_time_is_an_alarm(
    owner: Owner, later: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    await gives(owner)
    key = (await posts(owner, "/withdrawal", {"purpose": "hospital"})).json()["id"]
    await consents.watch(owner.doors.running)
    assert consents.OVERDUE._value.get() == 0
    later(minutes=6)
    await consents.watch(owner.doors.running)
    assert (consents.OVERDUE._value.get(), [one.getMessage() for one in caplog.records if "obeyed" in one.getMessage()]) == (
        1, ["a withdrawal is not obeyed"],
    )
    for service in RESTS["hospital"]:
        await settled(owner.doors, service, UUID(key), "consent", event_id=uuid4())
    await consents.watch(owner.doors.running)
    assert consents.OVERDUE._value.get() == 0
    assert (await ledger(owner))[0]["obeyed_by"] == list(RESTS["hospital"])
