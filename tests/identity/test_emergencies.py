"""Emergencies: a role for half an hour, by who shows a second factor, one at a time, reviewed by another admin (study 4.5)."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.factors import lately, problem
from builders.offices import hears, serve, tree
from builders.world import ADMIN, FAR_OFFICER, GRID, GUARD, HERE, OFFICER, RESIDENT, THERE, Person
from sqlalchemy import text

from contracts.area import Role
from services.identity import jobs
from services.identity.domain.emergency import TAKEABLE
from services.identity.domain.explanation import RULES
from services.identity.store.emergencies import emergencies

DOOR = "/api/v1/emergencies"
OTHER_ADMIN = Person(role=Role.ADMIN, area=HERE)
WANTED = {"role": "guard", "area": HERE, "reason": "gate-failure"}


def after(minutes: float) -> dict[str, Any]:
    """A token of somebody who shows their second factor so much later."""
    then = int(time.time() + 60 * minutes)
    return lately("otp", ago=-60 * minutes) | {"iat": then, "exp": then + 300}


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with its areas, an officer, two admins, and others who serve."""
    await tree(identity_doors)
    await serve(identity_doors, ADMIN, OTHER_ADMIN, OFFICER, GRID, GUARD, FAR_OFFICER)
    await hears(identity_doors, OTHER_ADMIN)
    return identity_doors


async def posts(doors: Doors, who: Person, path: str = "", body: Any = None, **claims: Any) -> Any:
    async with doors.client(who, **(claims or lately("otp"))) as client:
        return await client.post(f"{DOOR}{path}", json=body, headers=keyed())


