"""Names and numbers are compared by a provider: what its answer makes true, and what nobody learns from it."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.phones import planted
from builders.real_names import DOOR, Citizen, agreed, asks, citizen, compared, new_number, outcome, provider, works
from builders.residents import lives
from builders.world import FAR_OFFICER, FAR_ROOM, GRID, HERE, NEXT_ROOM, OFFICER, ROOM, Person
from pydantic import ValidationError

from chassis import privacy
from services.identity.actions import real_name as acts
from services.identity.clients import real_name as wire
from services.identity.domain.documents import Numbered
from services.identity.domain.real_name import Told

NAME = "欧阳淑贞"


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world."""
    return await planted(identity_doors)


async def me(doors: Doors, person: UUID) -> dict[str, Any]:
    async with doors.client(Person(id=person)) as client:
        return dict((await client.get("/api/v1/people/me")).json())


def spellings(clear: str) -> list[str]:
    """As a dump could have it: in the clear, in hex, in Base64, as a bare hash."""
    said = clear.encode()
    return [clear, said.hex(), base64.b64encode(said).decode()[:-4], hashlib.sha256(said).hexdigest()]


async def listed(doors: Doors, who: Person) -> list[dict[str, Any]]:
    async with doors.client(who) as client:
        answer = await client.get("/api/v1/duplicates")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def everything(doors: Doors) -> str:
    tables = [row.name for row in await doors.rows("select tablename as name from pg_tables where schemaname = 'public'")]
    return "".join([str(await doors.rows(f'select t::text from "{table}" t')) for table in tables])


async def test_j04_a_match_is_a_fact_and_of_the_number_only_an_index_is_kept(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM, name=""), await citizen(doors)
    assert (await asks(doors, one.id, papers.papers)).json()["state"] == "asked"
    assert papers.number.encode().hex() not in await everything(doors)
    assert (await works(doors), await outcome(doors, one.id)) == (1, "confirmed")
    found = await me(doors, one.id)
    (fact,) = found["facts"]
    assert (found["levels"], found["name"]) == ([1, 2, 3], NAME)
    assert (fact["kind"], fact["evidence"], fact["provider"], fact["checked_by"]) == ("real-name", "id-card", "real-name", None)
    (kept,) = await doors.rows("select reference from facts")
    assert kept.reference.startswith("RN-")
    assert len(await doors.rows("select 1 from numbers where length(number_index) = 32")) == 1
    assert await doors.rows("select 1 from real_name_checks where sealed_asked is not null") == []
    whole = await everything(doors)
    known = (papers.number, f"id-card/{papers.number}", NAME)
    assert [one for clear in known for one in spellings(clear) if one in whole] == []
    assert doors.running.settings.keys.blind("id-number", papers.number).hex() not in whole
    assert (await doors.said())[-1] == "identity.fact_changed.v1"


async def test_passports_and_permits_are_compared_by_their_kind(doors: Doors) -> None:
    one = await lives(doors, ROOM, name="")
    assert problem(await asks(doors, one.id, Citizen("陈小春", "810000199408230021").papers)) == (422, "not-a-document-number")
    told = await compared(doors, one.id, Citizen("陈小春", "810000 199408230021", "residence-permit").papers)
    assert (told, (await me(doors, one.id))["facts"][0]["evidence"]) == ("confirmed", "residence-permit")


@pytest.mark.parametrize(("body", "name"), [
    ({"number": "110105194912310021"}, "not-an-id-number"), ({"number": "11010519491231"}, "not-an-id-number"),
    ({"number": "110105491231002"}, "old-id-number"),
    ({"document": "permanent-residence"}, "not-a-document-number"), ({"document": "library-card"}, "invalid-request"),
    ({"name": "1"}, "invalid-request"), ({"number": ""}, "invalid-request"), ({"person_id": "x"}, "invalid-request"),
], ids=str)
async def test_b08_what_has_not_its_form_is_told_without_repeating_it_and_counts_nothing(
    doors: Doors, body: dict[str, str], name: str
) -> None:
    one = await lives(doors, ROOM)
    answer = await asks(doors, one.id, Citizen(NAME, "11010519491231002X").papers | body)
    assert (problem(answer), await doors.rows("select 1 from real_name_checks")) == ((422, name), [])
    assert not any(value and len(value) > 2 and value in answer.text for value in body.values())


