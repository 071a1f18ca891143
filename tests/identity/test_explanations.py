"""Why somebody may or may not: told by the function that decides, to who may know, of no more than a place and an office."""

from typing import Any
from uuid import uuid4

import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.offices import serve, tree
from builders.world import (
    ADMIN,
    FAR_OFFICER,
    FAR_RESIDENT,
    FAR_ROOM,
    GRID,
    GUARD,
    HERE,
    LONG_AGO,
    OFFICER,
    PEOPLE,
    RESIDENT,
    ROOM,
    SECOND_RESIDENT,
    STRANGER,
    UNIT,
    Person,
)

from chassis.rights import Actor, Answer, Assignment, can
from contracts import words
from services.identity.domain.explanation import RULES, Held, Spot, explained

ME = "/api/v1/people/me/explanations"


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world, and who serves in them in its own rows."""
    await tree(identity_doors)
    await serve(identity_doors, ADMIN, OFFICER, GRID, GUARD)
    return identity_doors


async def asks(doors: Doors, who: Person, path: str = ME, **asked: Any) -> Any:
    async with doors.client(who) as client:
        return await client.get(path, params=asked)


def of(person: Person) -> str:
    return f"/api/v1/people/{person.id}/explanations"


def actor_of(person: Person) -> Actor:
    held = (Assignment(person.role, person.area, None, LONG_AGO),) if person.role and person.area else ()
    return Actor(person.id, held, (person.home,) if person.home else ())


@pytest.mark.parametrize("person", PEOPLE)
def test_every_act_of_every_service_is_explained_as_it_is_decided(person: Person) -> None:
    for which, rule in RULES.items():
        for spot in (Spot(ROOM), Spot(UNIT, person.id), Spot(HERE), Spot(FAR_ROOM, uuid4()), Spot("")):
            told = explained(actor_of(person), which, spot, bases={}, names={})
            assert told.answer == can(actor_of(person), rule, spot).value
            assert told.text.startswith("可以：" if told.answer == Answer.ALLOWED.value else "不可以（")
            assert (told.ground is None) == (told.answer != Answer.ALLOWED.value)
            if told.ground is None:
                assert words.ACTS[which[1]] in told.text
                assert words.whose(rule) in told.text


async def test_a_newcomer_learns_what_their_office_lets_them_do_and_why(doors: Doors) -> None:
    items = (await asks(doors, GRID)).json()["items"]
    assert {one["answer"] for one in items} == {"allowed"}
    by_act = {one["act"]: one for one in items}
    assert {"reports.accept", "gate.open", "bindings.approve", "openid"} <= set(by_act)
    assert not {"assignments.grant", "notices.write", "reports.decline"} & set(by_act)
    told = by_act["reports.accept"]
    assert (told["role"], told["held_in"], told["basis"], told["ground"]) == ("grid_worker", GRID.area, "granted", "roles")
    assert told["text"] == "可以：担任guohuaig03的网格员，该辖区包含此处。"
    (told,) = (await asks(doors, GRID, act="reports.decline", area=f"{HERE}.g03")).json()["items"]
    assert (told["answer"], told["text"]) == ("refused", (
        "不可以（能看到，但无权操作）：“不予受理报事”可由院落长、社区干部、街道干部办理，"
        "任职的辖区须包含此处；在此处担任网格员。"
    ))


async def test_a_resident_learns_why_staff_reach_their_home_and_not_who_else_lives_there(doors: Doors) -> None:
    asked = {"act": "reports.read", "area": ROOM, "owner": str(RESIDENT.id)}
    (told,) = (await asks(doors, RESIDENT, of(OFFICER), **asked)).json()["items"]
    assert (told["answer"], told["role"], told["held_in"]) == ("allowed", "community_officer", HERE)
    (mine,) = (await asks(doors, RESIDENT, **asked)).json()["items"]
    assert (mine["answer"], mine["ground"]) == ("allowed", "owner")
    for neighbour in (SECOND_RESIDENT, STRANGER, FAR_RESIDENT):  # there, elsewhere, nowhere: one answer
        (told,) = (await asks(doors, RESIDENT, of(neighbour), act="slots.read", area=UNIT)).json()["items"]
        assert (told["answer"], told["ground"]) == ("hidden", None)
    (told,) = (await asks(doors, ADMIN, of(SECOND_RESIDENT), act="slots.read", area=UNIT)).json()["items"]
    assert (told["answer"], told["ground"]) == ("allowed", "neighbours")


async def test_who_answers_for_nothing_there_learns_nothing(doors: Doors) -> None:
    for who, whom, place in (
        (FAR_OFFICER, GRID, f"{HERE}.g03"), (FAR_RESIDENT, OFFICER, ROOM), (GRID, OFFICER, HERE), (RESIDENT, OFFICER, FAR_ROOM),
        (STRANGER, GRID, f"{HERE}.g03"), (OFFICER, RESIDENT, ROOM),
    ):
        assert problem(await asks(doors, who, of(whom), area=place)) == (404, "not-found")
        if who is not RESIDENT:  # they live where this officer serves
            assert problem(await asks(doors, who, of(whom))) == (404, "not-found")
    assert problem(await asks(doors, ADMIN, of(STRANGER))) == (404, "not-found")
    assert problem(await asks(doors, ADMIN, of(Person()))) == (404, "not-found")


async def test_what_is_no_question_is_refused_and_a_program_without_the_act_asks_nothing(doors: Doors) -> None:
    for asked in ({"act": "reports.conjure"}, {"area": "a b"}, {"owner": "me"}, {"whom": "me"}, {"act": "x" * 65}):
        assert (await asks(doors, GRID, **asked)).status_code == 422
    async with doors.client(GRID, client_id="desk", scope="openid") as client:
        for path in (ME, of(GRID)):
            assert problem(await client.get(path)) == (403, "scope-missing")
    async with doors.client(GRID, client_id="desk", scope="people.explain reports.read") as client:
        items = (await client.get(ME, params={"area": f"{HERE}.g03"})).json()["items"]
        allowed = {one["act"] for one in items if one["answer"] == "allowed"}
    assert allowed == {"reports.read"}


async def test_a_refusal_at_a_door_says_who_may(doors: Doors) -> None:
    async with doors.client(OFFICER) as client:
        said = {"person_id": str(GUARD.id), "role": "guard", "area": HERE, "display_name": "某某"}
        refused = await client.post("/api/v1/assignments", json=said, headers=keyed())
    assert problem(refused) == (403, "not-allowed-here")
    assert refused.json()["detail"] == "您在该区域的职责不包含“授予和结束任职”；可办理的是：管理员"


def test_what_is_lent_is_told_with_its_reason_and_its_end() -> None:
    held = Assignment(GRID.role, HERE, None, LONG_AGO, LONG_AGO.replace(month=2))  # type: ignore[arg-type]
    actor = Actor(GRID.id, (held,))
    for basis, reason, said in (("cover", "leave", "（代班），该辖区包含此处，事由：休假，至2025年02月01日 08:00止。"),
                                ("emergency", "fire", "（紧急授权），该辖区包含此处，事由：火情，至2025年02月01日 08:00止。")):
        bases = {(held.role, held.area, held.starts_at): Held(basis, reason)}
        told = explained(actor, ("reports", "reports.accept"), Spot(ROOM), bases=bases, names={HERE: "国槐社区"})
        assert told.text == f"可以：担任国槐社区的网格员{said}"
        assert (told.basis, told.reason, told.until) == (basis, reason, held.ends_at)
