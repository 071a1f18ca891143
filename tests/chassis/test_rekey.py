"""The key that wraps people's keys turns: what was sealed stays readable throughout, and at the end the old key opens nothing."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from sqlalchemy import delete

from chassis import crypto, rekey
from chassis.crypto import Keys, Place, keyring
from chassis.db import Work
from chassis.prepared import Prepared, Row
from deploy import keys as turning
from services.identity.actions import keys as signing

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = Place("reports", "text", "1")


@pytest.fixture
def turned(reports_doors: Doors) -> Iterator[Doors]:
    """Reports, as if it had been told its keys by another file."""
    database = reports_doors.running.database
    before = database.keys
    yield reports_doors
    database.keys = before
    reports_doors.running.settings.__dict__["keys"] = before


def _told(doors: Doors, *kek: bytes) -> None:
    told = Keys(kek=kek, index=doors.running.database.keys.index)
    doors.running.database.keys = told
    doors.running.settings.__dict__["keys"] = told


async def _sealed(doors: Doors, people: int) -> dict[UUID, bytes]:
    async def some(work: Work) -> dict[UUID, bytes]:
        return {person: await work.vault.seal(person, PLACE, str(person)) for person in (uuid4() for _ in range(people))}

    made: dict[UUID, bytes] = await doors.running.database.do(some)
    return made


async def _read(doors: Doors, sealed: dict[UUID, bytes]) -> None:
    async with doors.running.database.reading() as look:
        for person, value in sealed.items():
            assert await look.vault.open(person, PLACE, value) == str(person)


async def test_at_each_step_all_is_readable_and_at_the_end_by_the_new_key_alone(
    turned: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekey, "_BATCH", 7)
    _told(turned, OLD)
    sealed = await _sealed(turned, 20)
    for kek in ((OLD, NEW), (NEW, OLD)):
        _told(turned, *kek)
        await _read(turned, sealed)
        sealed |= await _sealed(turned, 5)
    await asyncio.gather(*(rekey.rewrap(turned.running) for _ in range(5)))
    _told(turned, NEW)
    await _read(turned, sealed)
    _told(turned, OLD)
    with pytest.raises(crypto.Unreadable):
        await _read(turned, sealed)


async def test_without_a_second_key_nothing_is_looked_at(turned: Doors) -> None:
    _told(turned, OLD)
    await _sealed(turned, 2)
    before = await turned.rows("select wrapped from person_keys order by person_id")
    await rekey.rewrap(turned.running)
    assert await turned.rows("select wrapped from person_keys order by person_id") == before


async def test_who_dies_in_the_middle_loses_nothing_and_goes_on(turned: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    _told(turned, OLD)
    sealed = await _sealed(turned, 10)
    _told(turned, NEW, OLD)
    anew, calls = crypto.anew, list[int]()

    def dies(*said: object) -> bytes | None:
        calls.append(1)
        if len(calls) == 5:
            raise RuntimeError
        return anew(*said)  # type: ignore[arg-type]

    monkeypatch.setattr(rekey, "anew", dies)
    with pytest.raises(RuntimeError):
        await rekey.rewrap(turned.running)
    await _read(turned, sealed)
    await rekey.rewrap(turned.running)
    _told(turned, NEW)
    await _read(turned, sealed)


async def test_who_is_forgotten_meanwhile_stays_forgotten(turned: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    _told(turned, OLD)
    [(person, value)] = (await _sealed(turned, 1)).items()
    _told(turned, NEW, OLD)
    rows = Work.rows

    async def forgotten_in_between(work: Work, asked: Prepared, **values: Any) -> list[Row]:
        found = await rows(work, asked, **values)
        if asked is rekey._SOME and found:
            await turned.running.database.do(lambda other: other.session.execute(delete(crypto.person_keys)))
        return found

    monkeypatch.setattr(Work, "rows", forgotten_in_between)
    await rekey.rewrap(turned.running)
    assert await turned.rows("select 1 from person_keys") == []
    with pytest.raises(crypto.Unreadable):
        await _read(turned, {person: value})


async def test_signing_keys_turn_with_it(identity_doors: Doors) -> None:
    running = identity_doors.running
    before = running.database.keys
    try:
        for kek in ((NEW, *before.kek), (NEW,)):
            running.database.keys = Keys(kek=kek, index=before.index)
            await running.database.do(signing.tend)
            signing._opened.cache_clear()
            async with running.database.reading() as look:
                assert (await signing.active(look)).kid
    finally:
        running.database.keys = before


def test_a_file_of_keys_is_whole() -> None:
    assert keyring(OLD + NEW) == (OLD, NEW)
    for content in (b"", b"x" * 31, b"x" * 33):
        with pytest.raises(ValueError, match=str(len(content))):
            keyring(content)


def test_the_steps_by_which_a_key_turns(tmp_path: Path) -> None:
    file = tmp_path / "kek"
    file.write_bytes(OLD)
    turning.main(["add", str(file)])
    first, new = keyring(file.read_bytes())
    assert (first, len(new)) == (OLD, 32)
    turning.main(["promote", str(file)])
    assert keyring(file.read_bytes()) == (new, OLD)
    turning.main(["drop", str(file)])
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (new, 0o400)