async def test_e21_whatever_does_not_fit_is_answered_alike_three_times_a_day(doors: Doors) -> None:
    holder, one = await lives(doors, ROOM), await lives(doors, NEXT_ROOM, phone="13900000007", name="")
    taken = await citizen(doors)
    assert await compared(doors, holder.id, taken.papers) == "confirmed"
    differing, unknown = await citizen(doors, "王芳"), await citizen(doors, known=False)
    told = []
    for papers in (differing.papers | {"name": NAME}, unknown.papers, taken.papers):
        answer = await asks(doors, one.id, papers)
        assert (answer.status_code, answer.json()["state"]) == (202, "asked")
        await works(doors)
        told.append(await outcome(doors, one.id))
    assert told == ["refused"] * 3
    assert problem(await asks(doors, one.id, taken.papers)) == (429, "checks-too-often")
    assert ((await me(doors, one.id))["facts"], (await me(doors, one.id))["levels"]) == ([], [1, 3])
    assert (await me(doors, one.id))["name"] is None  # nor is it told by the name that was taken over


async def test_e21_of_forty_tries_at_once_one_is_asked(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    tries = [(await citizen(doors)).papers for _ in range(5)] * 8
    answers = await asyncio.gather(*(asks(doors, one.id, papers) for papers in tries))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 39
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"real-name-waits"}
    assert await works(doors) == 1


async def test_e21_a_number_is_tried_six_times_a_day_whoever_tries(doors: Doors) -> None:
    papers = await citizen(doors, "王芳")
    for n in range(6):
        one = await lives(doors, ROOM, phone=f"1390000010{n}", name="")
        assert await compared(doors, one.id, papers.papers | {"name": f"王{'甲乙丙丁戊己'[n]}"}) == "refused"
    one = await lives(doors, ROOM, phone="13900000109", name="")
    assert problem(await asks(doors, one.id, papers.papers)) == (429, "checks-too-often")


async def test_the_budget_is_a_days(doors: Doors, later: Callable[..., None]) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors, "王芳")
    for _ in range(3):
        assert await compared(doors, one.id, papers.papers | {"name": NAME}) == "refused"
    later(hours=23)
    assert problem(await asks(doors, one.id, papers.papers | {"name": NAME}, **_at(doors))) == (429, "checks-too-often")
    later(hours=25)
    assert (await asks(doors, one.id, papers.papers | {"name": NAME}, **_at(doors))).status_code == 202


@pytest.mark.parametrize("fault", ["forged", "replayed", "foreign", "unsigned", "nonsense", "endless"])
async def test_e22_an_answer_that_is_not_to_this_question_or_not_theirs_makes_no_fact(doors: Doors, fault: str) -> None:
    one = await lives(doors, ROOM)
    papers = await citizen(doors, fault=fault, known=fault != "forged")
    await asks(doors, one.id, papers.papers)
    await works(doors)
    assert (await outcome(doors, one.id), (await me(doors, one.id))["facts"]) == ("asked", [])
    await citizen_mended(doors, papers)
    await due(doors)
    await works(doors)
    assert await outcome(doors, one.id) == ("refused" if fault == "forged" else "confirmed")  # what it had said before the forger


async def citizen_mended(doors: Doors, papers: Citizen) -> None:
    settings: Any = doors.running.settings
    async with httpx.AsyncClient() as outside:
        await outside.post(f"{settings.real_name_endpoint}/real-name/citizens", json=papers.papers)


async def due(doors: Doors) -> None:
    async with doors.whole.begin() as connection:
        await connection.exec_driver_sql("update real_name_checks set ask_after = now() - interval '1 second'")


async def test_an_answer_signed_with_another_secret_is_not_believed(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors)
    await asks(doors, one.id, papers.papers)
    stranger = provider(doors)
    stranger.secret = "another"
    await works(doors, stranger)
    assert await outcome(doors, one.id) == "asked"


async def test_a_provider_that_is_away_costs_nothing_and_is_given_up_after_a_minute(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors, fault="away")
    for _ in range(4):  # more often than the day's three
        assert (await asks(doors, one.id, papers.papers)).status_code == 202
        for _ in range(5):
            await due(doors)
            assert await works(doors) == 1
        assert await outcome(doors, one.id) == "unanswered"
    assert await doors.rows("select 1 from real_name_checks where sealed_asked is not null") == []


async def test_after_five_failures_in_a_row_it_is_left_alone_for_a_while(doors: Doors) -> None:
    away, good, calls = await citizen(doors, fault="away"), await citizen(doors), provider(doors)
    now, papers = doors.running.settings.clock.now(), Numbered("id-card", away.number)
    one = await lives(doors, ROOM)
    for n in range(5):
        with pytest.raises(wire.ProviderAway):
            await calls.compare(UUID(int=n), NAME, papers, at=now)
    with pytest.raises(wire.ProviderAway):
        await calls.compare(one.id, NAME, Numbered("id-card", good.number), at=now)
    told = await provider(doors).compare(one.id, NAME, Numbered("id-card", good.number), at=now)
    assert told.answer == "match"


