"""The key of contacts' indexes turns: people are found at each step, and one number is one person's throughout."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from builders.doors import Doors
from sqlalchemy.exc import IntegrityError

from chassis import crypto
from chassis.crypto import keyring
from chassis.db import Database
from chassis.reach import SERVICE
from deploy import keys as turning
from services.identity.__main__ import operate
from services.identity.actions import codes, contacts, imported_people, indexes, people
from services.identity.domain.indexes import FIRST, IndexKeyGone, id_of
from services.identity.domain.sheet import Row
from services.identity.settings import IndexKeys
from services.identity.store import queries

NEW, NEWER = b"n" * 32, b"m" * 32
PHONE = "13900000001"
Told = Callable[..., None]


def of(doors: Doors, *ring: bytes) -> IndexKeys:
    before = doors.running.settings.keys
    return IndexKeys(before.kek, before.index, ring)


@pytest.fixture
def told(identity_doors: Doors) -> Iterator[Told]:
    """Identity, as if it had been told its keys by another file."""
    running, before = identity_doors.running, identity_doors.running.settings.keys

    def tell(*ring: bytes) -> None:
        running.database.keys = running.settings.__dict__["keys"] = of(identity_doors, *ring)

    yield tell
    running.database.keys = running.settings.__dict__["keys"] = before


async def known(doors: Doors, phone: str = PHONE) -> UUID | None:
    async with doors.running.database.reading() as work:
        there = await queries.of_number(work, work.vault.keys.blind("phone", phone))
    return there[0].person_id if there else None


async def registered(doors: Doors, phone: str = PHONE) -> UUID:
    person: UUID = await doors.running.database.do(lambda work: codes.register(work, phone=phone))
    return person


async def versions(doors: Doors) -> list[str]:
    return [row.index_key for row in await doors.rows("select distinct index_key from contacts order by 1")]


async def test_at_each_step_who_was_there_is_found_and_at_the_end_by_the_new_key_alone(identity_doors: Doors, told: Told) -> None:
    found = {PHONE: await registered(identity_doors)}
    for n, ring in enumerate(((FIRST, NEW), (NEW, FIRST))):
        told(*ring)
        found[f"1390000001{n}"] = await registered(identity_doors, f"1390000001{n}")
        assert {phone: await known(identity_doors, phone) for phone in found} == found
    assert await versions(identity_doors) == sorted(["first", id_of(NEW)])  # the last was written by the new key, and says so
    await indexes.reindex(identity_doors.running)
    told(NEW)
    assert {phone: await known(identity_doors, phone) for phone in found} == found
    assert await versions(identity_doors) == [id_of(NEW)]
    told(FIRST)
    assert [await known(identity_doors, phone) for phone in found] == [None] * 3


async def test_the_second_turn_is_as_the_first(identity_doors: Doors, told: Told) -> None:
    person = await registered(identity_doors)
    for ring in ((NEW, FIRST), (NEWER, NEW)):
        told(*ring)
        await indexes.reindex(identity_doors.running)
    told(NEWER)
    assert await known(identity_doors) == person


async def test_it_goes_on_where_it_was_killed_and_two_workers_do_the_same_as_one(
    identity_doors: Doors, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "_BATCH", 4)
    found = {f"1390000010{n}": await registered(identity_doors, f"1390000010{n}") for n in range(9)}
    told(NEW, FIRST)
    assert await identity_doors.running.database.do(lambda work: indexes._some(work, {})) == 4
    told_then = await versions(identity_doors)
    assert len(told_then) == 2
    killed = RuntimeError("killed")

    async def dies(work: Any, programs: Any) -> int:
        await original(work, programs)
        raise killed

    original = indexes._some
    with monkeypatch.context() as dying:
        dying.setattr(indexes, "_some", dies)
        with pytest.raises(RuntimeError):
            await indexes.reindex(identity_doors.running)
    assert await versions(identity_doors) == told_then
    await asyncio.gather(*(indexes.reindex(identity_doors.running) for _ in range(4)))
    assert await versions(identity_doors) == [id_of(NEW)]
    told(NEW)
    assert {phone: await known(identity_doors, phone) for phone in found} == found


async def test_one_number_by_two_keys_at_once_has_one_winner(identity_doors: Doors) -> None:
    settings = identity_doors.running.settings
    sides = [
        Database("identity", settings.database_url, keys=of(identity_doors, *ring), clock=settings.clock, reach=SERVICE)
        for ring in ((FIRST, NEW), (NEW, FIRST))
    ]
    try:
        asked = [sides[n % 2].do(lambda work: codes.register(work, phone=PHONE)) for n in range(16)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    finally:
        for side in sides:
            await side.close()
    assert [type(one) for one in answers if not isinstance(one, UUID)] == [IntegrityError] * 15
    assert len(await identity_doors.rows("select 1 from contacts")) == 1


async def test_an_import_by_the_other_key_finds_and_claims_as_well(identity_doors: Doors, told: Told) -> None:
    told(FIRST, NEW)
    person = await registered(identity_doors)
    told(NEW, FIRST)
    row = Row(2, {"phone": PHONE, "area": "x", "name": "王芳"})
    found = await identity_doors.running.database.do(lambda work: imported_people.find(work, [row]))
    assert found.by_phone == {PHONE: [person]}

    async def twice(work: Any) -> None:
        made = imported_people.Persons()
        made._make("王芳", PHONE)
        await made.write(work)

    with pytest.raises(IntegrityError):
        await identity_doors.running.database.do(twice)


async def test_a_shared_number_is_nobodys_alone_while_the_key_turns(identity_doors: Doors, told: Told) -> None:
    told(FIRST, NEW)
    first = await registered(identity_doors)

    async def shared(work: Any) -> None:
        second = await codes.register(work, phone="13900000002")
        await work.session.execute(contacts.contacts.delete().where(contacts.contacts.c.person_id == second))
        await contacts.keep(work, second, "phone", PHONE, work.vault.keys.blind("phone", PHONE), is_shared=True)

    told(NEW, FIRST)
    await identity_doors.running.database.do(shared)
    await indexes.reindex(identity_doors.running)
    assert await versions(identity_doors) == [id_of(NEW)]
    assert await known(identity_doors) == first


async def test_no_process_starts_while_rows_rest_on_a_key_that_is_gone(identity_doors: Doors, told: Told) -> None:
    await registered(identity_doors)
    told(NEW)
    with pytest.raises(IndexKeyGone):
        await indexes.prepare(identity_doors.running)
    told(NEW, FIRST)
    await indexes.prepare(identity_doors.running)
    said = await operate(identity_doors.running, ["indexes", "check"])
    assert set(said[:-1]) == {"first            1 rows", f"{id_of(NEW)} 0 rows (written)"}
    assert said[-1] == "1 rows rest on other keys: nothing may be dropped"
    await indexes.reindex(identity_doors.running)
    assert (await operate(identity_doors.running, ["indexes", "check"]))[-1] == "all but the first may be dropped"
    told(NEW)
    await indexes.prepare(identity_doors.running)


async def test_claims_go_when_the_turn_is_over_and_with_the_person(identity_doors: Doors, told: Told) -> None:
    told(FIRST, NEW)
    person, _ = await registered(identity_doors), await registered(identity_doors, "13900000002")
    assert len(await identity_doors.rows("select 1 from contact_claims")) == 4
    await identity_doors.running.database.do(lambda work: people.erase(work, person))
    assert len(await identity_doors.rows("select 1 from contact_claims")) == 2
    told(NEW, FIRST)
    await indexes.reindex(identity_doors.running)
    told(NEW)
    await indexes.reindex(identity_doors.running)
    assert await identity_doors.rows("select 1 from contact_claims") == []


async def test_codes_are_forgotten_with_the_person_after_the_key_has_turned(identity_doors: Doors, told: Told) -> None:
    person = await registered(identity_doors)
    told(NEW, FIRST)
    await indexes.reindex(identity_doors.running)
    do = identity_doors.running.database.do
    await do(lambda work: codes.ask(work, phone=PHONE, address="127.0.0.1"))
    await do(lambda work: people.erase(work, person))
    assert await identity_doors.rows("select 1 from codes") == []


async def test_who_was_forgotten_meanwhile_stops_nobody(identity_doors: Doors, told: Told) -> None:
    one, two = await registered(identity_doors), await registered(identity_doors, "13900000002")
    async with identity_doors.whole.begin() as connection:
        await connection.execute(crypto.person_keys.delete().where(crypto.person_keys.c.person_id == one))
    told(NEW, FIRST)
    async with asyncio.timeout(20):
        await indexes.reindex(identity_doors.running)
    rows = await identity_doors.rows("select person_id, index_key from contacts")
    assert {row.person_id: row.index_key for row in rows} == {one: "first", two: id_of(NEW)}


def test_the_command_makes_the_file_and_turns_it(tmp_path: Path, identity_doors: Doors) -> None:
    settings = identity_doors.running.settings
    (tmp_path / "index").write_bytes(os.urandom(32))
    file = tmp_path / "contacts"
    moved = type(settings)(**settings.model_dump() | {"index_key_file": tmp_path / "index"})
    assert moved.keys.contacts == (FIRST,)
    turning.turn(file, "add")
    before, new = keyring(file.read_bytes())
    assert (before, new != FIRST) == (FIRST, True)
    turning.turn(file, "promote")
    assert keyring(file.read_bytes()) == (new, FIRST)
    assert type(settings)(**moved.model_dump()).keys.contacts == (new, FIRST)
    turning.turn(file, "drop")
    assert keyring(file.read_bytes()) == (new,)
    with pytest.raises(FileNotFoundError):
        turning.turn(tmp_path / "kek", "add")
