"""People without a phone: registered by one member of staff, confirmed by another who reads the same name in the papers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.world import FAR_GRID, FAR_OFFICER, FAR_ROOM, GRID, HERE, OFFICER, OTHER_GRID, RESIDENT, ROOM, Person, events
from hypothesis import given
from hypothesis import strategies as some

from chassis import privacy
from contracts.identity import AreaChanged
from services.identity.actions import places, registrations
from services.identity.domain.registration import normal_name

DOOR, NAME = "/api/v1/registrations", "欧阳淑贞"
TREE = sorted((one for one in events() if isinstance(one, AreaChanged)), key=lambda one: one.path.count("."))


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world."""

    async def make(work: Any) -> None:
        for one in TREE:
            await places.add_area(work, by=None, path=one.path, kind=one.kind, name=one.name)

    await identity_doors.running.database.do(make)
    return identity_doors


async def posts(doors: Doors, who: Person, path: str, body: Any = None, **claims: Any) -> httpx.Response:
    async with doors.client(who, **claims) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


def said(**other: str) -> dict[str, str]:
    return {"name": NAME, "room": ROOM, "kind": "family", "evidence": "id-card", **other}


async def waiting(doors: Doors, **other: str) -> str:
    """The key of one that was registered by the grid worker."""
    answer = await posts(doors, GRID, "", said(**other))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def listed(doors: Doors, who: Person, **asked: str) -> dict[str, Any]:
    async with doors.client(who) as client:
        return dict((await client.get(DOOR, params=asked)).json())


async def people(doors: Doors) -> int:
    return len(await doors.rows("select 1 from people"))


@given(name=some.text(min_size=1, max_size=20), extra=some.sampled_from([" ", "·", "　", "•"]))
def test_a_name_is_the_same_however_it_is_spaced(name: str, extra: str) -> None:
    assert normal_name(extra.join(name)) == normal_name(name)
    assert normal_name("買買提·吐爾遜") == normal_name("買買提 吐爾遜") != normal_name("買買提")


@given(name=some.text(min_size=1, max_size=20), hidden=some.sampled_from("\u200b\u200d\u2060\ufeff\u202e\ufe0f"))
def test_a_name_is_the_same_whatever_nobody_sees_in_it_and_in_any_case_and_width(name: str, hidden: str) -> None:
    assert normal_name(hidden.join(name)) == normal_name(hidden + name) == normal_name(name) == normal_name(normal_name(name))
    assert normal_name("Ａnna ＬＩ") == normal_name("anna li") == normal_name("ANNA\u00adLI")
    assert normal_name("孙\u200b行") == normal_name("孙行") != normal_name("孙行者")


async def test_a_hidden_twin_of_a_name_that_waits_is_the_same_name(doors: Doors) -> None:
    key = await waiting(doors, name="Anna Li")
    for twin in ("Anna\u200b Li", "\u2060anna li\ufeff", "ＡＮＮＡ　ＬＩ"):
        assert problem(await posts(doors, OFFICER, "", said(name=twin))) == (409, "registration-there")
    assert (await posts(doors, OFFICER, f"/{key}/confirmation", {"name": "anna\u200bli"})).status_code == 200
    assert len(await doors.rows("select 1 from registrations")) == 1


async def test_who_guesses_the_name_has_five_looks_and_then_it_is_over(doors: Doors) -> None:
    key = await waiting(doors)
    guesses = (f"欧阳淑{letter}" for letter in "甲乙丙丁戊己庚辛壬癸子丑")
    answers = await asyncio.gather(*(posts(doors, OFFICER, f"/{key}/confirmation", {"name": name}) for name in guesses))
    told = sorted(problem(answer) for answer in answers)
    assert told == [(409, "name-differs")] * 5 + [(409, "registration-decided")] * 7
    assert problem(await posts(doors, OFFICER, f"/{key}/confirmation", {"name": NAME})) == (409, "registration-decided")
    assert ([one["state"] for one in (await listed(doors, OFFICER))["items"]], await people(doors)) == (["over"], 0)
    assert await doors.rows("select 1 from registrations where sealed_name is not null") == []
    other = await waiting(doors)  # once more, by who has the papers
    for name in ("欧阳淑甲", "欧阳淑乙", "欧阳淑丙", "欧阳淑丁"):
        assert problem(await posts(doors, OFFICER, f"/{other}/confirmation", {"name": name})) == (409, "name-differs")
    assert (await posts(doors, OFFICER, f"/{other}/confirmation", {"name": NAME})).status_code == 200


