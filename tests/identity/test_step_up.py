"""Step-up: who has a second factor shows it anew before a role is granted or ended, and their session goes on (RFC 9470)."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.factors import Staff, employed, problem
from builders.offices import serve
from builders.programs import admit, claims_of, desk
from builders.world import ADMIN, HERE, events

from contracts.area import Role
from contracts.identity import AreaChanged
from services.identity.actions import codes, places, sessions
from services.identity.domain.second_factor import Proved

TREE = sorted((one for one in events() if isinstance(one, AreaChanged)), key=lambda one: one.path.count("."))
ROLES, DOOR = "/api/v1/assignments", "/sign-in/step-up"


@pytest.fixture
async def admin(identity_doors: Doors) -> Staff:
    """Whoever administers the community, with a second factor."""

    async def make(work: Any) -> None:
        for one in TREE:
            await places.add_area(work, by=None, path=one.path, kind=one.kind, name=one.name)

    await identity_doors.running.database.do(make)
    staff = await employed(identity_doors, "admin", ADMIN.id)
    await serve(identity_doors, ADMIN)
    await staff.take_over()
    return staff


@pytest.fixture
async def asked(admin: Staff) -> dict[str, Any]:
    """A role for somebody."""
    person = await admin.doors.running.database.do(lambda work: codes.register(work, phone="13900000001"))
    return {"person_id": str(person), "role": Role.GRID_WORKER, "area": f"{HERE}.g03", "display_name": "某某"}


def shown(*, ago: float = 0, amr: tuple[str, ...] = ("pwd", "otp")) -> dict[str, Any]:
    """What a token says of a sign-in so many seconds ago."""
    return {"amr": list(amr), "auth_time": int(time.time() - ago), "acr": "2fa"}


async def session(staff: Staff) -> dict[str, Any]:
    """A session of the password alone, begun an hour ago: as it was before there was a second factor."""

    async def make(work: Any) -> Any:
        return await sessions.begin(work, UUID(staff.person), proved=Proved(("pwd",), work.now))

    made = await staff.doors.running.database.do(make)
    return {**await claims_of(staff.doors, made.access_token), "refresh_token": made.refresh_token}


async def steps_up(staff: Staff, code: str, **claims: Any) -> httpx.Response:
    return await staff.posts(DOOR, {"code": code}, **claims)


@pytest.mark.parametrize("shows", [
    dict, lambda: {"amr": ["pwd"]}, lambda: shown(amr=("pwd",)), lambda: shown(amr=()), lambda: {"acr": "2fa", "amr": ["otp"]},
    lambda: shown(ago=603),
], ids=["nothing", "no time", "the password alone", "by nothing", "a level and no time", "long ago"])
async def test_who_has_a_second_factor_and_did_not_show_it_lately_grants_and_ends_nothing(
    admin: Staff, asked: dict[str, Any], shows: Callable[[], dict[str, Any]]
) -> None:
    said = shows()  # now, not when the run began
    held = (await admin.posts(ROLES, asked, **shown())).json()["id"]
    before = await admin.doors.said()
    other = {**asked, "area": f"{HERE}.g04"}
    for answer in (await admin.posts(ROLES, other, **said), await admin.posts(f"{ROLES}/{held}/ending", **said)):
        assert problem(answer) == (401, "insufficient-user-authentication")
        assert answer.headers["www-authenticate"] == (
            'Bearer realm="guohuai", error="insufficient_user_authentication", acr_values="2fa", max_age="600"'
        )
        assert (answer.json()["acr_values"], answer.json()["max_age"]) == ("2fa", 600)
    given = await admin.doors.rows("select ends_at from assignments where granted_by is not null")
    assert [row.ends_at for row in given] == [None]
    assert await admin.doors.said() == before


async def test_who_showed_it_within_ten_minutes_grants_and_ends(admin: Staff, asked: dict[str, Any]) -> None:
    granted = await admin.posts(ROLES, asked, **shown(ago=590))
    assert granted.status_code == 201
    assert (await admin.posts(f"{ROLES}/{granted.json()['id']}/ending", **shown(ago=590))).status_code == 200


async def test_to_look_at_roles_nothing_is_shown_anew(admin: Staff) -> None:
    async with admin.doors.client(ADMIN) as client:
        assert (await client.get(ROLES)).status_code == 200


async def test_the_same_request_goes_through_once_the_code_was_shown(admin: Staff, asked: dict[str, Any]) -> None:
    key = {"idempotency-key": str(uuid4())}
    for said, status in (({}, 401), (shown(), 201), (shown(), 201)):
        async with admin.doors.client(ADMIN, **said) as client:
            assert (await client.post(ROLES, json=asked, headers=key)).status_code == status
    assert len(await admin.doors.rows("select 1 from assignments where granted_by is not null")) == 1


async def test_a_code_makes_the_session_say_so_and_it_goes_on(admin: Staff) -> None:
    mine = await session(admin)
    answer = await steps_up(admin, admin.next_code(), sid=mine["sid"])
    assert (answer.status_code, set(answer.json())) == (200, {"access_token", "token_type", "expires_in"})
    assert answer.headers["cache-control"] == "no-store"
    said = await claims_of(admin.doors, answer.json()["access_token"])
    assert (said["amr"], said["acr"], said["sid"], said["sub"]) == (["pwd", "otp"], "2fa", mine["sid"], admin.person)
    assert (said["client_id"], time.time() - said["auth_time"] < 60) == ("guohuai", True)
    async with admin.doors.client() as client:
        form = {"grant_type": "refresh_token", "refresh_token": mine["refresh_token"]}
        later = await claims_of(admin.doors, (await client.post("/oauth/token", data=form)).json()["access_token"])
    assert (later["amr"], later["auth_time"]) == (said["amr"], said["auth_time"])
    assert "sign-in.step-up" in [row.action for row in await admin.doors.rows("select action from audit")]


async def test_what_it_gives_is_what_the_roles_want(admin: Staff, asked: dict[str, Any]) -> None:
    mine = await session(admin)
    told = (await steps_up(admin, admin.next_code(), sid=mine["sid"])).json()["access_token"]
    said = await claims_of(admin.doors, told)
    carried = {name: said[name] for name in ("amr", "acr", "auth_time", "sid")}
    assert (await admin.posts(ROLES, asked, **carried)).status_code == 201


async def test_a_code_is_good_once_for_signing_in_and_stepping_up_together(admin: Staff) -> None:
    mine, code = await session(admin), admin.next_code()
    answers = await asyncio.gather(*(steps_up(admin, code, sid=mine["sid"]) for _ in range(20)))
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {problem(answer) for answer in answers if answer.status_code != 200} <= {
        (401, "second-factor-refused"), (429, "second-factor-too-often"),
    }
    assert (await admin.shows(await admin.half(), code, address="203.0.113.9")).status_code == 401


async def test_wrong_codes_are_counted_together_with_those_of_the_sign_in(admin: Staff) -> None:
    mine, half = await session(admin), await admin.half()
    for _ in range(3):
        assert problem(await steps_up(admin, admin.wrong(), sid=mine["sid"])) == (401, "second-factor-refused")
    answers = [await admin.shows(half, admin.wrong()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert (await steps_up(admin, admin.next_code(), sid=mine["sid"])).status_code == 429


@pytest.mark.parametrize("said", [
    {}, {"sid": str(uuid4())}, {"act": {"sub": str(uuid4()), "client_id": "ward"}, "client_id": "ward", "scope": "api"},
], ids=["none", "unknown", "acting"])
async def test_only_a_living_session_of_ones_own_is_stepped_up(admin: Staff, said: dict[str, Any]) -> None:
    mine = await session(admin)
    claims = {"sid": mine["sid"], **said} if "act" in said else said
    answer = await steps_up(admin, admin.next_code(), **claims)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    row = (await admin.doors.rows("select methods from refresh_tokens where family_id = :sid", sid=mine["sid"]))[0]
    assert row.methods == "pwd"


async def test_an_ended_session_and_anothers_are_not_stepped_up(admin: Staff) -> None:
    li = await employed(admin.doors, "li")
    mine, theirs = await session(admin), await session(li)
    await admin.doors.running.database.do(lambda work: sessions.close(work, ADMIN.id, UUID(mine["sid"])))
    assert (await steps_up(admin, admin.next_code(), sid=mine["sid"])).status_code == 400
    assert (await steps_up(admin, admin.recovery[0], sid=theirs["sid"])).status_code == 400
    assert problem(await steps_up(li, "000000", sid=theirs["sid"])) == (409, "second-factor-missing")
    methods = [row.methods for row in await admin.doors.rows("select methods from refresh_tokens")]
    assert methods == ["pwd", "pwd"]


async def test_a_programs_session_stays_the_programs(admin: Staff) -> None:
    client = desk(scopes=["openid", "api"])
    await admit(admin.doors, client)

    async def make(work: Any) -> Any:
        return await sessions.begin(work, ADMIN.id, client=client, scope="api", proved=Proved(("pwd",), work.now))

    token = (await admin.doors.running.database.do(make)).access_token
    mine = await claims_of(admin.doors, token)
    by_desk = {"sid": mine["sid"], "client_id": "desk", "scope": "api"}
    assert (await steps_up(admin, admin.recovery[0], sid=mine["sid"])).status_code == 400  # our own sign-in has no such session
    answer = await steps_up(admin, admin.next_code(), **by_desk)
    said = await claims_of(admin.doors, answer.json()["access_token"])
    assert (said["client_id"], said["scope"], answer.json()["expires_in"]) == ("desk", "api", 300)
    without = {**by_desk, "scope": "openid"}
    assert problem(await steps_up(admin, admin.recovery[1], **without)) == (403, "scope-missing")


async def test_nobody_steps_up_without_a_token(identity_doors: Doors) -> None:
    async with identity_doors.client() as nobody:
        assert (await nobody.post(DOOR, json={"code": "000000"})).status_code == 401
