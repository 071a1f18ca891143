"""类别建议: learned from what was filed and mended, by five people at least; as a likelihood that holds; it decides nothing."""

import asyncio
import json
import random
import zlib
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.day import filed, told
from builders.doors import Doors
from builders.life import step
from builders.words import PARTS, sentences
from builders.world import FAR_GRID, GRID, HERE, OFFICER, RESIDENT, UNIT, Person
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.crypto import Place
from chassis.db import Work
from services.reports import jobs
from services.reports.actions import classifying
from services.reports.domain.classifier import FEWEST_PEOPLE, Model, School, runs
from services.reports.store import classifiers

_NEW = """
    insert into reports (id, number, client_token, reporter_id, area, category, status, sealed_text, reopen_count, submitted_at,
        updated_at, resolved_at, last_seq, last_hash)
    values (:id, :number, gen_random_uuid(), :reporter, text2ltree(:area), :category, :status, :sealed, 0, now(),
        now(), now(), 1, '\\x01')
"""


async def mended(doors: Doors, person: UUID, category: str, text: str, status: str = "closed") -> None:
    """Somebody's report of long ago."""
    key = uuid4()

    async def seal(work: Work) -> bytes:
        return await work.vault.seal(person, Place("reports", "text", key), text)

    said = {"id": key, "number": f"T-{key}", "reporter": person, "area": UNIT, "category": category, "status": status}
    await told(doors, _NEW, **said, sealed=await doors.running.database.do(seal))


async def lived(doors: Doors, people: int = 16) -> None:
    """So many people for each category, two reports each; the same every time."""
    chance = random.Random(1)
    for category in PARTS:
        for n in range(people):
            person = UUID(int=chance.getrandbits(128), version=4)
            for text in sentences(category, 2, seed=n):
                await mended(doors, person, category, text)


