"""What was verified of a person: seen by staff who say so, told to its person, revoked or over; the level follows from it."""

import asyncio
import json
from collections.abc import Callable
from itertools import chain, combinations
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.phones import NUMBER, planted, sent, silent, texted
from builders.residents import Resident, lives
from builders.world import (
    ADMIN,
    FAR_GRID,
    FAR_OFFICER,
    GRID,
    GUARD,
    NEXT_ROOM,
    OFFICER,
    OTHER_GRID,
    ROOM,
    SECOND_RESIDENT,
    Person,
)

from chassis import privacy
from chassis.envelope import PREFIX
from contracts.calendar import CHENGDU
from services.identity.actions import facts as acts
from services.identity.actions import people
from services.identity.domain.facts import Held, level, levels

SEEN = {"kind": "in-person", "evidence": "id-card"}


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world."""
    return await planted(identity_doors)


def now(doors: Doors) -> dict[str, Any]:
    """What a token says that is signed at the service's own moment."""
    at = int(doors.running.settings.clock.now().timestamp())
    return {"iat": at, "exp": at + 600}


async def posts(doors: Doors, who: Person, person: UUID, path: str = "", body: Any = None, **claims: Any) -> httpx.Response:
    async with doors.client(who, **now(doors), **claims) as client:
        door = f"/api/v1/facts{path}" if path else f"/api/v1/people/{person}/facts"
        return await client.post(door, json=body or SEEN, headers=keyed())


