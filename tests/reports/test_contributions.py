"""协办情况: each unit that came says once what it did, while the whistle goes; staff and the reporter read it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from builders.day import told
from builders.doors import Doors
from builders.life import PLUMBERS, brought_to, named, step, unit
from builders.merged import Two, hear
from builders.world import FAR_GRID, GRID, HERE, RESIDENT, SECOND_RESIDENT, Person

from services.reports.actions import personal, retention, whistles

PLUMBER, MATE, OTHER = Person(), Person(), Person()
DID = "已关闭三单元总阀，更换老化水管两米"


async def whistled(doors: Doors) -> str:
    await unit(doors, PLUMBERS, HERE, PLUMBER, MATE)
    key = await brought_to(doors, "processing")
    said = {"unit_ids": [str(PLUMBERS)], "reason": "需要到场关阀"}
    assert (await step(doors, GRID, key, "whistle", said)).status_code == 200
    return key


async def come(doors: Doors, key: str) -> None:
    assert (await step(doors, PLUMBER, key, "arrival", {"unit_id": str(PLUMBERS)})).status_code == 200


async def says(doors: Doors, key: str, person: Person = PLUMBER) -> Any:
    return await step(doors, person, key, "contribution", {"unit_id": str(PLUMBERS), "text": DID})


async def read(doors: Doors, key: str, person: Person = GRID) -> Any:
    async with doors.client(person) as client:
        [one] = (await client.get(f"/api/v1/reports/{key}/whistles")).json()
    return one


async def test_who_came_says_what_was_done_and_it_is_read_with_the_whistle(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    await come(reports_doors, key)
    assert (await read(reports_doors, key))["contribution"] is None
    answer = await says(reports_doors, key, MATE)
    assert (answer.status_code, answer.json()["contribution"]) == (200, DID)
    for person in (GRID, RESIDENT):
        shown = await read(reports_doors, key, person)
        assert (shown["contribution"], shown["contributed_by"], shown["arrived_by"]) == (DID, str(MATE.id), str(PLUMBER.id))
    [row] = await reports_doors.rows("select body, headers from outbox where topic = 'reports.unit_contributed.v1'")
    assert "总阀" not in row.body.decode() + str(row.headers)
    assert f'"{GRID.id}"' in row.body.decode()
    [kept] = await reports_doors.rows("select sealed_contribution from summonses")
    assert "总阀".encode() not in bytes(kept.sealed_contribution)


async def test_of_twelve_of_the_unit_at_once_one_is_heard(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    await come(reports_doors, key)
    answers = await asyncio.gather(*(says(reports_doors, key, person) for person in (PLUMBER, MATE) * 6))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert {named(answer) for answer in answers if answer.status_code == 409} == {"contributed-already"}
    assert (await reports_doors.said()).count("reports.unit_contributed.v1") == 1


async def test_only_who_is_of_the_unit_and_is_there_while_it_is_wanted_says_so(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    answer = await says(reports_doors, key)
    assert (answer.status_code, named(answer)) == (409, "not-there")
    await come(reports_doors, key)
    for person, status, problem in (
        (GRID, 403, "not-your-unit"), (RESIDENT, 403, "not-allowed-here"), (FAR_GRID, 404, "not-found"),
        (SECOND_RESIDENT, 404, "not-found"), (OTHER, 404, "not-found"),
    ):
        answer = await says(reports_doors, key, person)
        assert (answer.status_code, named(answer)) == (status, problem)
    assert (await step(reports_doors, PLUMBER, key, "contribution", {"unit_id": str(PLUMBERS), "text": " "})).status_code == 422
    assert (await step(reports_doors, GRID, key, "resolution")).status_code == 200
    answer = await says(reports_doors, key)
    assert (answer.status_code, named(answer)) == (409, "not-there")
    assert (await read(reports_doors, key))["contribution"] is None


async def test_whoever_came_late_is_late_whatever_they_did(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    [row] = await reports_doors.rows("select due_at from summonses")
    assert await reports_doors.running.database.do(whistles.tell_late, now=row.due_at)
    await told(reports_doors, "update summonses set due_at = now() - interval '1 hour'")
    await come(reports_doors, key)
    assert (await says(reports_doors, key)).status_code == 200
    shown = await read(reports_doors, key)
    assert (shown["overdue"], shown["contribution"]) == (True, DID)


async def test_it_is_in_the_reporters_copy_and_gone_with_their_key(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    await come(reports_doors, key)
    await says(reports_doors, key)
    copy = await reports_doors.running.database.do(lambda work: personal.export(work, RESIDENT.id))
    assert [one["text"] for one in copy["contributions"]] == [DID]
    assert (await reports_doors.running.database.do(lambda work: personal.export(work, PLUMBER.id)))["contributions"] == []
    await told(reports_doors, "delete from person_keys where person_id = :person", person=RESIDENT.id)
    assert DID not in str(await read(reports_doors, key))


async def test_of_whom_everything_was_erased_nothing_is_written_anew(reports_doors: Doors) -> None:
    key = await whistled(reports_doors)
    await come(reports_doors, key)
    await told(reports_doors, "delete from person_keys where person_id = :person", person=RESIDENT.id)
    answer = await says(reports_doors, key)
    assert (answer.status_code, named(answer)) == (409, "reporter-forgotten")
    assert await reports_doors.rows("select 1 from summonses where contributed_at is not null") == []


async def test_it_follows_a_reporter_who_is_another_and_comes_back(reports_doors: Doors) -> None:
    two = Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)
    key = await whistled(reports_doors)
    await come(reports_doors, key)
    await says(reports_doors, key)
    for said, person in ((two.merged, SECOND_RESIDENT), (two.split, RESIDENT)):
        await hear(reports_doors, said)
        assert (await read(reports_doors, key, person))["contribution"] == DID
    await told(reports_doors, "delete from person_keys where person_id = :person", person=SECOND_RESIDENT.id)
    assert (await read(reports_doors, key))["contribution"] == DID


async def test_after_years_the_words_are_gone_and_the_rest_stays(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await whistled(reports_doors)
    await come(reports_doors, key)
    await says(reports_doors, key)
    for person, what in ((GRID, "resolution"), (RESIDENT, "rating")):
        assert (await step(reports_doors, person, key, what)).status_code == 200
    clock = reports_doors.running.settings.clock
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=4000))
    await retention.run(reports_doors.running)
    [row] = await reports_doors.rows("select sealed_contribution, contributed_at from summonses")
    assert (bytes(row.sealed_contribution), row.contributed_at is not None) == (b"", True)