async def test_no_connection_is_held_while_the_provider_is_silent(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors, fault="silent")
    await asks(doors, one.id, papers.papers)
    pool: Any = doors.running.database.engine.pool
    asking = asyncio.create_task(works(doors))
    for _ in range(100):
        await asyncio.sleep(0.05)
        if await _attempts(doors):
            break
    await asyncio.sleep(0.5)
    assert (pool.checkedout(), asking.done()) == (0, False)
    assert await asking == 1
    assert await outcome(doors, one.id) == "asked"


async def _attempts(doors: Doors) -> int:
    return int((await doors.rows("select attempts from real_name_checks"))[0].attempts)


async def test_whoever_was_killed_while_asking_is_followed_by_another_and_it_is_billed_once(doors: Doors) -> None:
    one, papers, do = await lives(doors, ROOM), await citizen(doors), doors.running.database.do
    await asks(doors, one.id, papers.papers)
    before = await billed(doors)
    question, at = await do(acts._begin)
    told = await provider(doors).compare(question.check, question.name, question.papers, at=at)  # and here it is killed
    assert await works(doors) == 0  # for half a minute it is waited for
    await due(doors)
    assert await works(doors) == 1
    assert (await outcome(doors, one.id), await billed(doors)) == ("confirmed", before + 1)
    await do(lambda work: acts.settle(work, question, told, "real-name"))  # it was not killed after all
    assert len(await doors.rows("select 1 from facts")) == 1


async def test_who_is_killed_each_time_is_given_up_at_last(doors: Doors) -> None:
    one, papers, do = await lives(doors, ROOM), await citizen(doors), doors.running.database.do
    await asks(doors, one.id, papers.papers)
    for _ in range(5):
        await due(doors)
        assert (await do(acts._begin))[0] is not None
    await due(doors)
    assert (await works(doors), await outcome(doors, one.id)) == (0, "unanswered")


async def billed(doors: Doors) -> int:
    settings: Any = doors.running.settings
    async with httpx.AsyncClient() as outside:
        return int((await outside.get(f"{settings.real_name_endpoint}/real-name/bill")).json()["billed"])


async def test_twelve_workers_ask_once(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors)
    await asks(doors, one.id, papers.papers)
    asked = await asyncio.gather(*(works(doors) for _ in range(12)))
    assert (sum(asked), len(await doors.rows("select 1 from facts"))) == (1, 1)


async def test_one_number_leads_to_one_person_and_staff_where_both_live_hear_of_the_other(doors: Doors) -> None:
    papers = await citizen(doors)
    holder = await lives(doors, ROOM)
    second = await lives(doors, NEXT_ROOM, phone="13900000007")
    assert await compared(doors, holder.id, papers.papers) == "confirmed"
    assert await compared(doors, second.id, papers.papers) == "refused"
    assert await compared(doors, second.id, papers.papers) == "refused"
    (found,) = await listed(doors, GRID)
    unit = ROOM.rpartition(".")[0]
    assert (found["person_id"], found["other_id"], found["area"]) == (str(second.id), str(holder.id), unit)
    assert (len(await listed(doors, OFFICER)), await listed(doors, FAR_OFFICER)) == (1, [])
    said = await doors.rows("select body, headers::text as headers from outbox where topic = 'identity.duplicate_found.v1'")
    assert [json.loads(bytes(row.body))["person_id"] for row in said] == [str(second.id)]
    assert unit in said[0].headers
    assert str(holder.id) not in str(await me(doors, second.id))
    assert [len(await doors.rows("select 1 from facts where person_id = :id", id=one.id)) for one in (holder, second)] == [1, 0]


async def test_a_duplicate_of_two_communities_lies_where_both_are_one(doors: Doors) -> None:
    papers = await citizen(doors)
    holder, second = await lives(doors, ROOM), await lives(doors, FAR_ROOM, phone="13900000007")
    nowhere = await lives(doors, None, phone="13900000008")
    for one, told in ((holder, "confirmed"), (second, "refused"), (nowhere, "refused")):
        assert await compared(doors, one.id, papers.papers) == told
    areas = await doors.rows("select area::text as area from duplicates order by found_at")
    assert [row.area for row in areas] == ["510104.clx", ROOM]
    assert [len(await listed(doors, who)) for who in (OFFICER, FAR_OFFICER)] == [1, 0]


async def test_of_twelve_who_show_one_number_at_once_it_leads_to_one(doors: Doors) -> None:
    papers, do = await citizen(doors), doors.running.database.do
    people = [await lives(doors, ROOM, phone=f"139000002{n:02}", name="") for n in range(6)]
    for one in people:
        assert (await asks(doors, one.id, papers.papers)).status_code == 202
    questions = [(await do(acts._begin))[0] for _ in people]
    told = Told("match", "RN-1")
    await asyncio.gather(*(do(lambda work, asked=one: acts.settle(work, asked, told, "x")) for one in questions * 2))
    assert sorted([await outcome(doors, one.id) for one in people]) == ["confirmed"] + ["refused"] * 5
    assert (len(await doors.rows("select 1 from facts")), len(await doors.rows("select 1 from numbers"))) == (1, 1)
    assert len(await doors.rows("select 1 from duplicates")) == 5