async def recorded(doors: Doors, person: UUID, who: Person = GRID, **said: Any) -> str:
    answer = await posts(doors, who, person, body=SEEN | said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def seen(doors: Doors, who: Person, person: UUID) -> httpx.Response:
    async with doors.client(who) as client:
        return await client.get(f"/api/v1/people/{person}/facts")


async def me(doors: Doors, one: Resident) -> dict[str, Any]:
    async with doors.client(Person(id=one.id), **now(doors)) as client:
        answer = await client.get("/api/v1/people/me")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def said(doors: Doors) -> list[dict[str, Any]]:
    rows = await doors.rows("select body from outbox where topic = 'identity.fact_changed.v1' order by pos")
    return [json.loads(bytes(row.body)) for row in rows]


ALL: tuple[Held, ...] = get_args(Held)


@pytest.mark.parametrize("held", list(chain.from_iterable(combinations(ALL, n) for n in range(len(ALL) + 1))), ids="+".join)
def test_a_level_needs_its_own_facts_and_none_of_another(held: tuple[Held, ...]) -> None:
    expected = [n for n, needs in ((1, {"phone"}), (2, {"real-name", "in-person"}), (3, {"household"})) if needs & {*held}]
    assert levels(held) == levels(reversed(held)) == expected
    assert level(held) == (expected[-1] if expected else 0)


def test_a_household_needs_no_real_name_and_no_phone_and_being_a_guardian_meets_nothing() -> None:
    assert (levels(["household"]), level(["household"])) == ([3], 3)
    assert (levels(["in-person"]), level(["in-person"])) == ([2], 2)
    assert (levels(["guardian-of"]), level(["guardian-of"])) == ([], 0)


async def test_staff_record_what_they_saw_and_its_person_sees_it_and_is_told(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    before = await me(doors, one)
    assert (before["level"], before["levels"], before["facts"]) == (3, [1, 3], [])
    key = await recorded(doors, one.id, last_day="2030-12-31")
    after = await me(doors, one)
    (fact,) = after["facts"]
    assert (after["level"], after["levels"], after["phone_verified_at"] is not None) == (3, [1, 2, 3], True)
    assert (fact["id"], fact["kind"], fact["evidence"], fact["checked_by"]) == (key, "in-person", "id-card", str(GRID.id))
    assert (fact["expires_at"], fact["ended_at"], fact["provider"]) == ("2030-12-31T16:00:00Z", None, None)
    assert await said(doors) == [{
        "person_id": str(one.id), "fact_id": key, "kind": "in-person", "change": "added", "child_id": None, "levels": [1, 2, 3],
    }]
    (row,) = await doors.rows("select actor_id, subject, reason from audit where action = 'facts.record'")
    assert (row.actor_id, row.subject, row.reason) == (GRID.id, f"person/{one.id}", "in-person id-card")
    shown = await seen(doors, OFFICER, one.id)
    assert (shown.json(), shown.headers["cache-control"]) == ([fact], "no-store")


async def test_who_lives_nowhere_and_signs_in_by_a_phone_has_the_first_level(doors: Doors) -> None:
    one = await lives(doors, None)
    found = await me(doors, one)
    assert (found["level"], found["levels"]) == (1, [1])
    assert problem(await posts(doors, ADMIN, one.id)) == (404, "not-found")


async def test_a_home_that_is_over_is_no_household(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    await doors.running.database.do(lambda work: _ends(work, one.id))
    assert (await me(doors, one))["levels"] == [1]
    assert problem(await posts(doors, GRID, one.id)) == (404, "not-found")


async def _ends(work: Any, person: UUID) -> None:
    connection = await work.session.connection()
    await connection.exec_driver_sql(f"update bindings set ends_at = now() - interval '1 minute' where person_id = '{person}'")


@pytest.mark.parametrize("who", [FAR_GRID, FAR_OFFICER, OTHER_GRID, SECOND_RESIDENT], ids=["far", "officer", "grid", "neighbour"])
async def test_outside_the_area_there_is_nobody_to_verify(doors: Doors, who: Person) -> None:
    one = await lives(doors, ROOM)
    key = await recorded(doors, one.id)
    for answer in (
        await posts(doors, who, one.id), await posts(doors, who, one.id, f"/{key}/revocation", {"reason": "forged"}),
        await seen(doors, who, one.id), await posts(doors, who, uuid4()),
    ):
        assert problem(answer) == (404, "not-found")
    assert len(await doors.rows("select 1 from facts where ended_at is null")) == 1


async def test_who_serves_there_in_another_role_and_the_person_do_not_record(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    assert problem(await posts(doors, GUARD, one.id)) == (403, "not-allowed-here")
    assert problem(await posts(doors, Person(id=one.id), one.id)) == (403, "not-allowed-here")
    assert await doors.rows("select 1 from facts") == []
    assert (await seen(doors, Person(id=one.id), one.id)).status_code == 200


async def test_nobody_verifies_themselves_nor_revokes_it_in_the_database_either(doors: Doors) -> None:
    one = await lives(doors, ROOM, person=GRID.id)
    assert problem(await posts(doors, GRID, GRID.id)) == (403, "not-about-oneself")
    key = await recorded(doors, one.id, OFFICER)
    assert problem(await posts(doors, GRID, GRID.id, f"/{key}/revocation", {"reason": "mistaken"})) == (403, "not-about-oneself")
    for change in ("checked_by = person_id", "ended_by = person_id, ended_at = now(), why = 'forged'"):
        with pytest.raises(Exception, match="ck_facts_not"):
            async with doors.whole.begin() as connection:
                await connection.exec_driver_sql(f"update facts set {change}")


async def test_papers_show_what_they_show(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    wrong = [
        ({"evidence": "birth-certificate"}, "papers-unfit"), ({"evidence": "guardianship-paper"}, "papers-unfit"),
        ({"last_day": "2020-01-01"}, "fact-unfit"), ({"last_day": "2099-01-01"}, "fact-unfit"),
        ({"kind": "real-name"}, "invalid-request"), ({"evidence": "photo"}, "invalid-request"),
        ({"kind": "guardian-of"}, "invalid-request"), ({"child_id": str(one.id)}, "invalid-request"),
        ({"number": "1"}, "invalid-request"),
    ]
    for body, name in wrong:
        assert problem(await posts(doors, GRID, one.id, body=SEEN | body)) == (422, name), body
    assert await doors.rows("select 1 from facts") == []


async def test_of_twelve_who_record_the_same_at_once_one_does(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    answers = await asyncio.gather(*(posts(doors, who, one.id) for who in (GRID, OFFICER, ADMIN) * 4))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {problem(answer) for answer in answers if answer.status_code != 201} == {(409, "fact-there")}
    assert len(await doors.rows("select 1 from facts")) == len(await said(doors)) == 1
    with pytest.raises(Exception, match="uq_facts_standing"):
        async with doors.whole.begin() as connection:
            await connection.exec_driver_sql(
                "insert into facts (id, person_id, kind, evidence, checked_at, checked_by)"
                " select gen_random_uuid(), person_id, kind, evidence, now(), gen_random_uuid() from facts"
            )


async def test_it_is_revoked_with_a_reason_once_and_the_level_goes_with_it(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    key = await recorded(doors, one.id)
    revoking = (posts(doors, OFFICER, one.id, f"/{key}/revocation", {"reason": "forged"}) for _ in range(12))
    answers = await asyncio.gather(*revoking)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    found = await me(doors, one)
    (fact,) = found["facts"]
    assert (found["levels"], fact["why"], fact["ended_by"]) == ([1, 3], "forged", str(OFFICER.id))
    changes = [(fact["change"], fact["levels"]) for fact in await said(doors)]
    assert changes == [("added", [1, 2, 3]), ("revoked", [1, 3])]
    (row,) = await doors.rows("select actor_id, reason from audit where action = 'facts.revoke'")
    assert (row.actor_id, row.reason) == (OFFICER.id, "in-person forged")
    assert problem(await posts(doors, OFFICER, one.id, f"/{key}/revocation", {"reason": "forged"})) == (409, "fact-ended")
    assert problem(await posts(doors, OFFICER, one.id, f"/{key}/revocation", {"reason": "他的名字"})) == (422, "invalid-request")
    await recorded(doors, one.id)  # it may be seen anew


async def test_its_person_alone_hears_of_it(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    key = await recorded(doors, one.id)
    await posts(doors, OFFICER, one.id, f"/{key}/revocation", {"reason": "mistaken"})
    rows = await doors.rows("select headers::text as headers from outbox where topic = 'identity.fact_changed.v1'")
    assert len(rows) == 2
    assert all(json.loads(row.headers).get(f"{PREFIX}recipients") == str(one.id) for row in rows), rows


async def test_a_fact_that_is_none_is_not_revoked(doors: Doors) -> None:
    assert problem(await posts(doors, OFFICER, uuid4(), f"/{uuid4()}/revocation", {"reason": "forged"})) == (404, "not-found")


async def test_e13_who_has_a_recycled_number_has_nothing_of_what_was_verified_of_its_old_holder(
    doors: Doors, later: Callable[..., None]
) -> None:
    old = await lives(doors, ROOM, phone=NUMBER)
    await recorded(doors, old.id)
    await silent(doors)
    later(minutes=2)
    begun = (await texted(doors)).json()["challenge"]
    new = (await sent(doors, "phone/stranger", challenge=begun)).json()
    later(seconds=125)
    found, kept = await me(doors, Resident(UUID(new["person_id"]), NUMBER, "")), await me(doors, old)
    assert (found["level"], found["levels"], found["facts"], found["name"]) == (1, [1], [], None)
    assert (kept["levels"], len(kept["facts"]), kept["phone_verified_at"]) == ([2, 3], 1, None)


async def test_its_last_day_counts_and_then_it_is_over_and_told(doors: Doors, later: Callable[..., None]) -> None:
    one = await lives(doors, ROOM)
    day = doors.running.settings.clock.now().astimezone(CHENGDU).date()
    key = await recorded(doors, one.id, last_day=str(day))
    assert (await me(doors, one))["levels"] == [1, 2, 3]
    later(days=1)
    assert (await me(doors, one))["levels"] == [1, 3]  # before any job has noted it
    assert problem(await posts(doors, GRID, one.id, f"/{key}/revocation", {"reason": "ended"})) == (409, "fact-ended")
    for _ in range(2):
        await doors.running.database.do(acts.end_by_the_clock)
    assert [(fact["why"], fact["ended_at"]) for fact in (await me(doors, one))["facts"]] == [("over", f"{day}T16:00:00Z")]
    assert [fact["change"] for fact in await said(doors)] == ["added", "over"]
    await recorded(doors, one.id)


async def test_what_is_over_does_not_stand_in_the_way_before_it_is_noted(doors: Doors, later: Callable[..., None]) -> None:
    one = await lives(doors, ROOM)
    await recorded(doors, one.id, last_day=str(doors.running.settings.clock.now().astimezone(CHENGDU).date()))
    later(days=1)
    await recorded(doors, one.id)
    assert [fact["change"] for fact in await said(doors)] == ["added", "over", "added"]


async def test_who_is_forgotten_leaves_no_fact(doors: Doors) -> None:
    one, other = await lives(doors, ROOM), await lives(doors, NEXT_ROOM, phone="13900000007")
    await recorded(doors, one.id)
    held = doors.running.service.personal
    assert held is not None
    async with doors.running.database.reading() as work:
        exported = await held.export(work, one.id)
    assert [(fact["kind"], fact["evidence"]) for fact in exported["facts"]] == [("in-person", "id-card")]
    await doors.running.database.do(lambda work: people.erase(work, other.id))
    assert len(await doors.rows("select 1 from facts")) == 1
    await doors.running.database.do(lambda work: people.erase(work, one.id))
    assert await doors.rows("select 1 from facts") == []


async def test_who_was_forgotten_is_not_verified_any_more(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    held = doors.running.service.personal
    assert held is not None
    await doors.running.database.do(lambda work: privacy.erase(work, held, one.id))
    assert problem(await posts(doors, GRID, one.id)) == (404, "not-found")
