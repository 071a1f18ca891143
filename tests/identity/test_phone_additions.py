"""Staff give somebody a phone: its holder shows a code, two members of staff look, and nobody learns whose it was."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.factors import code_of, employed, problem
from builders.phones import (
    DOOR,
    NUMBER,
    OTHER,
    agreed,
    asked,
    forgotten,
    living,
    numbers,
    planted,
    posts,
    sent,
    serves,
    shown,
    texted,
    told,
)
from builders.world import ADMIN, FAR_GRID, FAR_OFFICER, GRID, GUARD, HERE, OFFICER, OTHER_GRID, RESIDENT, ROOM
from sqlalchemy import text

from chassis import privacy
from contracts.area import Role
from services.identity.actions import assignments, codes, phone_additions


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world."""
    return await planted(identity_doors)


async def test_who_was_registered_without_a_phone_is_given_one_by_two_and_signs_in_by_it(doors: Doors, later: Any) -> None:
    elder = await living(doors, "欧阳淑贞")
    key = await asked(doors, elder)
    assert problem(await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": NUMBER})) == (409, "addition-decided")
    agreement = await posts(doors, GRID, f"/{key}/agreement", {"code": await shown(doors, key)})
    assert NUMBER not in agreement.text
    assert problem(await posts(doors, GRID, f"/{key}/acceptance", {"phone": NUMBER})) == (403, "not-by-the-same")
    assert problem(await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": OTHER})) == (409, "number-differs")
    assert await numbers(doors) == {}
    done = await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": f"+86 {NUMBER}"})
    assert (done.status_code, done.json()["state"], done.json()["decided_by"]) == (200, "accepted", str(OFFICER.id))
    assert await numbers(doors) == {elder: False}
    assert await told(doors) == [(elder, "given")]
    later(minutes=2)
    answer = (await texted(doors)).json()
    assert (answer["person_id"], answer["is_new"]) == (elder, False)
    kept = [str(await doors.rows(f"select * from {table}")) for table in ("phone_additions", "contacts", "outbox", "audit")]
    assert [NUMBER in one for one in kept] == [False] * 4
    (row,) = await doors.rows("select sealed_phone from phone_additions")
    assert row.sealed_phone is None


async def test_a_phone_goes_to_no_member_of_staff_to_nobody_who_has_one_and_to_nobody_elsewhere(doors: Doors) -> None:
    wang = await employed(doors)

    async def lives(work: Any) -> None:
        await assignments.bind(work, by=None, person=UUID(wang.person), room=ROOM, kind="family")

    await doors.running.database.do(lives)
    said = {"person_id": wang.person, "phone": NUMBER}
    assert problem(await posts(doors, GRID, "", said)) == (409, "not-for-staff")
    owner = await living(doors, phone=OTHER)
    for phone in (NUMBER, OTHER):
        assert problem(await posts(doors, GRID, "", {"person_id": owner, "phone": phone})) == (409, "phone-there")
    elder = await living(doors)
    for who in (FAR_GRID, FAR_OFFICER, OTHER_GRID):
        assert problem(await posts(doors, who, "", {"person_id": elder, "phone": NUMBER})) == (404, "not-found")
    for who, person in ((GUARD, elder), (GRID, str(uuid4()))):
        assert (await posts(doors, who, "", {"person_id": person, "phone": NUMBER})).status_code in {403, 404}
    assert problem(await posts(doors, GRID, "", {"person_id": elder, "phone": "12345"})) == (422, "not-a-phone")
    assert await doors.rows("select 1 from phone_additions") == await doors.rows("select 1 from codes") == []


async def test_e05_staff_do_not_learn_whether_a_number_is_known(doors: Doors) -> None:
    holder = await living(doors, phone=NUMBER)
    answers = []
    for phone in (NUMBER, OTHER):
        answer = await posts(doors, GRID, "", {"person_id": await living(doors), "phone": phone})
        answers.append((answer.status_code, set(answer.json()), answer.json()["state"]))
        assert holder not in answer.text
    assert answers[0] == answers[1]


async def test_e06_a_code_to_sign_in_agrees_to_nothing_and_one_that_agrees_signs_nobody_in(doors: Doors, later: Any) -> None:
    elder = await living(doors)
    await living(doors, phone=NUMBER)
    challenge = (await sent(doors, "code", phone=NUMBER)).json()["challenge_id"]
    later(minutes=2)
    key = await asked(doors, elder)
    (row,) = await doors.rows("select code_id from phone_additions")
    stolen = await sent(doors, "phone", challenge_id=str(row.code_id), phone=NUMBER, code=await shown(doors, key))
    assert problem(stolen) == (401, "code-refused")
    await doors.running.database.do(
        lambda work: work.session.execute(text("update phone_additions set code_id = :id"), {"id": challenge})
    )
    answer = await posts(doors, GRID, f"/{key}/agreement", {"code": await code_of(doors, challenge)})
    assert problem(answer) == (409, "agreement-refused")
    assert [row.tries for row in await doors.rows("select tries from codes")] == [1, 1]


async def test_the_holder_reads_to_what_the_code_agrees(doors: Doors) -> None:
    await asked(doors, await living(doors), phone := f"138{uuid4().int % 10**8:08d}")
    settings: Any = doors.running.settings
    assert await doors.running.database.do(lambda work: codes.send_one(work, settings)) is True
    async with httpx.AsyncClient() as provider:
        sent_to = [one for one in (await provider.get(f"{settings.sms_endpoint}/messages")).json() if one["phone"] == phone]
    assert [("登记您的手机号" in one["text"], "请勿告诉他人" in one["text"]) for one in sent_to] == [(True, False)]


async def test_e01_five_wrong_codes_agree_to_nothing_and_a_new_one_is_asked_for(doors: Doors, later: Any) -> None:
    elder = await living(doors)
    key = await asked(doors, elder)
    right = await shown(doors, key)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    refused = [await posts(doors, GRID, f"/{key}/agreement", {"code": one}) for one in (*[wrong] * 5, right)]
    assert {problem(one) for one in refused} == {(409, "agreement-refused")}
    later(minutes=2)
    again = await agreed(doors, elder)
    states = {str(row.id): row.state for row in await doors.rows("select id, state from phone_additions")}
    assert states == {key: "over", again: "agreed"}
    assert problem(await posts(doors, GRID, "", {"person_id": elder, "phone": OTHER})) == (409, "addition-there")


async def test_five_other_numbers_or_a_day_end_it_and_the_number_is_forgotten(doors: Doors) -> None:
    first, second = await living(doors), await living(doors)
    key = await agreed(doors, first)
    looks = [await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": OTHER}) for _ in range(5)]
    assert {problem(one) for one in looks} == {(409, "number-differs")}
    assert problem(await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": NUMBER})) == (409, "addition-decided")
    waits = await agreed(doors, second, OTHER)
    async with doors.whole.begin() as connection:
        await connection.execute(text("update phone_additions set asked_at = asked_at - interval '1 day'"))
    assert problem(await posts(doors, OFFICER, f"/{waits}/acceptance", {"phone": OTHER})) == (409, "addition-decided")
    await doors.running.database.do(phone_additions.forget)
    rows = await doors.rows("select state, sealed_phone from phone_additions")
    assert [(row.state, row.sealed_phone) for row in rows] == [("over", None)] * 2
    assert await numbers(doors) == {}


async def test_it_is_seen_and_decided_in_its_area_alone_and_refused_by_either(doors: Doors) -> None:
    key = await agreed(doors, await living(doors))
    for who in (FAR_GRID, FAR_OFFICER, OTHER_GRID, RESIDENT):
        for path, body in (("agreement", {"code": "123456"}), ("acceptance", {"phone": NUMBER}), ("refusal", None)):
            assert problem(await posts(doors, who, f"/{key}/{path}", body)) == (404, "not-found")
    async with doors.client(OFFICER) as mine, doors.client(FAR_OFFICER) as theirs:
        assert [one["id"] for one in (await mine.get(DOOR, params={"state": "agreed"})).json()["items"]] == [key]
        assert (await theirs.get(DOOR)).json()["items"] == []
    assert (await posts(doors, GRID, f"/{key}/refusal")).json()["state"] == "refused"
    assert problem(await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": NUMBER})) == (409, "addition-decided")


async def test_twenty_second_looks_at_once_give_one_phone(doors: Doors) -> None:
    elder = await living(doors)
    key = await agreed(doors, elder)
    answers = await asyncio.gather(*(posts(doors, OFFICER, f"/{key}/acceptance", {"phone": NUMBER}) for _ in range(20)))
    assert Counter(one.status_code for one in answers) == {200: 1, 409: 19}
    assert await told(doors) == [(elder, "given")]


async def test_a_phone_that_waits_is_exported_and_forgotten_with_its_person(doors: Doors) -> None:
    elder = await living(doors)
    await agreed(doors, elder)
    held = doors.running.service.personal
    assert held is not None
    exported = await doors.running.database.do(lambda work: held.export(work, UUID(elder)))
    assert exported["phone"] == NUMBER
    await doors.running.database.do(lambda work: privacy.erase(work, held, UUID(elder)))
    assert await doors.rows("select 1 from phone_additions") == []


async def test_nobody_who_was_forgotten_is_given_a_phone(doors: Doors) -> None:
    elder = await living(doors, "欧阳淑贞", phone=OTHER)
    await forgotten(doors, elder)
    assert problem(await posts(doors, GRID, "", {"person_id": elder, "phone": NUMBER})) == (404, "not-found")
    for table in ("phone_additions", "contacts", "person_keys"):
        assert await doors.rows(f"select 1 from {table}") == []


@pytest.mark.parametrize("step", ["ask", "accept"])
async def test_who_is_forgotten_while_staff_give_them_a_phone_has_none_afterwards(doors: Doors, step: str) -> None:
    for _ in range(6):
        elder = await living(doors, "欧阳淑贞")
        key = await agreed(doors, elder, phone := f"138{uuid4().int % 10**8:08d}") if step == "accept" else ""
        path, body = (f"/{key}/acceptance", {"phone": phone}) if key else ("", {"person_id": elder, "phone": NUMBER})
        answer, _ = await asyncio.gather(posts(doors, OFFICER, path, body), forgotten(doors, elder))
        assert answer.status_code in {200, 201, 404, 429}, answer.text
        for table in ("phone_additions", "contacts", "person_keys"):
            assert await doors.rows(f"select 1 from {table} where person_id = :id", id=elder) == [], (table, answer.text)


async def test_two_grid_workers_do_not_come_into_the_account_of_who_may_do_more(doors: Doors) -> None:
    lower = await living(doors, "欧阳淑贞")
    await serves(doors, lower, Role.COMMUNITY_OFFICER, HERE)
    said = {"person_id": lower, "phone": NUMBER}
    for who in (GRID, OFFICER):
        assert problem(await posts(doors, who, "", said)) == (409, "not-for-staff")
    key = await asked(doors, lower, who=ADMIN)
    await posts(doors, GRID, f"/{key}/agreement", {"code": await shown(doors, key)})
    assert problem(await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": NUMBER})) == (409, "not-for-staff")
    assert await numbers(doors) == {}
    over = text("update assignments set ends_at = starts_at where person_id = :id")
    await doors.running.database.do(lambda work: work.session.execute(over, {"id": lower}))
    assert (await posts(doors, OFFICER, f"/{key}/acceptance", {"phone": NUMBER})).status_code == 200


async def test_no_program_without_the_right_and_no_stranger_comes_to_these_doors(doors: Doors) -> None:
    key = await agreed(doors, await living(doors))
    for path, body in (("", {}), (f"/{key}/agreement", {"code": "123456"}), (f"/{key}/acceptance", {"phone": NUMBER})):
        said = body or {"person_id": str(uuid4()), "phone": NUMBER}
        answer = await posts(doors, OFFICER, path, said, client_id="desk", scope="openid")
        assert problem(answer) == (403, "scope-missing")
    async with doors.client() as client:
        assert (await client.get(DOOR)).status_code == 401
