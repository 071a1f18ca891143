"""Somebody lets somebody act for them: in the app, or before two members of staff; ended by either, by staff, or by itself."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from builders.doors import Doors
from builders.factors import problem
from builders.family import DOOR, Family, acts, day, given, posts, settle, signed_in, wish
from builders.world import ADMIN, FAR_GRID, FAR_OFFICER, GRID, HERE, OFFICER, OTHER_GRID, Person
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis import privacy
from chassis.rights import Actor, Assignment
from contracts.area import Role
from services.gate.domain.rights import RIGHTS as GATE
from services.health.domain.rights import RIGHTS as HEALTHS
from services.identity.actions import assignments, people, proxies
from services.identity.domain.proxies import HEALTH, Scope
from services.identity.domain.rights import RIGHTS
from services.notify.domain.rights import RIGHTS as NOTIFYS
from services.reports.domain.rights import RIGHTS as REPORTS

ACROSS = "reports.file", "health.book"


@pytest.fixture
async def family(identity_doors: Doors) -> Family:
    return await settle(identity_doors)


async def listed(doors: Doors, who: Person, **asked: str) -> list[dict[str, Any]]:
    async with doors.client(who) as client:
        return list((await client.get(DOOR, params=asked)).json()["items"])


async def states(doors: Doors) -> list[str]:
    return [row.state for row in await doors.rows("select state from proxies order by id")]


async def told(doors: Doors) -> list[str]:
    rows = await doors.rows("select body from outbox where topic = 'identity.proxy_changed.v1' order by pos")
    return [json.loads(bytes(row.body))["change"] for row in rows]


def test_what_may_be_entrusted_is_an_act_of_a_service_that_asks_for_no_office() -> None:
    acts_of_all = {**REPORTS, **HEALTHS, **GATE, **NOTIFYS, **RIGHTS}
    for scope in Scope:
        rule = acts_of_all[scope]
        assert rule.owner or rule.neighbours or rule.anyone, scope
    assert not set(Scope) & {*RIGHTS, *NOTIFYS, *GATE}, "nothing of how one signs in, proxies, notices, gates"
    assert {one for one in HEALTHS if one in set(Scope)} == HEALTH


async def test_a_mother_lets_her_daughter_act_and_both_are_told(identity_doors: Doors, family: Family) -> None:
    key = await given(identity_doors, family)
    for who in (family.mother, family.daughter):
        [one] = await listed(identity_doors, who)
        assert (one["id"], one["state"], one["allows"]) == (key, "confirmed", ["reports.file", "reports.read"])
    assert await listed(identity_doors, family.other) == []
    assert (await identity_doors.said())[-1] == "identity.proxy_changed.v1"
    [row] = await identity_doors.rows("select body, headers from outbox where topic = 'identity.proxy_changed.v1'")
    assert row.headers["cloudEvents:recipients"] == f"{family.mother.id},{family.daughter.id}"
    assert not {b"scopes", b"reports.file", b"ends_at"} & set(bytes(row.body).split(b'"'))


@pytest.mark.parametrize(("other", "refusal"), [
    ({"scopes": ["reports.file", "health.book"]}, (422, "in-person-wanted")),
    ({"scopes": ["appointments.read"]}, (422, "in-person-wanted")),
    ({"scopes": ["people.secure"]}, (422, "invalid-request")),
    ({"scopes": ["proxies.give"]}, (422, "invalid-request")),
    ({"scopes": ["phones.give"]}, (422, "invalid-request")),
    ({"scopes": ["api"]}, (422, "invalid-request")),
    ({"scopes": []}, (422, "invalid-request")),
    ({"last_day": day(-1)}, (422, "proxy-dates-unfit")),
    ({"last_day": day(400)}, (422, "proxy-dates-unfit")),
    ({"last_day": "9999-12-30"}, (422, "proxy-dates-unfit")),
    ({"last_day": "9999-12-31"}, (422, "proxy-dates-unfit")),
    ({"actor_id": str(uuid4())}, (404, "not-found")),
    ({"binding_id": str(uuid4())}, (422, "binding-unfit")),
    ({"principal_id": str(uuid4())}, (422, "invalid-request")),
    ({"evidence": "in-person"}, (422, "invalid-request")),
], ids=str)
async def test_what_is_not_entrusted_so(
    identity_doors: Doors, family: Family, other: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert problem(await posts(identity_doors, family.mother, "", wish(family, **other))) == refusal
    assert await states(identity_doors) == []


async def test_nobody_acts_for_themselves(identity_doors: Doors, family: Family) -> None:
    answer = await posts(identity_doors, family.daughter, "", wish(family))
    assert problem(answer) == (422, "proxy-of-oneself")


async def test_twelve_at_once_are_one(identity_doors: Doors, family: Family) -> None:
    answers = await asyncio.gather(*(posts(identity_doors, family.mother, "", wish(family)) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"proxy-there"}
    assert await states(identity_doors) == ["confirmed"]


async def test_f05_health_is_entrusted_before_two_members_of_staff(identity_doors: Doors, family: Family) -> None:
    body = wish(family, ACROSS, principal_id=str(family.mother.id), evidence="video")
    key = (await posts(identity_doors, GRID, "/records", body)).json()["id"]
    for who in (GRID, OFFICER, family.mother):
        [one] = await listed(identity_doors, who)
        assert (one["state"], one["allows"]) == ("waiting", None), "the second look is told by the principal, not by us"
    confirming = f"/{key}/second-look"
    assert problem(await posts(identity_doors, GRID, confirming, {"scopes": ACROSS})) == (403, "not-by-the-same")
    assert problem(await posts(identity_doors, OFFICER, confirming, {"scopes": ["reports.file"]})) == (409, "proxy-differs")
    answer = await posts(identity_doors, OFFICER, confirming, {"scopes": ACROSS[::-1]})
    assert (answer.status_code, answer.json()["state"], answer.json()["allows"]) == (200, "confirmed", sorted(ACROSS))
    assert await told(identity_doors) == ["given"]
    assert problem(await posts(identity_doors, OFFICER, confirming, {"scopes": ACROSS})) == (409, "proxy-decided")


async def test_a_contract_with_family_doctors_is_entrusted_before_staff_alone(identity_doors: Doors, family: Family) -> None:
    contracts = ["contracts.answer", "contracts.ask", "contracts.read"]
    for one in contracts:
        assert problem(await posts(identity_doors, family.mother, "", wish(family, [one]))) == (422, "in-person-wanted")
    body = wish(family, contracts, principal_id=str(family.mother.id), evidence="in-person")
    key = (await posts(identity_doors, GRID, "/records", body)).json()["id"]
    answer = await posts(identity_doors, OFFICER, f"/{key}/second-look", {"scopes": contracts})
    assert (answer.status_code, answer.json()["allows"]) == (200, contracts)


async def test_what_waits_is_answered_without_what_it_allows(identity_doors: Doors, family: Family) -> None:
    body = wish(family, ACROSS, principal_id=str(family.mother.id), evidence="in-person")
    first = await posts(identity_doors, GRID, "/records", body)
    assert (first.status_code, first.json()["allows"]) == (201, None), "whoever looks over a shoulder learns nothing either"
    assert (await posts(identity_doors, OFFICER, f"/{first.json()['id']}/refusal")).json()["allows"] == sorted(ACROSS)


async def test_whoever_guesses_what_was_entrusted_has_five_looks(identity_doors: Doors, family: Family) -> None:
    body = wish(family, ACROSS, principal_id=str(family.mother.id), evidence="in-person")
    key = (await posts(identity_doors, GRID, "/records", body)).json()["id"]
    guesses = [posts(identity_doors, OFFICER, f"/{key}/second-look", {"scopes": [one]}) for one in Scope]
    found = sorted(problem(answer) for answer in await asyncio.gather(*guesses))
    assert found == [(409, "proxy-decided")] * (len(Scope) - 5) + [(409, "proxy-differs")] * 5
    assert await states(identity_doors) == ["over"]


async def test_neither_of_the_two_nor_who_noted_it_confirms_it(identity_doors: Doors, family: Family) -> None:
    body = {"principal_id": str(family.mother.id), "actor_id": str(GRID.id), "scopes": ["reports.file"],
            "last_day": day(9), "evidence": "in-person"}
    await identity_doors.running.database.do(
        lambda work: people.employ(work, login="grid", password="x", name="网格", person_id=GRID.id)
    )
    assert problem(await posts(identity_doors, GRID, "/records", body)) == (403, "not-by-the-same"), "nor for themselves"
    key = (await posts(identity_doors, OFFICER, "/records", body)).json()["id"]
    looked = await posts(identity_doors, GRID, f"/{key}/second-look", {"scopes": ["reports.file"]})
    assert problem(looked) == (403, "not-by-the-same")
    async with identity_doors.whole.begin() as connection:
        with pytest.raises(IntegrityError, match="ck_proxies_two"):
            await connection.execute(text(
                "update proxies set state = 'confirmed', decided_at = now(), decided_by = given_by"
            ))


async def test_the_database_holds_it_too(identity_doors: Doors, family: Family) -> None:
    await given(identity_doors, family)
    for change, name in (
        ("scopes = '{people.secure}'", "scopes"), ("scopes = '{health.book}'", "in_person"), ("scopes = '{}'", "scopes"),
        ("ends_at = starts_at + interval '367 days'", "year"), ("actor_id = principal_id", "another"),
        ("evidence = 'video', state = 'waiting', decided_at = null", "whose"), ("state = 'ended'", "ended"),
    ):
        async with identity_doors.whole.connect() as connection:
            with pytest.raises(IntegrityError, match=f"ck_proxies_{name}"):
                await connection.execute(text(f"update proxies set {change}"))


async def test_the_neighbours_and_other_grids_neither_see_nor_decide(identity_doors: Doors, family: Family) -> None:
    body = wish(family, ACROSS, principal_id=str(family.mother.id), evidence="in-person")
    for who in (FAR_GRID, FAR_OFFICER, OTHER_GRID, family.other, family.daughter):
        assert (await posts(identity_doors, who, "/records", body)).status_code == 404
    key = (await posts(identity_doors, GRID, "/records", body)).json()["id"]
    for who in (FAR_GRID, FAR_OFFICER, OTHER_GRID, family.other):
        assert await listed(identity_doors, who) == []
        for path, said in (("second-look", {"scopes": ACROSS}), ("refusal", None), ("ending", None)):
            assert (await posts(identity_doors, who, f"/{key}/{path}", said)).status_code == 404
    assert (await posts(identity_doors, family.mother, f"/{key}/second-look", {"scopes": ACROSS})).status_code == 403
    assert await states(identity_doors) == ["waiting"]


@pytest.mark.parametrize("who", ["mother", "daughter", "grid", "admin"])
async def test_either_of_the_two_and_staff_end_it_once(identity_doors: Doors, family: Family, who: str) -> None:
    ends = {"mother": family.mother, "daughter": family.daughter, "grid": GRID, "admin": ADMIN}[who]
    key = await given(identity_doors, family)
    assert problem(await posts(identity_doors, family.other, f"/{key}/ending")) == (404, "not-found")
    answers = await asyncio.gather(*(posts(identity_doors, ends, f"/{key}/ending") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    [row] = await identity_doors.rows("select state, ended_by from proxies")
    assert (row.state, row.ended_by, await told(identity_doors)) == ("ended", ends.id, ["given", "ended"])
    assert (await acts(identity_doors, key, await signed_in(identity_doors, family.daughter))).status_code == 400
    await given(identity_doors, family)


async def test_what_waits_or_was_refused_is_no_proxy(identity_doors: Doors, family: Family, later: Callable[..., None]) -> None:
    token = await signed_in(identity_doors, family.daughter)
    body = wish(family, ACROSS, principal_id=str(family.mother.id), evidence="in-person")
    key = (await posts(identity_doors, GRID, "/records", body)).json()["id"]
    assert (await acts(identity_doors, key, token)).status_code == 400
    assert problem(await posts(identity_doors, family.mother, "", wish(family))) == (409, "proxy-there")
    assert (await posts(identity_doors, GRID, f"/{key}/refusal")).json()["state"] == "refused"
    assert (await acts(identity_doors, key, token)).status_code == 400
    key = (await posts(identity_doors, GRID, "/records", body)).json()["id"]
    later(days=7)
    looked = await posts(identity_doors, OFFICER, f"/{key}/second-look", {"scopes": ACROSS}, **soon())
    assert problem(looked) == (409, "proxy-decided")
    await identity_doors.running.database.do(proxies.tend)
    assert await states(identity_doors) == ["refused", "over"]


def soon() -> dict[str, int]:
    """Claims that are good a week from now."""
    now = int(time.time()) + 7 * 86_400
    return {"iat": now - 60, "exp": now + 600}


async def test_it_is_told_a_month_before_and_when_it_is_over(
    identity_doors: Doors, family: Family, later: Callable[..., None]
) -> None:
    await given(identity_doors, family, last_day=day(60))
    for days, more in ((29, []), (32, ["ending"]), (50, ["ending"]), (62, ["ending", "over"])):
        later(days=days)
        for _ in range(2):
            await identity_doors.running.database.do(proxies.tend)
        assert await told(identity_doors) == ["given", *more]
    assert await states(identity_doors) == ["ended"]


async def test_one_that_is_over_by_its_date_is_in_nobodys_way(
    identity_doors: Doors, family: Family, later: Callable[..., None]
) -> None:
    await given(identity_doors, family, last_day=day(1))
    later(days=7)
    body = wish(family, last_day=day(30))
    assert (await posts(identity_doors, family.mother, "", body, **soon())).status_code == 201
    assert (await states(identity_doors), await told(identity_doors)) == (["ended", "confirmed"], ["given", "over", "given"])


async def test_f06_it_ends_with_the_home_it_rests_on(identity_doors: Doors, family: Family) -> None:
    key = await given(identity_doors, family, binding_id=str(family.binding))
    token = await signed_in(identity_doors, family.daughter)
    assert (await acts(identity_doors, key, token)).status_code == 200
    await identity_doors.running.database.do(lambda work: assignments.unbind(work, family.binding, by=_officer()))
    assert (await states(identity_doors), (await acts(identity_doors, key, token)).status_code) == (["ended"], 400)
    assert (await identity_doors.said())[-2:].count("identity.access_revoked.v1") == 1
    answer = await posts(identity_doors, family.mother, "", wish(family, binding_id=str(family.binding)))
    assert problem(answer) == (422, "binding-unfit")


def _officer() -> Any:
    return Actor(OFFICER.id, (Assignment(Role.COMMUNITY_OFFICER, HERE),), rights=RIGHTS)


@pytest.mark.parametrize("who", ["mother", "daughter"])
async def test_it_ends_when_one_of_the_two_is_forgotten(identity_doors: Doors, family: Family, who: str) -> None:
    key = await given(identity_doors, family)
    token = await signed_in(identity_doors, family.daughter)
    assert (await acts(identity_doors, key, token)).status_code == 200
    running = identity_doors.running
    personal = running.service.personal
    assert personal is not None
    await running.database.do(lambda work: privacy.erase(work, personal, getattr(family, who).id))
    assert await states(identity_doors) == ([] if who == "mother" else ["ended"])
    assert (await acts(identity_doors, key, token)).status_code == 400
    assert await told(identity_doors) == ["given", "ended"]


async def test_who_is_forgotten_while_they_let_somebody_act_leaves_none(identity_doors: Doors, family: Family) -> None:
    running = identity_doors.running
    personal = running.service.personal
    assert personal is not None
    for actor in (family.daughter, family.other):
        both = [
            posts(identity_doors, family.mother, "", wish(family, actor_id=str(actor.id))),
            running.database.do(lambda work, who=actor: privacy.erase(work, personal, who.id)),
        ]
        await asyncio.gather(*both)
        assert "confirmed" not in await states(identity_doors)


async def test_it_is_in_the_export_of_both(identity_doors: Doors, family: Family) -> None:
    await given(identity_doors, family)
    for who in (family.mother, family.daughter):
        held = await identity_doors.running.database.do(lambda work, who=who: people.export(work, who.id))
        [one] = held["proxies"]
        assert (one["principal_id"], one["actor_id"]) == (str(family.mother.id), str(family.daughter.id))
