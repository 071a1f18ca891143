"""Imports: looked at first, then done as a whole or not at all, once, by who may, and forgotten."""

import asyncio
import csv
import io
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import Staff, lately, problem
from builders.offices import enlisted, serve
from builders.sheets import csv_of, slow, xlsx_of
from builders.world import (
    ADMIN,
    FAR_ROOM,
    GRID,
    HERE,
    LONG_AGO,
    NEXT_ROOM,
    OFFICER,
    RESIDENT,
    ROOM,
    THERE,
    UNIT,
    YARD,
    Person,
    events,
)
from sqlalchemy import select, text, update

from chassis import bus, directory, privacy, workbooks
from chassis.testing import arrived
from contracts.area import Role
from contracts.identity import AreaChanged, AssignmentChanged
from services.identity.actions import codes, imports, people, places
from services.identity.api import sheets as bodies
from services.identity.domain.rights import RIGHTS
from services.identity.store.tables import contacts

DOOR = "/api/v1/imports"
TREE = sorted((one for one in events() if isinstance(one, AreaChanged)), key=lambda one: one.path.count("."))
LI = ("李淑芬", "13800138000", ROOM, "业主", "", "")
WANG = ("王芳", "13900139000", NEXT_ROOM, "租户", "2026-01-31", "2099-12-31")
OLD = ("欧阳淑贞", "", ROOM, "家属", "", "")
PEOPLE = csv_of("residents", LI, WANG, OLD)
OURS = Person(role=Role.ADMIN, area=HERE)
THEIRS = Person(role=Role.ADMIN, area=THERE)
EVERYTHING = ("people", "contacts", "bindings", "assignments", "areas", "person_keys", "outbox")


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world, and an admin of each community."""

    async def make(work: Any) -> None:
        for one in TREE:
            await places.add_area(work, by=None, path=one.path, kind=one.kind, name=one.name)

    await identity_doors.running.database.do(make)
    listening = directory.consumers("identity")
    for admin in (OURS, THEIRS):
        told = AssignmentChanged(area=str(admin.area), assignment_id=uuid4(), person_id=admin.id, role=Role.ADMIN,
                                 display_name="某某", starts_at=LONG_AGO)
        await bus.handle(identity_doors.running.database, listening, arrived(told, LONG_AGO + timedelta(days=1)))
    await serve(identity_doors, OURS, THEIRS, ADMIN)
    return identity_doors


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many at once as in six processes."""
    monkeypatch.setattr(bodies, "_two_at_once", asyncio.Semaphore(12))


async def posts(doors: Doors, path: str = "", content: bytes = b"", who: Person = OURS, **claims: Any) -> httpx.Response:
    async with doors.client(who, **claims) as client:
        return await client.post(f"{DOOR}{path}", content=content, headers={**keyed(), "content-type": "text/csv"})


async def looks(doors: Doors, content: bytes, kind: str = "residents", area: str = HERE, who: Person = OURS) -> dict[str, Any]:
    """What the preview says."""
    answer = await posts(doors, f"?kind={kind}&area={area}", content, who)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def commits(doors: Doors, made: dict[str, Any], who: Person = OURS, **claims: Any) -> httpx.Response:
    return await posts(doors, f"/{made['id']}/commitment", who=who, **claims)


async def gets(doors: Doors, path: str, who: Person = OURS, **claims: Any) -> httpx.Response:
    async with doors.client(who, **claims) as client:
        return await client.get(f"{DOOR}{path}")


def counts(told: dict[str, Any]) -> tuple[int, ...]:
    return tuple(told[name] for name in ("added", "same", "changed", "wrong"))


async def others(doors: Doors) -> list[UUID]:
    """Who is a person here beside the admins."""
    return [row.id for row in await doors.rows("select id from people") if row.id not in {OURS.id, THEIRS.id, ADMIN.id}]


async def held(doors: Doors) -> dict[str, int]:
    """How much there is of everything an import could make."""
    return {table: len(await doors.rows(f"select 1 from {table}")) for table in EVERYTHING}


