"""Two reporters are one person: what was the source's is the survivor's, readable, and goes back as it was if they are split."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.life import brought_to, file
from builders.merged import Two, hear, whole
from builders.world import NEXT_ROOM, OFFICER, RESIDENT, SECOND_RESIDENT, UNIT, Person

from chassis import bus, directory, privacy
from chassis.testing import arrived
from contracts.identity import BindingChanged, ErasureRequested
from services.reports.actions import personal
from services.reports.domain.note import Note

TABLES = "reports", "supports", "appraisals", "uploads", "transitions", "notes"


@pytest.fixture
def two() -> Two:
    return Two(survivor=SECOND_RESIDENT.id, source=RESIDENT.id)


async def gets(doors: Doors, who: Person, path: str) -> Any:
    async with doors.client(who) as client:
        answer = await client.get(f"/api/v1/reports{path}")
    return answer.json() if answer.status_code == 200 else answer.status_code


async def note(doors: Doors, key: str, text: str) -> None:
    async with doors.client(OFFICER) as client:
        said = {"text": text, "visibility": "told"}
        assert (await client.post(f"/api/v1/reports/{key}/notes", json=said, headers=keyed())).status_code == 201


async def voice(doors: Doors, key: str, who: Person, method: str = "POST") -> Any:
    async with doors.client(who) as client:
        answer = await client.request(method, f"/api/v1/reports/{key}/support")
    return answer.json()["supporters"] if answer.status_code == 200 else answer.status_code


async def third(doors: Doors) -> Person:
    """One more neighbour."""
    person = Person(home=NEXT_ROOM)
    said = BindingChanged(area=NEXT_ROOM, recipients=(person.id,), binding_id=uuid4(), person_id=person.id, kind="owner",
                          starts_at=datetime(2025, 1, 1, tzinfo=UTC))
    await bus.handle(doors.running.database, directory.consumers("reports"), arrived(said, datetime(2025, 1, 2, tzinfo=UTC)))
    return person


async def supporters(doors: Doors, key: str) -> int:
    rows = await doors.rows("select supporters from reports where id = :id", id=UUID(key))
    return int(rows[0].supporters)


async def test_text_notes_and_steps_are_the_survivors_to_read_and_the_chain_stays_sound(reports_doors: Doors, two: Two) -> None:
    key = await brought_to(reports_doors, "resolved")
    await note(reports_doors, key, "师傅明天来")
    before = await gets(reports_doors, RESIDENT, f"/{key}")
    assert await gets(reports_doors, SECOND_RESIDENT, f"/{key}") == 404
    await hear(reports_doors, two.merged)
    assert await gets(reports_doors, RESIDENT, f"/{key}") == 404
    after = await gets(reports_doors, SECOND_RESIDENT, f"/{key}")
    assert (after["text"], after["resolution"]) == (before["text"], before["resolution"])
    assert [one["text"] for one in await gets(reports_doors, SECOND_RESIDENT, f"/{key}/notes")] == ["师傅明天来"]
    assert (await gets(reports_doors, OFFICER, f"/{key}/chain"))["sound"] is True
    await hear(reports_doors, two.split)
    again = await gets(reports_doors, RESIDENT, f"/{key}")
    assert (again["text"], again["resolution"]) == (before["text"], before["resolution"])
    assert [one["text"] for one in await gets(reports_doors, RESIDENT, f"/{key}/notes")] == ["师傅明天来"]
    assert (await gets(reports_doors, OFFICER, f"/{key}/chain"))["sound"] is True


async def test_twice_and_out_of_order_is_once_and_a_split_leaves_all_as_it_was(reports_doors: Doors, two: Two) -> None:
    mine, theirs = await file(reports_doors, SECOND_RESIDENT), await file(reports_doors, RESIDENT)
    before = await whole(reports_doors, *TABLES)
    for _ in range(2):
        await hear(reports_doors, two.merged)
    assert {row.reporter_id for row in await reports_doors.rows("select reporter_id from reports")} == {SECOND_RESIDENT.id}
    since = await file(reports_doors, SECOND_RESIDENT)
    for _ in range(2):
        await hear(reports_doors, two.split)
    await hear(reports_doors, two.merged)  # a word that comes late, once more
    after = await whole(reports_doors, *TABLES)
    assert [row for row in after["reports"] if str(row["id"]) != since] == before["reports"]
    [kept] = [row for row in after["reports"] if str(row["id"]) == since]
    assert kept["reporter_id"] == SECOND_RESIDENT.id, "what was added since stays with the survivor"
    assert {mine, theirs, since} == {str(row["id"]) for row in after["reports"]}


async def test_a_split_that_comes_before_its_merge_leaves_nothing_merged(reports_doors: Doors, two: Two) -> None:
    await file(reports_doors, RESIDENT)
    before = await whole(reports_doors, *TABLES)
    await hear(reports_doors, two.split)
    await hear(reports_doors, two.merged)
    assert await whole(reports_doors, *TABLES) == before


async def test_one_person_has_one_voice_and_none_on_their_own_report(reports_doors: Doors, two: Two) -> None:
    neighbour = await third(reports_doors)
    both, own = await file(reports_doors, neighbour), await file(reports_doors, RESIDENT)
    for who in (SECOND_RESIDENT, RESIDENT):
        await voice(reports_doors, both, who)
    await voice(reports_doors, own, SECOND_RESIDENT)
    await voice(reports_doors, own, neighbour)
    before = await whole(reports_doors, "reports", "supports")
    await hear(reports_doors, two.merged)
    assert (await supporters(reports_doors, both), await supporters(reports_doors, own)) == (1, 1)
    assert await voice(reports_doors, both, SECOND_RESIDENT, "DELETE") == 0
    assert await voice(reports_doors, both, SECOND_RESIDENT) == 1
    await hear(reports_doors, two.split)
    assert await whole(reports_doors, "reports", "supports") == before


async def test_an_act_of_the_source_that_ends_late_follows(
    reports_doors: Doors, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear(reports_doors, two.merged)
    late = await file(reports_doors, RESIDENT)  # it ran while they were merged
    assert await gets(reports_doors, SECOND_RESIDENT, f"/{late}") == 404
    clock = reports_doors.running.settings.clock
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + privacy.LATE + timedelta(seconds=1))
    await asyncio.gather(*(privacy.move(reports_doors.running) for _ in range(6)))
    assert (await gets(reports_doors, SECOND_RESIDENT, f"/{late}"))["text"]
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    await hear(reports_doors, two.split)
    assert (await gets(reports_doors, RESIDENT, f"/{late}"))["text"]


async def test_a_note_that_was_sealed_for_the_source_meanwhile_is_sealed_for_the_survivor(
    reports_doors: Doors, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await file(reports_doors, RESIDENT)
    await hear(reports_doors, two.merged)
    database = reports_doors.running.database
    made = uuid4()

    async def write(work: Any) -> None:
        late = Note(made, UUID(key), OFFICER.id, work.now, "told")
        late.sealed_text = await work.seal(RESIDENT.id, "notes", "text", made, "迟到的备注")
        await work.add(late)

    await database.do(write)
    clock = reports_doors.running.settings.clock
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + privacy.LATE + timedelta(seconds=1))
    await privacy.move(reports_doors.running)
    assert [one["text"] for one in await gets(reports_doors, SECOND_RESIDENT, f"/{key}/notes")] == ["迟到的备注"]


async def test_when_none_can_be_split_any_more_the_sources_key_is_gone_and_all_that_moved_is_readable(
    reports_doors: Doors, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await brought_to(reports_doors, "resolved")
    await hear(reports_doors, two.merged)
    await privacy.move(reports_doors.running)
    keys = "select person_id from person_keys"
    assert RESIDENT.id in {row.person_id for row in await reports_doors.rows(keys)}, "kept while they can be split"
    clock = reports_doors.running.settings.clock
    for days in (1, 31, 32):
        monkeypatch.setattr(clock, "now", lambda days=days: datetime.now(UTC) + timedelta(days=days))
        await privacy.move(reports_doors.running)
    assert RESIDENT.id not in {row.person_id for row in await reports_doors.rows(keys)}
    now = int(clock.now().timestamp())
    async with reports_doors.client(SECOND_RESIDENT, iat=now, exp=now + 600) as client:
        shown = (await client.get(f"/api/v1/reports/{key}")).json()
    assert shown["text"] == "灯不亮"
    assert shown["resolution"] == "已更换"


async def test_the_survivors_erasure_forgets_what_was_the_sources(reports_doors: Doors, two: Two) -> None:
    await file(reports_doors, RESIDENT)
    await hear(reports_doors, two.merged)
    await hear(reports_doors, ErasureRequested(erasure_id=uuid4(), person_id=SECOND_RESIDENT.id))
    assert await reports_doors.rows("select 1 from person_keys") == []
    gone = {row.person_id for row in await reports_doors.rows("select person_id from forgotten_people")}
    assert gone == {SECOND_RESIDENT.id, RESIDENT.id}


async def test_twelve_words_at_once_while_the_source_files(
    reports_doors: Doors, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts = [file(reports_doors, RESIDENT) for _ in range(5)]
    filed = (await asyncio.gather(*acts, *(hear(reports_doors, two.merged) for _ in range(7))))[:5]
    clock = reports_doors.running.settings.clock
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + privacy.LATE + timedelta(seconds=1))
    await privacy.move(reports_doors.running)
    rows = await reports_doors.rows("select id, reporter_id from reports")
    assert {str(row.id) for row in rows} == set(filed)
    assert {row.reporter_id for row in rows} == {SECOND_RESIDENT.id}


async def test_a_draft_that_both_sent_stays_with_the_source_and_breaks_no_copy(
    reports_doors: Doors, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = {"text": "灯不亮", "category": "lighting", "place": {"area": UNIT}, "client_token": str(uuid4())}
    for who in (RESIDENT, SECOND_RESIDENT):
        async with reports_doors.client(who) as client:
            assert (await client.post("/api/v1/reports", json=draft, headers=keyed())).status_code == 201
    await hear(reports_doors, two.merged)
    assert await copied(reports_doors) == [["灯不亮"], ["灯不亮"]], "each of the two, until nobody can split them"
    clock = reports_doors.running.settings.clock
    for days in (1, 31):
        monkeypatch.setattr(clock, "now", lambda days=days: datetime.now(UTC) + timedelta(days=days))
        await privacy.move(reports_doors.running)
    assert await copied(reports_doors) == [["灯不亮"]], "what stayed behind was forgotten, and what is left is handed out"


async def copied(doors: Doors) -> list[list[str]]:
    """What the survivor is handed out of reports, of each whom they are."""
    async with doors.running.database.reading() as work:
        whom = [SECOND_RESIDENT.id, *await privacy.sources(work, SECOND_RESIDENT.id)]
        return [[one["text"] for one in (await personal.export(work, who))["reports"]] for who in whom]
