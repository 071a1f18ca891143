"""Staff look for residents of their area by what is exact, and read of them in the clear: masked, counted, audited."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import employed, lately, problem
from builders.passkeys import Device, registered
from builders.phones import planted
from builders.real_names import citizen, compared
from builders.residents import Resident, lives
from builders.world import (
    ADMIN,
    FAR_GRID,
    FAR_OFFICER,
    FAR_ROOM,
    GRID,
    GUARD,
    HERE,
    NEXT_ROOM,
    OFFICER,
    OTHER_GRID,
    ROOM,
    SECOND_RESIDENT,
    STRANGER,
    Person,
)

from chassis import privacy
from services.identity.actions import assignments
from services.identity.actions import looks as acts
from services.identity.domain import looks as rules
from services.identity.domain.looks import narrowed
from services.identity.store import looks as store

DOOR, NAME, PHONE = "/api/v1/people/search", "欧阳淑贞", "13900000001"
BY_PHONE = {"by": "phone", "value": PHONE, "reason": "contact"}
BY_NAME = {"by": "name", "value": NAME, "reason": "visit"}
READ = {"field": "phone", "reason": "contact"}


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world."""
    return await planted(identity_doors)


async def looks(doors: Doors, who: Person, said: dict[str, Any], **claims: Any) -> httpx.Response:
    async with doors.client(who, **claims) as client:
        return await client.post(DOOR, json=said)


async def found(doors: Doors, who: Person, said: dict[str, Any], **claims: Any) -> list[dict[str, Any]]:
    answer = await looks(doors, who, said, **claims)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def reads(doors: Doors, who: Person, person: UUID, said: dict[str, Any] = READ, **claims: Any) -> httpx.Response:
    async with doors.client(who, **(claims or lately("otp"))) as client:
        return await client.post(f"/api/v1/people/{person}/revelation", json=said, headers=keyed())


async def audited(doors: Doors, action: str) -> list[Any]:
    return await doors.rows("select actor_id, subject, reason from audit where action = :action order by pos", action=action)


@pytest.mark.parametrize(("serves", "area", "looked"), [
    (("a.b",), None, ["a.b"]), (("a.b",), "a.b.c", ["a.b.c"]), (("a.b", "a.c"), "a", ["a.b", "a.c"]), (("a.b",), "a.c", []),
    (("a.b",), "a.bc", []), ((), "a", []), (("a.b", "x"), "a", ["a.b"]),
])
def test_one_looks_where_one_serves_and_nowhere_else(serves: tuple[str, ...], area: str | None, looked: list[str]) -> None:
    assert narrowed(serves, area) == looked


async def test_an_exact_phone_number_or_name_leads_to_who_lives_in_the_area_masked(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors)
    assert await compared(doors, one.id, papers.papers) == "confirmed"
    expected = [{"person_id": str(one.id), "name": "欧**贞", "phone": "139****0001", "rooms": [ROOM]}]
    spelled = ("139 0000 0001", "+8613900000001")
    by_number = {"by": "id-card", "value": papers.number.lower(), "reason": "identify"}
    for said in (BY_PHONE, BY_NAME, BY_NAME | {"value": "欧阳 淑贞"}, by_number, *(BY_PHONE | {"value": one} for one in spelled)):
        answer = await looks(doors, GRID, said)
        assert (answer.status_code, answer.json()["items"], answer.headers["cache-control"]) == (200, expected, "no-store")
    for said in (BY_PHONE | {"value": "13900000002"}, BY_NAME | {"value": "欧阳"}, BY_NAME | {"value": "淑贞"}):
        assert await found(doors, GRID, said) == []


async def test_a09_nobody_outside_the_area_is_found_and_it_looks_like_nobody(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors)
    await compared(doors, one.id, papers.papers)
    nobody = {"by": "phone", "value": "13811112222", "reason": "contact"}
    by_number = {"by": "id-card", "value": papers.number, "reason": "identify"}
    for who in (FAR_OFFICER, FAR_GRID, OTHER_GRID):
        like = (await looks(doors, who, nobody)).json()
        for said in (BY_PHONE, BY_NAME, by_number, BY_PHONE | {"area": ROOM}, BY_NAME | {"area": HERE}):
            answer = await looks(doors, who, said)
            assert (answer.status_code, answer.json()) == (200, like) == (200, {"items": []})
    assert [row.subject for row in await audited(doors, "people.find")] == []