async def known(doors: Doors, phone: str, name: str | None = None) -> UUID:
    """Somebody who is here already, by their phone."""

    async def make(work: Any) -> UUID:
        person = await codes.register(work, phone=phone)
        if name is not None:
            await people.rename(work, person, name)
        return person

    made: UUID = await doors.running.database.do(make)
    return made


async def test_residents_are_looked_at_and_nothing_is_done(doors: Doors) -> None:
    before = await held(doors)
    told = await looks(doors, PEOPLE)
    assert (counts(told), told["state"], told["problems"]) == ((3, 0, 0, 0), "waiting", [])
    assert await held(doors) == before
    assert (await gets(doors, f"/{told['id']}")).json() == told


async def test_a_commitment_makes_people_with_their_phones_and_homes_and_says_so(doors: Doors) -> None:
    before = len(await doors.said())
    answer = await commits(doors, await looks(doors, PEOPLE))
    assert (answer.status_code, answer.json()["state"]) == (200, "committed")
    said = sorted((await doors.said())[before:])
    assert said == ["identity.binding_changed.v1"] * 3 + ["identity.person_registered.v1"] * 3
    homes = await doors.rows("select person_id, area::text as area, kind, approved_by, ends_at from bindings order by kind")
    assert [(home.area, home.kind, home.approved_by) for home in homes] == [
        (ROOM, "family", OURS.id), (ROOM, "owner", OURS.id), (NEXT_ROOM, "tenant", OURS.id),
    ]
    assert homes[2].ends_at == datetime(2099, 12, 31, 16, tzinfo=UTC)  # the last day counts, in Chengdu
    data = doors.running.service.personal
    assert data is not None
    async with doors.running.database.reading() as work:
        found = [await data.export(work, home.person_id) for home in homes]
    assert [(one["name"], one["phone"]) for one in found] == [
        ("欧阳淑贞", None), ("李淑芬", "13800138000"), ("王芳", "13900139000"),
    ]
    acts = await doors.rows("select action, subject from audit where reason like 'import/%'")
    assert sorted(row.action for row in acts) == ["imports.commit"] + ["imports.residents"] * 3


async def test_who_was_imported_signs_in_by_their_phone_as_that_person(doors: Doors) -> None:
    await commits(doors, await looks(doors, PEOPLE))
    answer = await Staff(doors, "").by_phone("13800138000")
    (home,) = await doors.rows("select person_id from bindings where kind = 'owner'")
    assert (answer.status_code, answer.json()["person_id"]) == (200, str(home.person_id))


@pytest.mark.parametrize(("kind", "content"), [
    ("residents", PEOPLE), ("residents", xlsx_of("residents", LI, WANG, OLD)),
    ("rooms", csv_of("rooms", (f"{YARD}.b09", "楼栋", "9栋"), (f"{YARD}.b09.u1", "单元", "一"), (f"{UNIT}.r0401", "房屋", "x"))),
    ("staff", csv_of("staff", ("王建国", "13700137000", "网格员", f"{HERE}.g03"), ("王建国", "13700137000", "门卫", HERE))),
])
async def test_the_same_file_twice_changes_nothing_the_second_time(doors: Doors, kind: str, content: bytes) -> None:
    first = await looks(doors, content, kind)
    assert counts(first)[1:] == (0, 0, 0)
    assert (await commits(doors, first)).status_code == 200
    after = await held(doors)
    second = await looks(doors, content, kind)
    assert counts(second) == (0, counts(first)[0], 0, 0)
    assert (await commits(doors, second)).status_code == 200
    assert await held(doors) == after


async def test_a_known_phone_is_no_second_person(doors: Doors) -> None:
    person = await known(doors, "13800138000")
    told = await looks(doors, PEOPLE)
    assert (counts(told), (await commits(doors, told)).status_code) == ((3, 0, 0, 0), 200)
    assert len(await others(doors)) == 3
    (home,) = await doors.rows("select area::text as area from bindings where person_id = :person", person=person)
    assert home.area == ROOM
    async with doors.running.database.reading() as work:
        assert (await people.about(work, person))["name"] == "李淑芬"  # who had none until now