async def test_two_members_of_staff_make_a_person_who_belongs_to_the_room(doors: Doors) -> None:
    key = await waiting(doors)
    assert await people(doors) == 0
    answer = await posts(doors, OFFICER, f"/{key}/confirmation", {"name": "欧阳 淑贞"})
    told = answer.json()
    assert (answer.status_code, told["state"], told["decided_by"]) == (200, "confirmed", str(OFFICER.id))
    assert sorted((await doors.said())[-2:]) == ["identity.binding_changed.v1", "identity.person_registered.v1"]
    (home,) = await doors.rows("select *, area::text as room from bindings")
    assert (str(home.person_id), home.room, home.kind, home.agreement) == (told["person_id"], ROOM, "family", "papers")
    assert (home.approved_by, home.agreed_by) == (GRID.id, OFFICER.id)
    held = doors.running.service.personal
    assert held is not None
    async with doors.running.database.reading() as work:
        exported = await held.export(work, home.person_id)
    assert (exported["name"], exported["phone"]) == (NAME, None)
    acts = await doors.rows("select action from audit where action like 'registrations%' order by at")
    assert [row.action for row in acts] == ["registrations.register", "registrations.confirm"]


async def test_who_registered_somebody_does_not_confirm_it_in_the_database_either(doors: Doors) -> None:
    key = await waiting(doors)
    assert problem(await posts(doors, GRID, f"/{key}/confirmation", {"name": NAME})) == (403, "not-by-the-same")
    assert (await people(doors), (await listed(doors, GRID))["items"][0]["state"]) == (0, "waiting")
    with pytest.raises(Exception, match="ck_registrations_two"):
        async with doors.whole.begin() as connection:
            await connection.exec_driver_sql(
                "update registrations set state = 'confirmed', decided_by = registered_by, decided_at = now(), sealed_name = null"
            )


async def test_the_second_name_is_read_in_the_papers_and_told_by_nobody(doors: Doors) -> None:
    key = await waiting(doors)
    for wrong in ("欧阳淑珍", "淑贞", "ab"):
        assert problem(await posts(doors, OFFICER, f"/{key}/confirmation", {"name": wrong})) == (409, "name-differs")
    assert await people(doors) == 0
    assert len(await doors.rows("select 1 from audit where action = 'registrations.differ'")) == 3
    seen = await listed(doors, OFFICER, state="waiting")
    assert NAME not in str(seen)
    assert set(seen["items"][0]) == {
        "id", "person_id", "area", "kind", "evidence", "state", "registered_by", "registered_at", "decided_by", "decided_at",
        "ends_at",
    }
    everything = [str(await doors.rows(f"select t::text from {table} t")) for table in ("registrations", "audit", "outbox")]
    assert not any(NAME in one or NAME.encode().hex() in one for one in everything)


async def test_twelve_confirmations_at_once_make_one_person(doors: Doors) -> None:
    key = await waiting(doors)
    answers = await asyncio.gather(*(
        posts(doors, who, f"/{key}/confirmation", {"name": NAME}) for who in (OFFICER, GRID) for _ in range(6)
    ))
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 403, 409}  # 403 of the one who registered, while it still waits
    assert (await people(doors), len(await doors.rows("select 1 from bindings"))) == (1, 1)