async def test_who_moved_out_is_not_found_and_rooms_elsewhere_are_not_told(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    await _binds(doors, one, FAR_ROOM)
    assert [row["rooms"] for row in await found(doors, GRID, BY_PHONE)] == [[ROOM]]
    assert [row["rooms"] for row in await found(doors, FAR_GRID, BY_NAME)] == [[FAR_ROOM]]
    assert [row["rooms"] for row in await found(doors, ADMIN, BY_NAME)] == [[ROOM, FAR_ROOM]]
    async with doors.whole.begin() as connection:
        await connection.exec_driver_sql(f"update bindings set ends_at = now() - interval '1 minute' where area = '{ROOM}'")
    assert (await found(doors, GRID, BY_PHONE), await found(doors, OFFICER, BY_NAME)) == ([], [])


async def _binds(doors: Doors, one: Resident, room: str) -> None:
    await doors.running.database.do(lambda work: assignments.bind(work, by=None, person=one.id, room=room, kind="owner"))


async def test_it_is_narrowed_to_an_area_one_names(doors: Doors) -> None:
    one, other = await lives(doors, ROOM), await lives(doors, NEXT_ROOM, phone="13900000007")
    assert {row["person_id"] for row in await found(doors, OFFICER, BY_NAME)} == {str(one.id), str(other.id)}
    assert [row["person_id"] for row in await found(doors, OFFICER, BY_NAME | {"area": NEXT_ROOM})] == [str(other.id)]
    assert len(await found(doors, OFFICER, BY_NAME | {"area": "510104"})) == 2


@pytest.mark.parametrize("who", [SECOND_RESIDENT, STRANGER, GUARD], ids=["resident", "stranger", "guard"])
async def test_who_does_not_look_after_the_place_does_not_search(doors: Doors, who: Person) -> None:
    one = await lives(doors, ROOM)
    assert problem(await looks(doors, who, BY_PHONE)) == (403, "not-allowed-here")
    assert problem(await reads(doors, who, one.id)) in {(404, "not-found"), (403, "not-allowed-here")}
    assert await audited(doors, "people.reveal") == await doors.rows("select 1 from looks") == []


@pytest.mark.parametrize("body", [
    {"reason": None}, {"reason": "因为他是王芳"}, {"by": "openid"}, {"value": ""}, {"value": "x" * 65}, {"area": "a b"},
    {"rooms": []},
], ids=str)
async def test_it_wants_a_reason_and_what_it_knows(doors: Doors, body: dict[str, Any]) -> None:
    assert problem(await looks(doors, GRID, BY_PHONE | body)) == (422, "invalid-request")


@pytest.mark.parametrize(("said", "name"), [
    ({"by": "phone", "value": "8513 5513"}, "not-a-phone"),
    ({"by": "id-card", "value": "110105194912310021"}, "not-an-id-number"),
    ({"by": "passport", "value": "E-1"}, "not-a-document-number"),
])
async def test_what_has_not_its_form_is_not_looked_for_nor_repeated(doors: Doors, said: dict[str, str], name: str) -> None:
    answer = await looks(doors, GRID, said | {"reason": "contact"})
    assert (problem(answer), said["value"] in answer.text) == ((422, name), False)


async def test_every_look_is_audited_without_what_was_looked_for(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    await found(doors, GRID, BY_PHONE)
    await found(doors, GRID, BY_PHONE | {"value": "13811112222"})
    searched, led = await audited(doors, "people.search"), await audited(doors, "people.find")
    assert [(row.actor_id, row.reason) for row in searched] == [(GRID.id, "phone contact")] * 2
    assert [(row.actor_id, row.subject, row.reason) for row in led] == [(GRID.id, f"person/{one.id}", "phone contact")]
    tables = ("audit", "looks", "idempotency", "outbox")
    everything = str([str(await doors.rows(f"select t::text from {table} t")) for table in tables])
    assert not any(said in everything for said in (PHONE, "13811112222", NAME))
    assert await doors.rows("select 1 from idempotency") == []


async def test_a_search_has_its_budget_also_of_eighty_at_once(doors: Doors, later: Callable[..., None]) -> None:
    await lives(doors, ROOM)
    answers = await asyncio.gather(*(looks(doors, GRID, BY_PHONE) for _ in range(80)))
    told = sorted(answer.status_code for answer in answers)
    assert told == [200] * 60 + [429] * 20
    assert {problem(answer)[1] for answer in answers if answer.status_code == 429} == {"looks-too-often"}
    assert len(await found(doors, OFFICER, BY_PHONE)) == 1  # another's is another's
    later(minutes=61)
    assert len(await found(doors, GRID, BY_PHONE, **now(doors))) == 1
    later(hours=26)
    await doors.running.database.do(acts.forget)
    assert await doors.rows("select 1 from looks") == []


def now(doors: Doors) -> dict[str, Any]:
    at = int(doors.running.settings.clock.now().timestamp())
    return {"iat": at, "exp": at + 600}


async def test_a_name_is_not_looked_for_among_too_many(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        await lives(doors, ROOM, phone=f"1390000030{n}")
    monkeypatch.setattr(rules, "MOST_OPENED", 2)
    assert problem(await looks(doors, GRID, BY_NAME)) == (422, "area-too-large")
    monkeypatch.setattr(rules, "MOST_OPENED", 3)
    monkeypatch.setattr(rules, "MOST_FOUND", 2)
    assert len(await found(doors, GRID, BY_NAME)) == 2


async def test_who_was_forgotten_is_not_found_by_anything(doors: Doors) -> None:
    one, papers, held = await lives(doors, ROOM), await citizen(doors), doors.running.service.personal
    await compared(doors, one.id, papers.papers)
    assert held is not None
    await doors.running.database.do(lambda work: privacy.erase(work, held, one.id))
    for said in (BY_PHONE, BY_NAME, {"by": "id-card", "value": papers.number, "reason": "identify"}):
        assert await found(doors, GRID, said) == []
    assert (await reads(doors, GRID, one.id)).json() == {"field": "phone", "value": None}


async def test_a_search_wants_the_second_factor_lately_of_who_has_one(doors: Doors) -> None:
    staff = await employed(doors, "grid", GRID.id)
    assert (await looks(doors, GRID, BY_PHONE)).status_code == 200
    await registered(staff, Device(doors.issuer))
    for claims in ({}, lately(), lately("otp", ago=603)):
        answer = await looks(doors, GRID, BY_PHONE, **claims)
        assert problem(answer) == (401, "insufficient-user-authentication")
        assert "max_age" in answer.headers["www-authenticate"]
    assert (await looks(doors, GRID, BY_PHONE, **lately("otp"))).status_code == 200


async def test_one_field_is_read_in_the_clear_with_a_reason_and_the_audit_keeps_who_what_why(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    before = await doors.said()
    answer = await reads(doors, GRID, one.id)
    assert (answer.json(), answer.headers["cache-control"]) == ({"field": "phone", "value": PHONE}, "no-store")
    named = await reads(doors, OFFICER, one.id, {"field": "name", "reason": "visit"})
    assert named.json() == {"field": "name", "value": NAME}
    kept = [(row.actor_id, row.subject, row.reason) for row in await audited(doors, "people.reveal")]
    assert kept == [(GRID.id, f"person/{one.id}", "phone contact"), (OFFICER.id, f"person/{one.id}", "name visit")]
    assert await doors.said() == before  # told to nobody else
    assert await doors.rows("select 1 from idempotency") == []  # no key keeps it for a day
    for wrong in ({"field": "openid"}, {"reason": "x"}, {"field": None}):
        assert problem(await reads(doors, GRID, one.id, READ | wrong)) == (422, "invalid-request")


async def test_who_reads_in_the_clear_has_shown_a_second_factor_lately_and_has_one(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    for claims in ({"amr": ["pwd"]}, lately(), lately("otp", ago=603)):
        assert problem(await reads(doors, GRID, one.id, **claims)) == (401, "insufficient-user-authentication")
    assert await audited(doors, "people.reveal") == []


@pytest.mark.parametrize("who", [FAR_OFFICER, FAR_GRID, OTHER_GRID, STRANGER], ids=["officer", "far", "grid", "stranger"])
async def test_a09_nothing_is_read_of_who_is_elsewhere(doors: Doors, who: Person) -> None:
    one = await lives(doors, ROOM)
    assert problem(await reads(doors, who, one.id)) == problem(await reads(doors, who, uuid4())) == (404, "not-found")
    assert await audited(doors, "people.reveal") == []


async def test_reading_in_the_clear_has_its_budget_also_of_forty_at_once(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    answers = await asyncio.gather(*(reads(doors, GRID, one.id) for _ in range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] * 30 + [429] * 10
    assert len(await audited(doors, "people.reveal")) == 30
    assert len(await found(doors, GRID, BY_PHONE)) == 1  # what is masked is counted apart


async def test_a_lookup_is_one_probe_of_its_index_however_many_people_there_are(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors)
    await compared(doors, one.id, papers.papers)
    read = [await touched(doors, many, one) for many in (10_000, 100_000)]
    assert all(most <= 12 for most in read[0] + read[1]), read
    assert all(large - small <= 4 for small, large in zip(*read, strict=True)), read


async def touched(doors: Doors, many: int, one: Resident) -> list[int]:
    """Pages each lookup reads among so many people; each plan is probes of indexes alone."""
    await crowd(doors, many)
    counted = []
    (number,) = await doors.rows("select number_index as index from numbers where person_id = :id", id=one.id)
    async with doors.running.database.work() as work:
        driver = await work._line.driver()
        for asked, index in ((store.BY_PHONE, [work.vault.keys.blind("phone", PHONE)]), (store.BY_NUMBER, bytes(number.index))):
            values = asked.arguments({"index": index, "at": work.now, "areas": [HERE]})
            said = (await driver.fetchval("explain (analyze, buffers, format json) " + asked.text, *values))[0]["Plan"]
            walked = [node for node in nodes(said) if node["Actual Loops"]]  # row security has plans for others, too
            scans = [node for node in walked if "Relation Name" in node or "Index Name" in node]
            assert {node["Node Type"] for node in scans} <= {"Index Scan", "Bitmap Heap Scan", "Bitmap Index Scan"}
            assert sum(node["Actual Rows"] for node in scans if "Relation Name" in node) == 2
            assert sum(node.get("Rows Removed by Filter", 0) for node in scans) == 0
            counted.append(said["Shared Hit Blocks"] + said["Shared Read Blocks"])
    return counted


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan and all that is below it."""
    return [plan, *(below for child in plan.get("Plans", []) for below in nodes(child))]


_CROWD = f"""
create temporary table crowd on commit drop as
  select gen_random_uuid() as id, n from generate_series((select count(*) from people), $MANY) n;
insert into people (id, created_at) select id, now() from crowd;
insert into contacts (id, person_id, kind, sealed_value, blind_index, verified_at, is_shared)
  select gen_random_uuid(), id, 'phone', '\\x00', sha256(id::text::bytea), now(), false from crowd;
insert into numbers (number_index, person_id, document, kept_at)
  select sha256(('n' || id::text)::bytea), id, 'id-card', now() from crowd;
insert into bindings (id, person_id, area, kind, starts_at, agreement, agreed_at)
  select gen_random_uuid(), id, ('{HERE}.g03.x.b' || n / 100 || '.r' || n)::ltree, 'owner', now(), 'operator', now() from crowd
"""


async def crowd(doors: Doors, many: int) -> None:
    """So many people of the same community, each with a phone, a number and a home; written past the service."""
    async with doors.whole.begin() as connection:
        for sql in _CROWD.replace("$MANY", str(many)).split(";"):
            await connection.exec_driver_sql(sql)
    async with doors.whole.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("people", "contacts", "numbers", "bindings"):
            await plain.exec_driver_sql(f"vacuum analyze {table}")