async def test_of_a_shared_phone_it_is_the_one_who_is_called_so(doors: Doors) -> None:
    first, other = await known(doors, "13800138000", "张伟"), await known(doors, "13600136000", "李淑芬")

    async def share(work: Any) -> None:
        index = select(contacts.c.blind_index).where(contacts.c.person_id == first).scalar_subquery()
        change = update(contacts).where(contacts.c.person_id == other).values(is_shared=True, blind_index=index)
        await work.session.execute(change)

    await doors.running.database.do(share)
    told = await looks(doors, csv_of("residents", LI))
    assert (counts(told), (await commits(doors, told)).status_code) == ((1, 0, 0, 0), 200)
    assert len(await others(doors)) == 2
    assert [one.person_id for one in await doors.rows("select person_id from bindings")] == [other]
    stranger = await looks(doors, csv_of("residents", ("王五", *LI[1:])))
    assert stranger["problems"][0]["problem"] == "手机号与姓名不一致"


async def test_an_import_never_renames_nor_gives_a_phone_to_who_is_known(doors: Doors) -> None:
    await known(doors, "13800138000", "张伟")
    told = await looks(doors, csv_of("residents", LI))
    assert [(one["row"], one["column"], one["problem"]) for one in told["problems"]] == [(2, "姓名", "手机号与姓名不一致")]
    assert (await commits(doors, await looks(doors, csv_of("residents", OLD)))).status_code == 200
    taken = await looks(doors, csv_of("residents", (OLD[0], "13600136000", *OLD[2:])))
    assert (counts(taken), taken["problems"][0]["column"]) == ((0, 0, 0, 1), "手机号")


async def test_what_a_row_says_otherwise_is_changed_and_heard(doors: Doors) -> None:
    await commits(doors, await looks(doors, PEOPLE))
    other = csv_of("residents", LI, (*WANG[:3], "业主", *WANG[4:]), OLD)
    told = await looks(doors, other)
    assert counts(told) == (0, 2, 1, 0)
    before = len(await doors.said())
    assert (await commits(doors, told)).status_code == 200
    assert (await doors.said())[before:] == ["identity.binding_changed.v1"]
    rooms = csv_of("rooms", (ROOM, "房屋", "新名"))
    assert counts(await looks(doors, rooms, "rooms")) == (0, 0, 1, 0)
    assert (await commits(doors, await looks(doors, rooms, "rooms"))).status_code == 200
    assert (await doors.said())[before + 1:] == ["identity.area_changed.v1"]
    assert len(await doors.rows("select 1 from areas where name = '新名'")) == 1


async def test_wrong_rows_are_told_one_by_one_and_nothing_of_the_sheet_is_done(doors: Doors) -> None:
    before = await held(doors)
    bad = ("王芳", "123", NEXT_ROOM, "房东", "", ""), (*LI[:2], FAR_ROOM, *LI[3:]), (*OLD[:2], UNIT, *OLD[3:])
    told = await looks(doors, csv_of("residents", LI, *bad))
    assert counts(told) == (1, 0, 0, 3)
    assert [(one["row"], one["column"]) for one in told["problems"]] == [
        (3, "手机号"), (3, "与房屋关系"), (4, "房屋编码"), (5, "房屋编码"),
    ]
    assert all(one["problem"] and one["remedy"] for one in told["problems"])
    assert problem(await commits(doors, told)) == (409, "import-wrong")
    assert await held(doors) == before
    assert (await gets(doors, f"/{told['id']}")).json()["state"] == "waiting"


async def test_the_report_is_the_sheet_with_one_column_more_and_calculates_nothing(doors: Doors) -> None:
    told = await looks(doors, csv_of("residents", LI, ("=cmd|'/c calc'!A1", "13900139000", NEXT_ROOM, "租户", "", "")))
    answer = await gets(doors, f"/{told['id']}/report")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, good, bad = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert (head[-1], good[:4], good[-1]) == ("问题", list(LI[:4]), "")
    assert (bad[0], "公式" in bad[-1]) == ("'=cmd|'/c calc'!A1", True)
    assert len(await doors.rows("select 1 from audit where action = 'imports.report'")) == 1