async def asked(doors: Doors, text: str, person: Person = RESIDENT) -> Any:
    async with doors.client(person) as client:
        answer = await client.post("/api/v1/suggestions", json={"text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_was_mended_teaches_which_words_are_about_what(reports_doors: Doors) -> None:
    assert await asked(reports_doors, "声控灯坏了") == []
    await lived(reports_doors)
    await jobs.learn_categories(reports_doors.running)
    for category, said in {"lighting": "五栋门口的路灯黑了", "water": "家里停水，水管没水", "noise": "楼上半夜装修太吵"}.items():
        first, *others = await asked(reports_doors, said)
        assert (first["category"], first["probability"] >= 0.5) == (category, True)
        assert all(0.1 <= other["probability"] <= first["probability"] for other in others)
    assert await asked(reports_doors, "OK 123 !") == []


async def test_whoever_files_has_the_last_word(reports_doors: Doors) -> None:
    await lived(reports_doors)
    await jobs.learn_categories(reports_doors.running)
    report = await filed(reports_doors, "楼道灯不亮了", category="noise")
    async with reports_doors.client(GRID) as grid:
        assert (await grid.get(f"/api/v1/reports/{report}")).json()["category"] == "noise"
        assert (await grid.get(f"/api/v1/suggestions/{report}")).json()[0]["category"] == "lighting"


async def test_staff_take_up_what_is_suggested_and_it_is_learned_under_what_it_was_moved_to(reports_doors: Doors) -> None:
    await lived(reports_doors)
    await jobs.learn_categories(reports_doors.running)
    report = await filed(reports_doors, "楼道灯不亮了", category="noise")
    async with reports_doors.client(GRID) as grid:
        best = (await grid.get(f"/api/v1/suggestions/{report}")).json()[0]["category"]
    said = {"category": best, "instead_of": "noise", "reason": "声控灯坏了"}
    assert (await step(reports_doors, GRID, report, "classification", said)).json()["category"] == "lighting"
    for what in ("acceptance", "assignment", "processing", "resolution"):
        assert (await step(reports_doors, GRID, report, what)).status_code == 200
    [row] = await reports_doors.running.database.do(lambda work: classifiers.texts(work, [UUID(report)]))
    assert row.category == "lighting"


async def test_what_words_are_about_is_shown_to_who_takes_the_report_on_alone(reports_doors: Doors) -> None:
    report = await filed(reports_doors, "楼道灯不亮了")
    for person, status in ((GRID, 200), (OFFICER, 200), (FAR_GRID, 404), (RESIDENT, 403)):
        async with reports_doors.client(person) as client:
            assert (await client.get(f"/api/v1/suggestions/{report}")).status_code == status, person


async def test_a_report_whose_words_are_forgotten_suggests_nothing(reports_doors: Doors) -> None:
    await lived(reports_doors)
    await jobs.learn_categories(reports_doors.running)
    report = await filed(reports_doors, "楼道灯不亮了")
    await told(reports_doors, "delete from person_keys where person_id = :person", person=RESIDENT.id)
    async with reports_doors.client(GRID) as grid:
        assert (await grid.get(f"/api/v1/suggestions/{report}")).json() == []


async def test_of_six_workers_one_makes_the_model_of_a_day(reports_doors: Doors) -> None:
    await lived(reports_doors, people=6)
    await asyncio.gather(*(classifying.learn(reports_doors.running.database) for _ in range(6)))
    assert len(await reports_doors.rows("select 1 from classifiers")) == 1
    assert not await classifying.learn(reports_doors.running.database)


async def test_a_model_that_learned_too_little_replaces_none_that_did(reports_doors: Doors) -> None:
    await lived(reports_doors)
    await jobs.learn_categories(reports_doors.running)
    await told(reports_doors, "update classifiers set day = day - 1")
    await told(reports_doors, "update reports set status = 'declined'")
    await jobs.learn_categories(reports_doors.running)
    assert [row.fit for row in await reports_doors.rows("select fit from classifiers order by day")] == [True, False]
    assert (await asked(reports_doors, "楼道灯不亮了"))[0]["category"] == "lighting"


async def test_what_was_refused_or_is_not_over_teaches_nothing(reports_doors: Doors) -> None:
    for n in range(2 * FEWEST_PEOPLE):
        for status in ("declined", "withdrawn", "submitted", "processing"):
            await mended(reports_doors, uuid4(), "lighting", f"路灯不亮{n}", status)
    await jobs.learn_categories(reports_doors.running)
    [row] = await reports_doors.rows("select fit, cases from classifiers")
    assert (row.fit, sum(row.cases)) == (False, 0)


async def test_nothing_that_is_kept_can_be_read_and_nothing_of_fewer_than_five_people_is_kept(reports_doors: Doors) -> None:
    await lived(reports_doors)
    planted = uuid4()
    for text in ("欧阳震华家", "欧阳震华又", "欧阳震华在", "欧阳震华的", "欧阳震华说", "欧阳震华来"):
        await mended(reports_doors, planted, "noise", text)
    await jobs.learn_categories(reports_doors.running)
    [row] = await reports_doors.rows("select people from classifiers")
    kept = zlib.decompress(row.people)
    counts = json.loads(kept)
    assert kept.isascii()
    assert all(sum(of) >= FEWEST_PEOPLE for of in counts.values())
    keys = reports_doors.running.settings.keys
    names = {run: str(int.from_bytes(keys.blind("runs", run)[:6], "big")) for run in ("灯", "欧阳", "震华")}
    assert {run: name in counts for run, name in names.items()} == {"灯": True, "欧阳": False, "震华": False}


@pytest.mark.parametrize("text", ["", " ", "\0", "灯" * 2001, None])
async def test_what_is_no_text_is_refused(reports_doors: Doors, text: Any) -> None:
    async with reports_doors.client(RESIDENT) as client:
        answer = await client.post("/api/v1/suggestions", json={"text": text})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def name(run: str) -> int:
    return zlib.crc32(run.encode())


def filed_as(meant: str, wrong: float, chance: random.Random) -> str:
    """Its category, or in so many cases whatever comes to hand."""
    return chance.choice(tuple(PARTS)) if chance.random() < wrong else meant


@cache
def taught(people: int, wrong: float, seed: int = 7) -> tuple[Model, random.Random]:
    """A model of so many people, of whose cases a part is filed under whatever."""
    chance, school = random.Random(seed), School(tuple(PARTS))
    for n in range(people):
        meant = chance.choice(tuple(PARTS))
        school.hear([(filed_as(meant, wrong, chance), runs(text, name)) for text in sentences(meant, 2, n)])
    return school.model(), chance


def test_of_what_is_called_so_likely_so_many_are_right() -> None:
    """Three in ten cases are filed under whatever comes to hand: then nobody can be surer than some three in four."""
    model, chance = taught(600, wrong=0.3)
    said, right = [], []
    for n in range(500):
        meant = chance.choice(tuple(PARTS))
        likely = model.likelihoods(runs(next(sentences(meant, 1, 10_000 + n)), name), model.temperature)
        said.append(max(likely))
        right.append(model.categories[likely.index(max(likely))] == filed_as(meant, 0.3, chance))
    assert abs(sum(said) / 500 - sum(right) / 500) < 0.08
    assert model.temperature > 1


def test_a_model_that_knows_no_better_than_the_commonest_is_not_asked() -> None:
    model, _ = taught(300, wrong=1.0)
    assert not model.is_fit or model.right / model.judged < 0.35
    assert taught(300, wrong=0.0)[0].is_fit
    assert not taught(8, wrong=0.0)[0].is_fit


def test_where_it_is_not_sure_it_says_nothing() -> None:
    people = {name("灯"): (5, 5, 5)}
    assert Model(("lighting", "water", "noise"), people, (5, 5, 5)).suggest(runs("灯", name)) == []
    assert Model(("lighting", "water", "noise"), people, (50, 5, 5)).suggest(runs("灯", name))[0].category == "lighting"
    assert Model(("lighting", "water", "noise"), people, (50, 5, 5)).suggest(runs("水", name)) == []


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_words_at_all_are_likely_something_in_all_one(text: str) -> None:
    model, _ = taught(60, wrong=0.1)
    likely = model.likelihoods(runs(text, name), model.temperature)
    assert abs(sum(likely) - 1) < 1e-9
    told_of = model.suggest(runs(text, name))
    assert len(told_of) <= 3
    assert all(0 <= one.probability <= 1 for one in told_of)
    assert [one.probability for one in told_of] == sorted((one.probability for one in told_of), reverse=True)
    assert HERE not in {one.category for one in told_of}
