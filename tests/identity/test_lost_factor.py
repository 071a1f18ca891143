"""A lost second factor: taken away by an admin who shows their own, or by command; its person is signed out and told."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.factors import Staff, employed, lately, problem
from builders.passkeys import Device, asked, proof, registered
from builders.world import ADMIN, FAR_GRID, GRID, HERE, OFFICER

from chassis.errors import NotFound
from contracts.area import Role
from services.identity.__main__ import operate
from services.identity.actions import assignments
from services.identity.domain.second_factor import SecondFactorMissing

LOST = {"reason": "lost"}


async def serves(staff: Staff, role: Role, area: str) -> None:
    """In the tables of identity; the directory of the world is what the doors know of the actors."""
    await staff.doors.running.database.do(lambda work: assignments.grant(
        work, by=None, person=UUID(staff.person), role=role, area=area, unit=None, display_name="某某"
    ))


@pytest.fixture
async def admin(identity_doors: Doors) -> Staff:
    """Whoever administers the community, with a second factor."""
    staff = await employed(identity_doors, "admin", ADMIN.id)
    await serves(staff, Role.ADMIN, HERE)
    await registered(staff, Device(identity_doors.issuer))
    return staff


@pytest.fixture
async def guarded(identity_doors: Doors) -> Staff:
    """A grid worker with an authenticator, paper and a passkey."""
    staff = await employed(identity_doors, "wang", GRID.id)
    await serves(staff, Role.GRID_WORKER, f"{HERE}.g03")
    await staff.take_over()
    await registered(staff, Device(identity_doors.issuer), **lately("otp"))
    return staff


def door(staff: Staff) -> str:
    return f"/api/v1/people/{staff.person}/factor-removal"


async def kept(staff: Staff) -> list[int]:
    """How many of each kind are there of theirs."""
    tables = ("second_factors", "passkeys", "recovery_codes")
    asked_for = [f"select 1 from {table} where person_id = :id" for table in tables]
    return [len(await staff.doors.rows(one, id=staff.person)) for one in asked_for]


async def test_an_admin_of_the_area_takes_it_away_and_its_person_is_signed_out_and_told(admin: Staff, guarded: Staff) -> None:
    session = (await guarded.by_code(guarded.next_code())).json()
    mine = await kept(admin)
    assert (await admin.posts(door(guarded), LOST, **lately("otp"))).status_code == 204
    assert (await kept(guarded), await kept(admin)) == ([0, 0, 0], mine)
    assert (await guarded.by_password()).status_code == 200
    async with guarded.doors.client() as client:
        form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
        assert (await client.post("/oauth/token", data=form)).status_code == 400
    assert (await guarded.doors.said())[-2:] == ["identity.access_revoked.v1", "identity.factor_changed.v1"]
    said = json.loads(bytes((await guarded.doors.rows("select body from outbox order by pos desc limit 1"))[0].body))
    assert said == {"person_id": guarded.person, "factor": "all", "change": "taken-away"}
    (row,) = await guarded.doors.rows("select actor_id, subject, reason from audit where action = 'second-factor.take-away'")
    assert (row.actor_id, row.subject, row.reason) == (UUID(admin.person), f"person/{guarded.person}", "lost")
    assert problem(await admin.posts(door(guarded), LOST, **lately("otp"))) == (409, "second-factor-missing")


@pytest.mark.parametrize("said", [dict, lately, lambda: lately("otp", ago=603)], ids=["nothing", "one factor", "long ago"])
async def test_they_show_their_own_first(admin: Staff, guarded: Staff, said: Callable[[], dict[str, Any]]) -> None:
    claims = said()  # now, not when the run began
    before = await kept(guarded)
    refused = await admin.posts(door(guarded), LOST, **claims)
    assert problem(refused) == (401, "insufficient-user-authentication")
    assert 'acr_values="2fa"' in refused.headers["www-authenticate"]
    assert await kept(guarded) == before


async def test_an_admin_who_has_none_takes_one_over_first(identity_doors: Doors, guarded: Staff) -> None:
    bare = await employed(identity_doors, "admin", ADMIN.id)
    await serves(bare, Role.ADMIN, HERE)
    before = await kept(guarded)
    assert problem(await bare.posts(door(guarded), LOST)) == (401, "insufficient-user-authentication")
    assert await kept(guarded) == before


async def test_nobody_takes_their_own_away_so(admin: Staff) -> None:
    before = await kept(admin)
    assert problem(await admin.posts(door(admin), LOST, **lately("otp"))) == (403, "not-ones-own")
    assert await kept(admin) == before


async def test_it_is_the_admins_of_all_the_places_where_somebody_serves(admin: Staff, guarded: Staff) -> None:
    before = await kept(guarded)
    await serves(guarded, Role.GRID_WORKER, "510105.ccs")  # in another district as well
    assert problem(await admin.posts(door(guarded), LOST, **lately("otp"))) == (404, "not-found")
    assert await kept(guarded) == before


async def test_who_is_no_admin_or_one_of_elsewhere_does_not(identity_doors: Doors, guarded: Staff) -> None:
    before = await kept(guarded)
    for person, told in ((OFFICER, (403, "not-allowed-here")), (FAR_GRID, (404, "not-found"))):
        other = Staff(identity_doors, str(person.id))
        assert problem(await other.posts(door(guarded), LOST, **lately("otp"))) == told
    assert await kept(guarded) == before


async def test_nobody_is_found_who_is_not_there_and_no_reason_is_no_reason(admin: Staff, guarded: Staff) -> None:
    stranger = await employed(admin.doors, "li")
    for person in (str(uuid4()), stranger.person):
        assert problem(await admin.posts(f"/api/v1/people/{person}/factor-removal", LOST, **lately("otp"))) == (404, "not-found")
    for body in ({}, {"reason": "because"}, {"reason": ""}):
        assert (await admin.posts(door(guarded), body, **lately("otp"))).status_code == 422
    by_program = await admin.posts(door(guarded), LOST, client_id="desk", scope="openid", **lately("otp"))
    assert problem(by_program) == (403, "scope-missing")


async def test_twelve_at_once_take_it_away_once(admin: Staff, guarded: Staff) -> None:
    answers = await asyncio.gather(*(admin.posts(door(guarded), LOST, **lately("otp")) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [204] + [409] * 11
    rows = await admin.doors.rows("select 1 from audit where action = 'second-factor.take-away'")
    assert len(rows) == 1


async def test_half_a_session_of_before_leads_nowhere_afterwards(admin: Staff, guarded: Staff) -> None:
    device = Device(guarded.doors.issuer)
    await registered(guarded, device, **lately("otp"))
    half, begun = await guarded.half(), await asked(guarded)
    assert (await admin.posts(door(guarded), LOST, **lately("otp"))).status_code == 204
    assert problem(await guarded.shows(half, guarded.recovery[0])) == (401, "second-factor-refused")
    assert problem(await guarded.sign_in("passkey", **proof(begun, device))) == (401, "passkey-refused")


async def test_an_operator_does_it_by_command(identity_doors: Doors, guarded: Staff) -> None:
    running = identity_doors.running
    for wrong, told in (("nobody", NotFound), ("bare", SecondFactorMissing)):
        if told is SecondFactorMissing:
            await employed(identity_doors, "bare")
        with pytest.raises(told):
            await operate(running, ["factors", "remove", wrong, "--reason", "lost"])
    with pytest.raises(SystemExit):
        await operate(running, ["factors", "remove", "wang"])
    assert (await kept(guarded))[0] == 1
    said = await operate(running, ["factors", "remove", "wang", "--reason", "broken"])
    assert said == ["wang has no second factor any more, is signed out everywhere, and is told"]
    assert await kept(guarded) == [0, 0, 0]
    (row,) = await identity_doors.rows("select actor_id, reason from audit where action = 'second-factor.take-away'")
    assert (row.actor_id, row.reason) == (None, "broken")
    assert "identity.factor_changed.v1" in (await identity_doors.said())[-1]