@pytest.mark.usefixtures("many")
async def test_twelve_commitments_at_once_are_one(doors: Doors) -> None:
    made = await looks(doors, PEOPLE)
    answers = await asyncio.gather(*(commits(doors, made) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {(409, "import-decided")}
    assert len(await others(doors)) == 3


@pytest.mark.usefixtures("many")
async def test_twelve_imports_of_one_file_at_once_make_everybody_once(doors: Doors) -> None:
    made = [await looks(doors, PEOPLE) for _ in range(12)]
    answers = await asyncio.gather(*(commits(doors, one) for one in made))
    assert {answer.status_code for answer in answers} == {200}
    assert (len(await others(doors)), len(await doors.rows("select 1 from bindings"))) == (3, 3)


@pytest.mark.usefixtures("many")
async def test_an_admin_above_who_imports_at_once_makes_nobody_twice_either(doors: Doors) -> None:
    alone = csv_of("residents", OLD)
    made = [(await looks(doors, alone, area=str(who.area), who=who), who) for who in (OURS, ADMIN) * 4]
    answers = await asyncio.gather(*(commits(doors, one, who) for one, who in made))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await others(doors)) == 1


async def test_a_phone_that_signs_in_meanwhile_is_its_own_person_and_nobody_is_made_twice(doors: Doors) -> None:
    made = await looks(doors, PEOPLE)
    person = await known(doors, "13800138000", "别人")
    before = await held(doors)
    answer = await commits(doors, made)
    assert (problem(answer), answer.json()["rows"]) == ((409, "import-outdated"), 1)
    assert await held(doors) == before
    await doors.running.database.do(lambda work: people.rename(work, person, "李淑芬"))
    assert (await commits(doors, made)).status_code == 200  # it waits on, and is right again


async def test_a_phone_that_signs_in_in_the_very_moment_is_no_second_person_either(doors: Doors) -> None:
    made, database = await looks(doors, PEOPLE), doors.running.database
    async with database.work() as other:
        await codes.register(other, phone="13800138000")  # nobody sees it yet
        waits = asyncio.create_task(commits(doors, made))
        await asyncio.sleep(1)
        assert not waits.done()
        await database.commit(other)
    assert problem(await waits) == (409, "import-outdated")
    assert (len(await others(doors)), await doors.rows("select 1 from bindings")) == (1, [])
    assert (await commits(doors, made)).status_code == 200
    assert (len(await others(doors)), len(await doors.rows("select 1 from bindings"))) == (3, 3)


async def test_what_would_change_now_and_was_new_when_looked_at_is_not_done(doors: Doors) -> None:
    made = await looks(doors, csv_of("residents", (*LI[:3], "租户", "", "")))
    assert (await commits(doors, await looks(doors, csv_of("residents", LI)))).status_code == 200
    assert problem(await commits(doors, made)) == (409, "import-outdated")
    assert [row.kind for row in await doors.rows("select kind from bindings")] == ["owner"]


async def test_a_room_that_is_closed_meanwhile_makes_it_wrong(doors: Doors) -> None:
    made = await looks(doors, PEOPLE)
    async with doors.whole.begin() as connection:
        await connection.execute(text("update areas set closed = true where path = text2ltree(:path)"), {"path": ROOM})
    assert problem(await commits(doors, made)) == (409, "import-outdated")
    assert await doors.rows("select 1 from bindings") == []


async def test_an_admin_imports_into_their_own_area_alone(doors: Doors) -> None:
    for who, area in ((OURS, THERE), (OURS, "510104"), (THEIRS, HERE), (RESIDENT, HERE), (OFFICER, HERE), (GRID, HERE)):
        assert problem(await posts(doors, f"?kind=residents&area={area}", PEOPLE, who))[0] in {403, 404}
    assert await doors.rows("select 1 from imports") == []
    made = await looks(doors, csv_of("residents", (*LI[:2], FAR_ROOM, *LI[3:])))
    assert (counts(made), made["problems"][0]["problem"]) == ((0, 0, 0, 1), "不在本次导入的区域内")
    above = await looks(doors, csv_of("residents", (*LI[:2], FAR_ROOM, *LI[3:])), area="510104", who=ADMIN)
    assert counts(above) == (1, 0, 0, 0)


async def test_the_neighbours_neither_see_nor_decide_it(doors: Doors) -> None:
    made = await looks(doors, PEOPLE)
    for who in (THEIRS, OFFICER, GRID, RESIDENT):
        for path in ("", "/report"):
            assert problem(await gets(doors, f"/{made['id']}{path}", who)) == (404, "not-found")
        for path in ("/commitment", "/withdrawal"):
            assert problem(await posts(doors, f"/{made['id']}{path}", who=who)) == (404, "not-found")
    assert (await gets(doors, f"/{made['id']}")).json()["state"] == "waiting"


async def test_each_row_wants_the_right_it_wants_by_hand(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = await looks(doors, csv_of("staff", ("王建国", "13700137000", "网格员", f"{HERE}.g03")), "staff")
    rooms = await looks(doors, csv_of("rooms", (f"{UNIT}.r0401", "房屋", "2-0401")), "rooms")
    homes = await looks(doors, PEOPLE)
    for made, right in ((staff, "assignments.grant"), (rooms, "areas.write"), (homes, "bindings.approve")):
        without = {**RIGHTS, right: type(RIGHTS[right])()}
        monkeypatch.setattr(doors.running.directory, "_rights", without)
        doors.running.directory._known.clear()
        before = await held(doors)
        assert problem(await commits(doors, made))[0] == 403
        assert await held(doors) == before


async def test_no_sheet_grants_beyond_the_importers_own_office(doors: Doors) -> None:
    """A sheet's roles have no end, so who serves until a day imports none; and nobody imports a role for themselves."""
    made = await looks(doors, csv_of("staff", ("王建国", "13700137000", "网格员", f"{HERE}.g03")), "staff")
    async with doors.whole.begin() as connection:
        dated = text("update assignments set ends_at = now() + interval '1 day' where person_id = :admin")
        await connection.execute(dated, {"admin": OURS.id})
    assert problem(await commits(doors, made)) == (403, "beyond-ones-own")
    assert await doors.rows("select 1 from assignments where granted_by is not null") == []


async def test_who_was_ended_commits_nothing_though_the_copy_does_not_know_yet(doors: Doors) -> None:
    made = await looks(doors, csv_of("rooms", (f"{UNIT}.r0401", "房屋", "2-0401")), "rooms")
    async with doors.whole.begin() as connection:
        over = text("update assignments set ends_at = now(), is_ended = true where person_id = :admin")
        await connection.execute(over, {"admin": OURS.id})
    before = await held(doors)
    assert problem(await commits(doors, made)) == (404, "not-found")
    assert await held(doors) == before


async def test_who_has_a_second_factor_shows_it_within_ten_minutes(doors: Doors) -> None:
    staff = await enlisted(doors, OURS, "admin")
    await staff.take_over()
    made = await looks(doors, csv_of("staff", ("王建国", "13700137000", "网格员", f"{HERE}.g03")), "staff")
    answer = await commits(doors, made)
    assert (problem(answer), "max_age=600" in answer.headers["www-authenticate"].replace('"', "")) == (
        (401, "insufficient-user-authentication"), True,
    )
    assert problem(await commits(doors, made, **lately("otp", ago=700)))[0] == 401
    assert await doors.rows("select 1 from assignments where granted_by is not null") == []
    assert (await commits(doors, made, **lately("otp"))).status_code == 200
    assert [row.role for row in await doors.rows("select role from assignments where granted_by is not null")] == ["grid_worker"]


async def test_no_program_without_the_right_comes_to_these_doors(doors: Doors) -> None:
    program = {"client_id": "desk", "scope": "openid"}
    made = await looks(doors, PEOPLE)
    for path in (f"?kind=residents&area={HERE}", f"/{made['id']}/commitment", f"/{made['id']}/withdrawal"):
        assert problem(await posts(doors, path, b"x", **program)) == (403, "scope-missing")
    for path in (f"/{made['id']}", f"/{made['id']}/report", "/template?kind=staff"):
        assert problem(await gets(doors, path, **program)) == (403, "scope-missing")


async def test_nothing_of_a_waiting_import_lies_open(doors: Doors) -> None:
    made = await looks(doors, csv_of("residents", LI, (WANG[0], "139", *WANG[2:])))
    assert LI[0] not in str(made)
    for table in ("imports", "audit", "outbox", "idempotency"):
        lies = str(await doors.rows(f"select t::text from {table} t"))
        for said in (LI[0], WANG[0], LI[1]):
            assert said not in lies
            assert said.encode().hex() not in lies


async def test_it_is_thrown_away_when_committed_withdrawn_or_a_day_old(doors: Doors) -> None:
    done, taken, old = [await looks(doors, PEOPLE) for _ in range(3)]
    assert (await commits(doors, done)).status_code == 200
    assert (await posts(doors, f"/{taken['id']}/withdrawal")).json()["state"] == "withdrawn"
    await doors.running.database.do(imports.forget, now=datetime.now(UTC) + timedelta(hours=23))
    assert len(await doors.rows("select 1 from imports where sealed_sheet is not null")) == 1
    async with doors.whole.begin() as connection:
        await connection.exec_driver_sql("update imports set made_at = made_at - interval '1 day' where state = 'waiting'")
    for made in (done, taken, old):
        assert problem(await commits(doors, made)) == (409, "import-decided")
        assert problem(await posts(doors, f"/{made['id']}/withdrawal")) == (409, "import-decided")
        assert problem(await gets(doors, f"/{made['id']}/report")) == (409, "import-decided")
    await doors.running.database.do(imports.forget)
    kept = "sealed_sheet is not null or touched <> '{}' or problems <> '[]'"
    assert await doors.rows(f"select 1 from imports where {kept}") == []
    assert (await gets(doors, f"/{old['id']}")).json()["state"] == "over"


async def test_who_is_forgotten_stands_in_no_import_that_waits(doors: Doors) -> None:
    assert (await commits(doors, await looks(doors, csv_of("residents", LI)))).status_code == 200
    (person,) = await others(doors)
    mine, other = await looks(doors, PEOPLE), await looks(doors, csv_of("residents", WANG))
    assert counts(mine) == (2, 1, 0, 0)  # nothing comes of the row they stand in
    data = doors.running.service.personal
    assert data is not None
    await doors.running.database.do(lambda work: privacy.erase(work, data, person))
    states = [(await gets(doors, f"/{made['id']}")).json()["state"] for made in (mine, other)]
    assert states == ["withdrawn", "waiting"]


async def test_sheets_that_take_long_leave_the_others_their_connections(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_PATIENCE", 0.05)
    content, pool = slow(), doors.running.database.engine.pool
    sent = asyncio.gather(*(posts(doors, f"?kind=residents&area={HERE}", content) for _ in range(6)))
    most = 0
    while not sent.done():
        await asyncio.sleep(0.02)
        most = max(most, pool.checkedout())  # type: ignore[attr-defined] # every pool that queues has it
    assert [problem(answer) for answer in await sent] == [(422, "sheet-too-long")] * 6
    assert 0 < most <= 2
    assert await doors.rows("select 1 from imports") == []


@pytest.mark.usefixtures("many")
async def test_fifty_sheets_a_day_are_enough(doors: Doors) -> None:
    room = csv_of("rooms", (f"{UNIT}.r0401", "房屋", "2-0401"))
    answers = [await posts(doors, f"?kind=rooms&area={HERE}", room) for _ in range(45)]
    answers += await asyncio.gather(*(posts(doors, f"?kind=rooms&area={HERE}", room) for _ in range(12)))
    told = [answer.status_code for answer in answers]
    assert (told.count(201), told.count(429)) == (50, 7)


async def test_bodies_are_bounded_and_files_under_one_key_are_one(doors: Doors) -> None:
    assert problem(await posts(doors, f"?kind=rooms&area={HERE}", b"x" * (4 * 1024 * 1024 + 1))) == (413, "body-too-large")
    assert problem(await posts(doors, f"?kind=rooms&area={HERE}", b"x" * (4 * 1024 * 1024)))[0] == 422
    key = keyed()
    async with doors.client(OURS) as client:
        first = await client.post(f"{DOOR}?kind=residents&area={HERE}", content=PEOPLE, headers=key)
        again = await client.post(f"{DOOR}?kind=residents&area={HERE}", content=PEOPLE, headers=key)
        other = await client.post(f"{DOOR}?kind=residents&area={HERE}", content=PEOPLE + b"\n", headers=key)
    assert (first.status_code, again.json()) == (201, first.json())
    assert problem(other) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(("content", "refused"), [
    (b"", "not-a-sheet"), (b"\xff\xff\xff", "not-a-sheet"), ("姓名,年龄\n李淑芬,80".encode(), "columns-unfit"),
    (csv_of("rooms", *[("a", "楼栋", "b")] * 10_001), "sheet-too-long"),
    (xlsx_of("rooms", ("a", "b", "c"), ("a", "b", "c"), touch=lambda sheet: sheet.merge_cells("A2:A3")), "cells-merged"),
])
async def test_what_is_no_such_sheet_is_refused_and_leaves_nothing(doors: Doors, content: bytes, refused: str) -> None:
    answer = await posts(doors, f"?kind=rooms&area={HERE}", content)
    assert (problem(answer), "李淑芬" in answer.text) == ((422, refused), False)
    assert await doors.rows("select 1 from imports") == []


async def test_rooms_stand_below_what_is_there_or_above_them_in_the_sheet(doors: Doors) -> None:
    good, orphan = (f"{UNIT}.r0401", "房屋", "2-0401"), (f"{HERE}.g03.dgy9.b01", "楼栋", "1栋")
    rows = [good, orphan, (ROOM, "楼栋", "x"), (FAR_ROOM, "房屋", "x")]
    told = await looks(doors, csv_of("rooms", *rows), "rooms")
    assert (counts(told), [(one["row"], one["column"]) for one in told["problems"]]) == (
        (1, 0, 0, 3), [(3, "区域编码"), (4, "类型"), (5, "区域编码")],
    )


async def test_templates_are_given(doors: Doors) -> None:
    for kind in ("residents", "rooms", "staff"):
        for written in ("csv", "xlsx"):
            answer = await gets(doors, f"/template?kind={kind}&written={written}")
            assert (answer.status_code, len(answer.content) > 50) == (200, True)
    assert (await gets(doors, "/template?kind=other")).status_code == 422


KILLED = """
import asyncio, json, sys
from uuid import UUID
sys.path[:0] = ["tests", "."]
from builders.world import Person
from chassis import outbox
from chassis.process import Running
from chassis.rights import Actor, Assignment
from contracts.area import Role
from services.identity.actions import imports
from services.identity.app import service
from services.identity.api import sheets as bodies
from services.identity.domain.rights import RIGHTS
from services.identity.store.tables import contacts

said = json.loads(sys.stdin.readline())
running = Running(service, service.settings(**said["settings"]))
admin = Actor(UUID(said["by"]), (Assignment(Role.ADMIN, said["area"]),), rights=RIGHTS)

async def main():
    async with running.database.work() as work:
        await imports.commit(work, UUID(said["id"]), by=admin)
        await work.session.flush()
        await outbox.write(work.rows, "/guohuai/identity", work.now, work._said)
        print("written", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_kill_in_the_middle_leaves_nothing_and_it_is_done_afterwards(doors: Doors) -> None:
    made, before = await looks(doors, PEOPLE), await held(doors)
    said = {"settings": doors.running.settings.model_dump(mode="json"), "by": str(OURS.id), "area": HERE, "id": made["id"]}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(said).encode() + b"\n")
    await process.stdin.drain()
    assert await process.stdout.readline() == b"written\n"
    process.kill()
    await process.wait()
    assert await held(doors) == before
    answer = await commits(doors, made)
    assert (answer.status_code, len(await doors.rows("select 1 from bindings"))) == (200, 3)
