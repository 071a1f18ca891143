"""我也遇到: one voice a person, of whoever lives in the community; the count is what the rows say, and nobody is named."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.life import brought_to, file, named, step
from builders.world import (
    FAR_OFFICER,
    FAR_RESIDENT,
    GRID,
    GUARD,
    LONG_AGO,
    NEXT_ROOM,
    OFFICER,
    RESIDENT,
    ROOM,
    SECOND_RESIDENT,
    STRANGER,
    Person,
)
from sqlalchemy.exc import IntegrityError

from chassis import bus, directory, privacy
from chassis.testing import arrived
from contracts.identity import BindingChanged


async def voice(doors: Doors, key: str, person: Person = SECOND_RESIDENT, method: str = "POST") -> httpx.Response:
    async with doors.client(person) as client:
        return await client.request(method, f"/api/v1/reports/{key}/support")


async def counted(doors: Doors) -> tuple[int, int]:
    """What the report says, and what the rows say."""
    [row] = await doors.rows(
        "select supporters, (select count(*) from supports where retracted_at is null) as rows from reports"
    )
    return row.supporters, row.rows


async def test_a_neighbour_gives_a_voice_once_and_takes_it_back(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    for _ in range(2):
        answer = await voice(reports_doors, key)
        assert (answer.status_code, answer.json()["supporters"], answer.json()["given"]) == (200, 1, True)
    assert await reports_doors.said() == ["reports.report_submitted.v1", "reports.report_supported.v1"]
    for _ in range(2):
        gone = await voice(reports_doors, key, method="DELETE")
        assert (gone.status_code, gone.json()["supporters"], gone.json()["given"]) == (200, 0, False)
    assert (await voice(reports_doors, key)).json()["supporters"] == 1
    assert await counted(reports_doors) == (1, 1)
    assert (await reports_doors.said()).count("reports.report_supported.v1") == 1  # the same voice is announced once


async def test_of_twenty_presses_at_once_one_counts_whatever_they_are(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    assert {one.status_code for one in await asyncio.gather(*(voice(reports_doors, key) for _ in range(20)))} == {200}
    assert await counted(reports_doors) == (1, 1)
    assert (await reports_doors.said()).count("reports.report_supported.v1") == 1
    await asyncio.gather(*(voice(reports_doors, key, method=("POST", "DELETE")[n % 2]) for n in range(20)))
    said, rows = await counted(reports_doors)
    assert said == rows


async def test_of_many_neighbours_at_once_each_is_counted(reports_doors: Doors) -> None:
    key, crowd = await file(reports_doors), [Person(home=NEXT_ROOM) for _ in range(24)]
    for person in crowd:
        moved_in = BindingChanged(area=NEXT_ROOM, binding_id=uuid4(), person_id=person.id, kind="family", starts_at=LONG_AGO)
        await bus.handle(reports_doors.running.database, directory.consumers("reports"), arrived(moved_in, LONG_AGO))
    answers = await asyncio.gather(*(voice(reports_doors, key, person) for person in crowd))
    assert sorted(one.json()["supporters"] for one in answers) == list(range(1, 25))
    assert await counted(reports_doors) == (24, 24)


async def test_the_count_is_shown_and_nobody_is_named(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    given = await voice(reports_doors, key)
    assert set(given.json()) == {"number", "category", "status", "since", "supporters", "given"}
    async with reports_doors.client(GRID) as staff:
        shown = await staff.get(f"/api/v1/reports/{key}")
        listed = await staff.get("/api/v1/reports")
    assert (shown.json()["supporters"], listed.json()["items"][0]["supporters"]) == (1, 1)
    for answer in (given, shown, listed, await voice(reports_doors, key, RESIDENT)):
        assert str(SECOND_RESIDENT.id) not in answer.text
    said = await reports_doors.rows("select t::text from outbox t")
    assert [str(SECOND_RESIDENT.id) in str(row) for row in said] == [False] * 2


async def test_a_neighbour_reads_how_it_stands_and_not_a_word_of_it(reports_doors: Doors) -> None:
    key = await brought_to(reports_doors, "assigned")
    answer = await voice(reports_doors, key, method="GET")
    assert (answer.status_code, answer.json()["status"], answer.json()["given"]) == (200, "assigned", False)
    for private in ("灯不亮", str(RESIDENT.id), str(GRID.id)):
        assert private not in answer.text


@pytest.mark.parametrize(("person", "refused"), [
    (RESIDENT, (409, "own-report")), (GRID, (403, "not-allowed-here")), (GUARD, (403, "not-allowed-here")),
    (OFFICER, (403, "not-allowed-here")), (STRANGER, (404, "not-found")), (FAR_RESIDENT, (404, "not-found")),
    (FAR_OFFICER, (404, "not-found")),
])
async def test_only_who_lives_in_the_community_has_a_voice(
    reports_doors: Doors, person: Person, refused: tuple[int, str]
) -> None:
    key = await file(reports_doors)
    answer = await voice(reports_doors, key, person)
    assert (answer.status_code, named(answer)) == refused
    assert await counted(reports_doors) == (0, 0)


async def test_what_lies_in_a_dwelling_is_not_the_neighbours(reports_doors: Doors) -> None:
    draft = {"text": "漏水", "category": "water", "place": {"area": ROOM}, "client_token": str(uuid4())}
    async with reports_doors.client(RESIDENT) as client:
        key = (await client.post("/api/v1/reports", json=draft, headers=keyed())).json()["id"]
    for method in ("POST", "GET", "DELETE"):
        answer = await voice(reports_doors, key, method=method)
        assert (answer.status_code, named(answer)) == (404, "not-found")


@pytest.mark.parametrize("status", ["resolved", "closed", "withdrawn", "declined"])
async def test_what_is_over_takes_no_voice_but_gives_one_back(reports_doors: Doors, status: str) -> None:
    key = await (brought_to(reports_doors, "resolved") if status in {"resolved", "closed"} else file(reports_doors))
    if status == "withdrawn":
        await voice(reports_doors, key)
    ends = {"closed": (RESIDENT, "rating"), "withdrawn": (RESIDENT, "withdrawal"), "declined": (OFFICER, "refusal")}
    if status in ends:
        assert (await step(reports_doors, ends[status][0], key, ends[status][1])).status_code == 200
    answer = await voice(reports_doors, key, Person(home=SECOND_RESIDENT.home, id=SECOND_RESIDENT.id))
    assert (answer.status_code, named(answer)) == (409, "report-over")
    assert (await voice(reports_doors, key, method="DELETE")).status_code == 200
    assert await counted(reports_doors) == (0, 0)


async def test_a_member_of_what_is_mended_takes_no_voice(reports_doors: Doors) -> None:
    """Whoever gave one then would say how it went, who never met it."""
    master, member = await brought_to(reports_doors, "processing"), await file(reports_doors)
    assert (await step(reports_doors, GRID, member, "merge", {"master_id": master})).status_code == 200
    assert (await step(reports_doors, GRID, master, "resolution")).status_code == 200
    late = await voice(reports_doors, member)
    assert (late.status_code, named(late)) == (409, "report-over")


async def test_the_database_counts_no_less_than_nobody(reports_doors: Doors) -> None:
    await file(reports_doors)
    async with reports_doors.whole.connect() as connection:
        with pytest.raises(IntegrityError):
            await connection.exec_driver_sql("update reports set supporters = -1")


async def test_who_is_forgotten_is_counted_no_longer_and_learns_what_was_kept(reports_doors: Doors) -> None:
    key = await file(reports_doors)
    await voice(reports_doors, key)
    held = reports_doors.running.service.personal
    assert held is not None
    told = await reports_doors.running.database.do(lambda work: held.export(work, SECOND_RESIDENT.id))
    assert [one["number"] for one in told["supports"]] == [(await voice(reports_doors, key)).json()["number"]]
    await reports_doors.running.database.do(lambda work: privacy.erase(work, held, SECOND_RESIDENT.id))
    assert await counted(reports_doors) == (0, 0)
    assert await reports_doors.rows("select 1 from supports") == []
