"""Nobody belongs to a room, nor is found there, without their yes, or papers that two members of staff saw."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import lately, problem
from builders.family import day
from builders.offices import serve
from builders.phones import planted
from builders.residents import Resident, lives
from builders.sheets import csv_of
from builders.world import ADMIN, FAR_ROOM, GRID, HERE, NEXT_ROOM, OFFICER, OTHER_GRID, RESIDENT, ROOM, Person
from sqlalchemy import text

from services.identity.actions import agreements, homes, proxies
from services.identity.domain.proxies import Scope

DOOR = "/api/v1/bindings"
NAME = "欧阳淑贞"
PAPERS = {"name": NAME, "papers": "id-card"}


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    return await planted(identity_doors)


@pytest.fixture
async def somebody(doors: Doors) -> Resident:
    """Who signs in by a phone of their own, and lives in another community."""
    return await lives(doors, FAR_ROOM)


async def posts(doors: Doors, who: Person | UUID, path: str, body: Any = None) -> httpx.Response:
    async with doors.client(who if isinstance(who, Person) else Person(id=who)) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


async def bound(doors: Doors, person: UUID, *, by: Person = GRID, room: str = ROOM) -> str:
    answer = await posts(doors, by, "", {"person_id": str(person), "room": room, "kind": "tenant"})
    assert answer.status_code == 201, answer.text
    assert (answer.json()["agreement"], answer.json()["agreed_at"]) == ("asked", None)
    return str(answer.json()["id"])


async def is_found(doors: Doors, by: Person = GRID) -> bool:
    async with doors.client(by) as client:
        answer = await client.post(
            "/api/v1/people/search", json={"by": "phone", "value": "13900000001", "reason": "contact"},
        )
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["items"])


async def reveals(doors: Doors, person: UUID, by: Person = GRID) -> int:
    async with doors.client(by, **lately("otp")) as client:
        body = {"field": "phone", "reason": "contact"}
        return (await client.post(f"/api/v1/people/{person}/revelation", json=body, headers=keyed())).status_code


async def row(doors: Doors, key: str) -> Any:
    return (await doors.rows("select * from bindings where id = :id", id=UUID(key)))[0]


async def aged(doors: Doors, key: str, **by: float) -> None:
    """All that was said of it was said so long ago."""
    async with doors.whole.begin() as connection:
        back = {"by": timedelta(**by), "id": UUID(key)}
        await connection.execute(text(
            "update bindings set asked_at = asked_at - cast(:by as interval),"
            " agreed_at = agreed_at - cast(:by as interval) where id = :id"
        ), back)


async def rooms(doors: Doors, person: UUID) -> list[str]:
    return [str(one.area) for one in await doors.running.database.do(lambda work: homes.of(work, person))]


async def test_staff_find_and_read_nobody_through_a_binding_they_made_themselves(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    assert not await is_found(doors)
    assert await reveals(doors, somebody.id) == 404
    assert await rooms(doors, somebody.id) == [FAR_ROOM]
    async with doors.client(GRID) as client:
        body = {"by": "name", "value": NAME, "reason": "visit"}
        assert (await client.post("/api/v1/people/search", json=body)).json() == {"items": []}
        facts = await client.get(f"/api/v1/people/{somebody.id}/facts")
        assert facts.status_code == 404
    assert (await doors.said())[-1] == "identity.binding_proposed.v1"  # no other service hears that they live there
    assert (await posts(doors, somebody.id, f"/{key}/agreement")).json()["agreement"] == "person"
    assert await is_found(doors)
    assert (await doors.said())[-1] == "identity.binding_changed.v1"
    assert await reveals(doors, somebody.id) == 200


async def test_a_yes_twice_is_one_and_holds_from_then_on(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    await aged(doors, key, hours=3)
    answers = await asyncio.gather(*(posts(doors, somebody.id, f"/{key}/agreement") for _ in range(12)))
    assert {one.status_code for one in answers} == {200}
    assert (await doors.said()).count("identity.binding_changed.v1") == 2  # their other home's, and this
    kept = await row(doors, key)
    assert kept.starts_at == kept.agreed_at
    assert (kept.agreed_at - kept.asked_at).total_seconds() >= 3 * 3600
    assert problem(await posts(doors, somebody.id, f"/{key}/denial")) == (409, "binding-agreed")


async def test_only_its_person_answers(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    for who in (RESIDENT, GRID, OFFICER, OTHER_GRID):
        for act in ("agreement", "denial"):
            assert (await posts(doors, who, f"/{key}/{act}")).status_code in {403, 404}
    assert (await row(doors, key)).agreement == "asked"


async def test_of_yes_and_not_me_at_once_one_wins(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    acts = ["agreement", "denial"] * 10
    answers = await asyncio.gather(*(posts(doors, somebody.id, f"/{key}/{act}") for act in acts))
    won = {act for act, one in zip(acts, answers, strict=True) if one.status_code == 200}
    assert len(won) == 1
    kept = await row(doors, key)
    assert kept.agreement == ("person" if won == {"agreement"} else "denied")
    said = await doors.said()
    assert said.count("identity.binding_denied.v1") == (won == {"denial"})


async def test_not_me_ends_it_and_who_bound_them_does_not_do_so_again(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    assert (await posts(doors, somebody.id, f"/{key}/denial")).json()["agreement"] == "denied"
    last = await doors.rows("select topic, body from outbox order by pos desc limit 1")
    assert last[0].topic == "identity.binding_denied.v1"
    assert str(GRID.id) in str(last[0].body)
    assert problem(await posts(doors, somebody.id, f"/{key}/agreement")) == (409, "binding-over")
    again = {"person_id": str(somebody.id), "room": ROOM, "kind": "tenant"}
    assert problem(await posts(doors, GRID, "", again)) == (403, "denied-before")
    assert (await posts(doors, OFFICER, "", again)).status_code == 201
    assert not await is_found(doors)


async def test_another_sees_the_papers_and_then_not_me_counts_for_seven_days(doors: Doors, somebody: Resident) -> None:
    key, other = await bound(doors, somebody.id), await bound(doors, somebody.id, room=NEXT_ROOM)
    assert problem(await posts(doors, GRID, f"/{key}/second-look", PAPERS)) == (403, "not-by-the-same")
    for one in (key, other):
        looked = await posts(doors, OFFICER, f"/{one}/second-look", PAPERS)
        assert (looked.status_code, looked.json()["agreement"]) == (200, "papers")
    assert problem(await posts(doors, OFFICER, f"/{key}/second-look", PAPERS)) == (409, "binding-agreed")
    assert await is_found(doors)
    kept = await row(doors, key)
    assert (kept.approved_by, kept.agreed_by, kept.evidence) == (GRID.id, OFFICER.id, "id-card")
    await aged(doors, key, days=6, hours=23)
    assert (await posts(doors, somebody.id, f"/{key}/denial")).status_code == 200
    assert (await doors.said())[-2:] == ["identity.binding_denied.v1", "identity.binding_changed.v1"]
    await aged(doors, other, days=7)
    assert problem(await posts(doors, somebody.id, f"/{other}/denial")) == (409, "objection-late")
    assert set(await rooms(doors, somebody.id)) == {FAR_ROOM, NEXT_ROOM}


async def test_papers_of_somebody_else_bind_nobody_and_five_end_it(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    looks = [await posts(doors, OFFICER, f"/{key}/second-look", {**PAPERS, "name": f"某某{n}"}) for n in range(5)]
    assert {problem(one) for one in looks} == {(409, "binding-differs")}
    assert problem(await posts(doors, OFFICER, f"/{key}/second-look", PAPERS)) == (409, "binding-over")
    assert (await row(doors, key)).agreement == "lapsed"
    assert (await doors.rows("select count(*) as n from audit where action = 'bindings.differ'"))[0].n == 5
    elsewhere = await bound(doors, somebody.id, room=NEXT_ROOM)  # and to guess on in another room is none
    assert problem(await posts(doors, OFFICER, f"/{elsewhere}/second-look", PAPERS)) == (409, "binding-over")
    nameless = await lives(doors, FAR_ROOM, phone="13900000003", name="")
    third = await bound(doors, nameless.id)
    assert problem(await posts(doors, OFFICER, f"/{third}/second-look", PAPERS)) == (409, "binding-differs")


async def test_what_nobody_answers_for_a_week_is_over(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    await aged(doors, key, days=7)
    assert problem(await posts(doors, somebody.id, f"/{key}/agreement")) == (409, "binding-over")
    for _ in range(2):
        await doors.running.database.do(agreements.lapse)
    kept = await row(doors, key)
    assert (kept.agreement, kept.agreed_at) == ("lapsed", None)
    assert (await doors.said()).count("identity.binding_changed.v1") == 1  # their other home's
    assert await bound(doors, somebody.id) != key


async def test_staff_say_no_yes_to_what_they_did_themselves(doors: Doors, somebody: Resident) -> None:
    await lives(doors, None, phone="13900000004", person=GRID.id)
    key = await bound(doors, GRID.id)
    assert problem(await posts(doors, GRID, f"/{key}/agreement")) == (403, "not-by-the-same")
    assert problem(await posts(doors, GRID, f"/{key}/second-look", PAPERS)) == (403, "not-by-the-same")
    assert await rooms(doors, GRID.id) == []


async def test_twelve_who_bind_somebody_at_once_ask_them_once(doors: Doors, somebody: Resident) -> None:
    said = {"person_id": str(somebody.id), "room": ROOM, "kind": "tenant"}
    answers = await asyncio.gather(*(posts(doors, who, "", said) for who in (GRID, OFFICER) * 6))
    assert sorted(one.status_code for one in answers) == [201] + [409] * 11
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "binding-there")}


async def test_staff_take_back_what_nobody_agreed_to_and_nobody_hears_it(doors: Doors, somebody: Resident) -> None:
    key = await bound(doors, somebody.id)
    before = len(await doors.said())
    assert (await posts(doors, GRID, f"/{key}/ending")).status_code == 200
    assert len(await doors.said()) == before
    assert problem(await posts(doors, somebody.id, f"/{key}/agreement")) == (409, "binding-over")


async def test_no_proxy_rests_on_what_nobody_agreed_to(doors: Doors, somebody: Resident) -> None:
    friend = await lives(doors, NEXT_ROOM, phone="13900000005", name="李四")
    key = await bound(doors, somebody.id)
    async with doors.client(Person(id=somebody.id)) as client:
        wish = {"actor_id": str(friend.id), "scopes": [Scope.FILE], "last_day": day(30), "binding_id": key}
        answer = await client.post("/api/v1/proxies", json=wish, headers=keyed())
    assert problem(answer) == (422, "binding-unfit")
    assert not await doors.running.database.do(lambda work: proxies.lives(work, somebody.id, friend.id))


async def test_e20_nobody_binds_themselves_by_guessing_a_room_nor_learns_which_are_there(
    doors: Doors, somebody: Resident
) -> None:
    await lives(doors, ROOM, phone="13900000006", name="李四")
    answers = [
        await posts(doors, somebody.id, "", {"person_id": str(somebody.id), "room": room, "kind": "owner"})
        for room in (ROOM, NEXT_ROOM, f"{HERE}.g03.dgy1.b03.u2.r9999")
    ]
    assert {problem(one) for one in answers} == {(403, "not-allowed-here")}
    assert {one.json()["detail"] for one in answers} == {answers[0].json()["detail"]}
    async with doors.client(Person(id=somebody.id)) as client:
        assert [one["area"] for one in (await client.get(DOOR)).json()["items"]] == [FAR_ROOM]
    assert len(await doors.rows("select 1 from bindings where person_id = :who", who=somebody.id)) == 1


async def test_a_sheet_asks_who_is_known_and_whom_it_makes_may_say_not_me_whenever_they_come(
    doors: Doors, somebody: Resident
) -> None:
    await serve(doors, ADMIN)
    sheet = csv_of("residents", (NAME, somebody.phone, ROOM, "租户", "", ""), ("王五", "13900000009", NEXT_ROOM, "业主", "", ""))
    async with doors.client(ADMIN, **lately("otp")) as client:
        made = await client.post(
            f"/api/v1/imports?kind=residents&area={HERE}", content=sheet, headers={**keyed(), "content-type": "text/csv"},
        )
        assert made.status_code == 201, made.text
        done = await client.post(f"/api/v1/imports/{made.json()['id']}/commitment", headers=keyed())
        assert done.status_code == 200, done.text
    kept = {str(one.area): one for one in await doors.rows("select * from bindings where agreement in ('asked', 'sheet')")}
    assert {area: one.agreement for area, one in kept.items()} == {ROOM: "asked", NEXT_ROOM: "sheet"}
    assert not await is_found(doors)
    assert await reveals(doors, somebody.id, OFFICER) == 404
    new = kept[NEXT_ROOM]
    await aged(doors, str(new.id), days=90)
    assert (await posts(doors, new.person_id, f"/{new.id}/denial")).status_code == 200
    assert await rooms(doors, new.person_id) == []


async def test_a_sheet_brings_back_no_binding_that_its_person_denied_before_it_began(doors: Doors) -> None:
    await serve(doors, ADMIN)

    async def imported(row: tuple[str, ...]) -> dict[str, Any]:
        async with doors.client(ADMIN, **lately("otp")) as client:
            head = {**keyed(), "content-type": "text/csv"}
            content = csv_of("residents", row)
            made = await client.post(f"/api/v1/imports?kind=residents&area={HERE}", content=content, headers=head)
            assert made.status_code == 201, made.text
            done = await client.post(f"/api/v1/imports/{made.json()['id']}/commitment", headers=keyed())
            assert done.status_code == 200, done.text
        return dict(made.json())

    await imported(("王五", "13900000009", NEXT_ROOM, "业主", "2090-01-01", ""))
    [kept] = await doors.rows("select * from bindings")
    assert (await posts(doors, kept.person_id, f"/{kept.id}/denial")).status_code == 200
    told = await imported(("王五", "13900000009", NEXT_ROOM, "租户", "2026-01-01", ""))
    assert (told["added"], told["changed"]) == (1, 0)
    rows = await doors.rows("select agreement from bindings order by id")
    assert [row.agreement for row in rows] == ["denied", "asked"]
    assert await rooms(doors, kept.person_id) == []