async def test_a_fact_that_is_revoked_lets_its_number_go(doors: Doors) -> None:
    papers = await citizen(doors)
    thief, owner = await lives(doors, ROOM), await lives(doors, NEXT_ROOM, phone="13900000007")
    assert await compared(doors, thief.id, papers.papers) == "confirmed"
    assert await compared(doors, owner.id, papers.papers) == "refused"
    key = (await me(doors, thief.id))["facts"][0]["id"]
    async with doors.client(OFFICER) as client:
        path = f"/api/v1/facts/{key}/revocation"
        assert (await client.post(path, json={"reason": "forged"}, headers=keyed())).status_code == 200
    assert await compared(doors, owner.id, papers.papers) == "confirmed"


async def test_who_has_another_name_here_is_not_asked_about(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM, name="王芳"), await citizen(doors)
    assert problem(await asks(doors, one.id, papers.papers)) == (409, "name-is-another")
    spaced = await citizen(doors, "王 芳")
    assert await compared(doors, one.id, spaced.papers) == "confirmed"
    assert problem(await asks(doors, one.id, spaced.papers)) == (409, "fact-there")
    assert (await me(doors, one.id))["name"] == "王芳"


async def test_without_a_provider_papers_are_shown_in_person(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await lives(doors, ROOM)
    monkeypatch.setitem(doors.running.settings.__dict__, "real_name_endpoint", "")
    assert problem(await asks(doors, one.id, Citizen(NAME, new_number()).papers)) == (409, "real-name-in-person")
    assert await doors.rows("select 1 from real_name_checks") == []


@pytest.mark.parametrize("said", [
    {"real_name_endpoint": "http://example.com"}, {"real_name_endpoint": "http://10.0.0.1"}, {"real_name_secret": ""},
    {"real_name_endpoint": "ftp://providers"}, {"real_name_endpoint": "https://"},
], ids=str)
def test_nothing_goes_over_a_network_in_the_clear(identity_doors: Doors, said: dict[str, str]) -> None:
    settings: Any = identity_doors.running.settings
    good = {name: getattr(settings, name) for name in type(settings).model_fields}
    type(settings)(**good | {"real_name_endpoint": "https://provider.example.com"})
    with pytest.raises(ValidationError):
        type(settings)(**good | said)


async def test_who_is_forgotten_while_it_is_asked_gets_no_fact_and_their_number_is_free(doors: Doors) -> None:
    papers, do, held = await citizen(doors), doors.running.database.do, doors.running.service.personal
    assert held is not None
    one, other = await lives(doors, ROOM), await lives(doors, NEXT_ROOM, phone="13900000007")
    await asks(doors, one.id, papers.papers)
    question, _ = await do(acts._begin)
    await do(lambda work: privacy.erase(work, held, one.id))
    await do(lambda work: acts.settle(work, question, Told("match", "RN-1"), "x"))
    assert [await doors.rows(f"select 1 from {table}") for table in ("facts", "numbers", "real_name_checks")] == [[], [], []]
    assert await compared(doors, other.id, papers.papers) == "confirmed"
    await do(lambda work: privacy.erase(work, held, other.id))
    assert [await doors.rows(f"select 1 from {table}") for table in ("facts", "numbers", "real_name_checks")] == [[], [], []]


async def test_no_key_keeps_what_was_asked(doors: Doors) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors)
    await agreed(doors, one.id)
    async with doors.client(Person(id=one.id)) as client:
        answer = await client.post(DOOR, json=papers.papers, headers=keyed())
    assert (answer.status_code, answer.headers["cache-control"]) == (202, "no-store")
    assert await doors.rows("select 1 from idempotency") == []


async def test_what_came_of_a_check_is_forgotten_and_its_fact_stays(doors: Doors, later: Callable[..., None]) -> None:
    one, papers = await lives(doors, ROOM), await citizen(doors)
    assert await compared(doors, one.id, papers.papers) == "confirmed"
    later(days=31)
    await doors.running.database.do(acts.forget)
    assert [len(await doors.rows(f"select 1 from {table}")) for table in ("facts", "numbers", "real_name_checks")] == [1, 1, 0]


async def test_duplicates_are_for_who_serves_there(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    assert await listed(doors, Person(id=one.id)) == []
    assert await listed(doors, Person(home=HERE)) == []


def _at(doors: Doors) -> dict[str, Any]:
    at = int(doors.running.settings.clock.now().timestamp())
    return {"iat": at, "exp": at + 600}