async def test_twelve_registrations_of_one_person_at_once_are_one(doors: Doors) -> None:
    answers = await asyncio.gather(*(posts(doors, who, "", said()) for who in (GRID, OFFICER) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {problem(answer) for answer in answers if answer.status_code == 409} == {(409, "registration-there")}
    assert (await posts(doors, GRID, "", said(name="欧阳淑珍"))).status_code == 201  # somebody else of the same room


async def test_a_refused_one_is_nobody_and_has_no_name(doors: Doors) -> None:
    key = await waiting(doors)
    assert (await posts(doors, GRID, f"/{key}/refusal")).json()["state"] == "refused"
    for path, body in ((f"/{key}/refusal", None), (f"/{key}/confirmation", {"name": NAME})):
        assert problem(await posts(doors, OFFICER, path, body)) == (409, "registration-decided")
    assert await doors.rows("select 1 from registrations where sealed_name is not null") == []
    assert await people(doors) == 0
    await waiting(doors)  # once more, rightly


async def test_what_waited_thirty_days_is_over(doors: Doors) -> None:
    key = await waiting(doors)
    async with doors.whole.begin() as connection:
        await connection.exec_driver_sql("update registrations set registered_at = registered_at - interval '30 days'")
    assert problem(await posts(doors, OFFICER, f"/{key}/confirmation", {"name": NAME})) == (409, "registration-decided")
    await doors.running.database.do(registrations.forget)
    assert [one["state"] for one in (await listed(doors, OFFICER))["items"]] == ["over"]
    assert await doors.rows("select 1 from registrations where sealed_name is not null") == []


async def test_what_waits_less_long_goes_on_waiting(doors: Doors) -> None:
    await waiting(doors)
    await doors.running.database.do(registrations.forget, now=datetime.now(UTC) + timedelta(days=29))
    assert (await listed(doors, OFFICER, state="waiting"))["total"] == 1


async def test_the_neighbours_and_other_grids_neither_see_nor_decide(doors: Doors) -> None:
    key = await waiting(doors)
    for who in (FAR_OFFICER, FAR_GRID, OTHER_GRID):
        assert (await listed(doors, who))["total"] == 0
        for path, body in ((f"/{key}/confirmation", {"name": NAME}), (f"/{key}/refusal", None)):
            assert problem(await posts(doors, who, path, body)) == (404, "not-found")
        assert problem(await posts(doors, who, "", said()))[0] in {403, 404}
    assert problem(await posts(doors, GRID, "", said(room=FAR_ROOM))) == (404, "not-found")
    resident = await posts(doors, RESIDENT, "", said())
    assert problem(resident)[0] in {403, 404}
    assert len(await doors.rows("select 1 from registrations")) == 1


async def test_a_place_that_is_no_room_and_what_is_no_name_are_refused(doors: Doors) -> None:
    assert problem(await posts(doors, OFFICER, "", said(room=HERE))) == (422, "not-a-room")
    assert (await posts(doors, OFFICER, "", said(room=f"{ROOM}x"))).status_code in {404, 409, 422}
    for name in ("", "王", "  ", "12", "王\n芳", "x" * 65):
        assert (await posts(doors, OFFICER, "", said(name=name))).status_code == 422
    assert await doors.rows("select 1 from registrations") == []


async def test_no_program_without_the_right_comes_to_these_doors(doors: Doors) -> None:
    for path, body in (("", said()), (f"/{uuid4()}/confirmation", {"name": NAME}), (f"/{uuid4()}/refusal", None)):
        answer = await posts(doors, GRID, path, body, client_id="desk", scope="openid")
        assert problem(answer) == (403, "scope-missing")


async def test_who_is_still_waiting_is_exported_and_forgotten_as_well(doors: Doors) -> None:
    await waiting(doors)
    (row,) = await doors.rows("select person_id from registrations")
    held = doors.running.service.personal
    assert held is not None
    async with doors.running.database.reading() as work:
        assert (await held.export(work, UUID(str(row.person_id))))["name"] == NAME
    await doors.running.database.do(lambda work: privacy.erase(work, held, row.person_id))
    assert await doors.rows("select 1 from registrations") == []