async def taken(doors: Doors, who: Person = OFFICER, **more: Any) -> dict[str, Any]:
    answer = await posts(doors, who, body=WANTED | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def audited(doors: Doors) -> list[str]:
    return [row.action for row in await doors.rows("select action from audit where action like 'emergencies.%' order by pos")]


async def test_an_officer_takes_a_role_for_half_an_hour_and_it_is_marked_announced_and_audited(doors: Doors) -> None:
    made = await taken(doors, concerns_id=str(GRID.id))
    (row,) = await doors.rows("select * from assignments where basis = 'emergency'")
    assert (row.person_id, row.role, row.area, row.reason) == (OFFICER.id, "guard", HERE, "gate-failure")
    assert row.ends_at - row.starts_at == timedelta(minutes=30)
    assert row.display_name == "某某（紧急授权）"
    assert (await doors.said())[-2:] == ["identity.assignment_changed.v1", "identity.emergency_begun.v1"]
    told = json.loads(bytes((await doors.rows("select body from outbox order by pos desc limit 1 offset 1"))[0].body))
    assert (told["basis"], told["ends_at"] is not None) == ("emergency", True)
    (kept,) = await doors.rows("select actor_id, subject, reason from audit where action = 'emergencies.take'")
    assert (kept.actor_id, kept.subject) == (OFFICER.id, f"emergency/{made['id']}")
    assert kept.reason == f"gate-failure guard {HERE}"


@pytest.mark.parametrize("claims", [{"scope": None}, {"amr": ["pwd"], "acr": "1fa"}, lately("otp", ago=700)],
                         ids=["nothing", "one factor", "long ago"])
async def test_k09_no_emergency_without_a_second_factor_shown_within_ten_minutes(doors: Doors, claims: dict[str, Any]) -> None:
    assert problem(await posts(doors, OFFICER, body=WANTED, **claims)) == (401, "insufficient-user-authentication")
    assert await doors.rows("select 1 from emergencies") == []


async def test_k09_no_emergency_without_a_reason_of_the_list(doors: Doors) -> None:
    for wrong in ({"reason": None}, {"reason": ""}, {"reason": "because"}, {"minutes": 60}, {"role": "king"}, {"area": "a b"}):
        assert (await posts(doors, OFFICER, body=WANTED | wrong)).status_code == 422
    assert problem(await posts(doors, OFFICER, body=WANTED | {"area": f"{HERE}.g99"})) == (422, "no-such-parent")
    assert problem(await posts(doors, OFFICER, body=WANTED | {"concerns_id": str(uuid4())})) == (404, "not-found")
    assert await doors.rows("select 1 from assignments where basis <> 'granted'") == []


async def test_only_admins_and_officers_take_one_in_their_own_area(doors: Doors) -> None:
    for who, told in ((GRID, (403, "not-allowed-here")), (GUARD, (404, "not-found")), (RESIDENT, (404, "not-found"))):
        assert problem(await posts(doors, who, body=WANTED | {"area": f"{HERE}.g03"})) == told
    assert problem(await posts(doors, OFFICER, body=WANTED | {"area": THERE})) == (404, "not-found")
    assert problem(await posts(doors, FAR_OFFICER, body=WANTED)) == (404, "not-found")
    async with doors.client(OFFICER, client_id="desk", scope="openid", **lately("otp")) as client:
        assert problem(await client.post(DOOR, json=WANTED, headers=keyed())) == (403, "scope-missing")
    assert await audited(doors) == []


async def test_what_one_has_is_not_taken_and_what_administers_neither(doors: Doors) -> None:
    assert problem(await posts(doors, OFFICER, body=WANTED | {"role": "community_officer"})) == (403, "not-takeable")
    for role in set(Role) - TAKEABLE:
        assert problem(await posts(doors, ADMIN, body=WANTED | {"role": role})) == (403, "not-takeable")
    await taken(doors, ADMIN)
    assert problem(await posts(doors, ADMIN, body=WANTED)) == (403, "review-awaited")


def test_no_role_that_is_taken_touches_grants_second_factors_the_audit_or_emergencies() -> None:
    """Of no service: a rule that is added later is looked at as well."""
    closed = {"people.recover", "people.revoke", "people.explain", "assignments.grant", "imports.make", "imports.commit"}
    for (service, act), rule in RULES.items():
        if act in closed or act.startswith(("emergencies.", "audit", "refusals.")):
            assert not rule.roles & TAKEABLE, (service, act)
        if service == "health" and act.startswith(("appointments.", "entitlements.")):
            assert not rule.roles & TAKEABLE, act  # looking at them leaves no trace
    assert {act for _, act in RULES} >= closed
    assert not {"people.secure", "assignments.cover"} & {act for (_, act), rule in RULES.items() if rule.roles & TAKEABLE}


def test_the_database_knows_the_same_roles_and_reasons() -> None:
    rules = " ".join(str(one.sqltext) for one in emergencies.constraints if hasattr(one, "sqltext"))
    assert all(f"'{role}'" in rules for role in TAKEABLE)
    assert not [role for role in set(Role) - TAKEABLE if f"'{role}'" in rules]


async def test_k09_one_at_a_time_and_the_next_after_anothers_review(doors: Doors, later: Callable[..., None]) -> None:
    answers = await asyncio.gather(*(posts(doors, OFFICER, body=WANTED) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [403] * 11
    (made,) = [answer.json() for answer in answers if answer.status_code == 201]
    review = f"/{made['id']}/review"
    assert problem(await posts(doors, ADMIN, review, {"finding": "justified"})) == (409, "emergency-running")
    later(minutes=31)
    assert problem(await posts(doors, OFFICER, body=WANTED, **after(minutes=31))) == (403, "review-awaited")
    fresh = after(minutes=31)
    assert problem(await posts(doors, OFFICER, review, {"finding": "justified"}, **fresh)) == (403, "not-allowed-here")
    reviews = await asyncio.gather(*(posts(doors, who, review, {"finding": "justified"}, **fresh)
                                     for who in (ADMIN, OTHER_ADMIN) * 6))
    assert sorted(answer.status_code for answer in reviews) == [200] + [409] * 11
    assert await audited(doors) == ["emergencies.take", "emergencies.review"]
    assert (await posts(doors, OFFICER, body=WANTED, **fresh)).status_code == 201


async def test_nobody_reviews_their_own_nor_sees_anothers(doors: Doors, later: Callable[..., None]) -> None:
    made = await taken(doors, ADMIN)
    later(minutes=31)
    fresh = after(minutes=31)
    path = f"/{made['id']}/review"
    assert problem(await posts(doors, ADMIN, path, {"finding": "justified"}, **fresh)) == (403, "not-ones-own-review")
    assert problem(await posts(doors, FAR_OFFICER, path, {"finding": "justified"}, **fresh)) == (404, "not-found")
    assert (await posts(doors, OTHER_ADMIN, path, {"finding": "unjustified"}, **fresh)).json()["finding"] == "unjustified"
    seen = {}
    for who in (ADMIN, OTHER_ADMIN, OFFICER, FAR_OFFICER, RESIDENT):
        async with doors.client(who, **fresh) as client:
            seen[who.id] = len((await client.get(DOOR)).json()["items"])
    assert list(seen.values()) == [1, 1, 0, 0, 0]


async def test_it_ends_before_its_time_by_its_person_or_an_admin(doors: Doors) -> None:
    for ender in (OFFICER, ADMIN):
        made = await taken(doors)
        assert problem(await posts(doors, GRID, f"/{made['id']}/ending")) == (404, "not-found")
        assert (await posts(doors, ender, f"/{made['id']}/ending")).status_code == 200
        assert problem(await posts(doors, ender, f"/{made['id']}/ending")) == (409, "emergency-over")
        (row,) = await doors.rows("select ends_at - starts_at as life from assignments where id = :id", id=made["assignment_id"])
        assert row.life < timedelta(minutes=1)
        assert (await posts(doors, ADMIN, f"/{made['id']}/review", {"finding": "justified"})).status_code == 200


async def test_its_end_is_said_once_with_whom_it_concerned(doors: Doors, later: Callable[..., None]) -> None:
    await taken(doors, concerns_id=str(GUARD.id))
    await jobs.tell_ended(doors.running)
    assert "identity.emergency_ended.v1" not in await doors.said()
    later(minutes=31)
    await asyncio.gather(*(jobs.tell_ended(doors.running) for _ in range(6)))
    assert (await doors.said()).count("identity.emergency_ended.v1") == 1
    body = json.loads(bytes((await doors.rows("select body from outbox where topic like '%emergency_ended%'"))[0].body))
    assert UUID(body["concerns_id"]) == GUARD.id


async def test_with_the_office_ends_what_was_taken_by_it(doors: Doors) -> None:
    await taken(doors)
    (office,) = await doors.rows("select id from assignments where person_id = :id and basis = 'granted'", id=OFFICER.id)
    async with doors.client(ADMIN, **lately("otp")) as client:
        assert (await client.post(f"/api/v1/assignments/{office.id}/ending", headers=keyed())).status_code == 200
    rows = await doors.rows("select is_ended from assignments where person_id = :id", id=OFFICER.id)
    assert [row.is_ended for row in rows] == [True, True]
    assert problem(await posts(doors, OFFICER, body=WANTED | {"role": "property"}))[0] in {403, 404}


async def test_an_emergency_is_handed_on_to_nobody(doors: Doors) -> None:
    made = await taken(doors)
    await hears(doors, Person(role=Role.GUARD, area=HERE, id=OFFICER.id))
    day = {"starts_at": "2099-01-01T00:00:00Z", "ends_at": "2099-01-02T00:00:00Z"}
    cover = {"person_id": str(GUARD.id), "reason": "leave", **day}
    async with doors.client(OFFICER, **lately("otp")) as client:
        answer = await client.post(f"/api/v1/assignments/{made['assignment_id']}/cover", json=cover, headers=keyed())
    assert problem(answer) == (409, "cover-not-possible")


async def test_no_admin_reviews_who_made_them_or_who_became_one_afterwards(doors: Doors, later: Callable[..., None]) -> None:
    made = await taken(doors, ADMIN)
    friend, late = Person(role=Role.ADMIN, area=HERE), Person(role=Role.ADMIN, area=HERE)
    await serve(doors, friend, late)
    for one in (friend, late):
        await hears(doors, one)
    async with doors.whole.begin() as connection:
        change = "update assignments set granted_by = :admin where person_id = :friend"
        await connection.execute(text(change), {"admin": ADMIN.id, "friend": friend.id})
        await connection.execute(text("update assignments set starts_at = now() where person_id = :late"), {"late": late.id})
    later(minutes=31)
    for who in (friend, late):
        answer = await posts(doors, who, f"/{made['id']}/review", {"finding": "justified"}, **after(minutes=31))
        assert problem(answer) == (403, "reviewer-not-free")
    answer = await posts(doors, OTHER_ADMIN, f"/{made['id']}/review", {"finding": "justified"}, **after(minutes=31))
    assert answer.status_code == 200
