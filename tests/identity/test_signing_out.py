"""Who answers for somebody's area signs them out everywhere: with a reason, told to the person, by nobody else."""

import json
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.factors import Staff, employed, lately, problem
from builders.offices import hears, serve
from builders.world import ADMIN, FAR_OFFICER, GRID, HERE, OFFICER, Person
from sqlalchemy import text

from contracts.area import Role

WHY = {"reason": "stolen"}


@pytest.fixture
async def wang(identity_doors: Doors) -> Staff:
    """A grid worker with a session."""
    staff = await employed(identity_doors, "wang", GRID.id)
    await serve(identity_doors, GRID, ADMIN)
    return staff


def door(staff: Staff) -> str:
    return f"/api/v1/people/{staff.person}/revocation"


def by(staff: Staff, who: Person) -> Staff:
    return Staff(staff.doors, str(who.id))


async def test_every_session_ends_and_the_person_is_told_why(wang: Staff) -> None:
    session = (await wang.by_password()).json()
    assert (await by(wang, ADMIN).posts(door(wang), WHY)).status_code == 204
    async with wang.doors.client() as client:
        form = {"grant_type": "refresh_token", "refresh_token": session["refresh_token"]}
        assert (await client.post("/oauth/token", data=form)).status_code == 400
    assert (await wang.doors.said())[-2:] == ["identity.access_revoked.v1", "identity.person_signed_out.v1"]
    said = json.loads(bytes((await wang.doors.rows("select body from outbox order by pos desc limit 1"))[0].body))
    assert said == {"person_id": wang.person, "reason": "stolen"}
    (row,) = await wang.doors.rows("select actor_id, subject, reason from audit where action = 'people.sign-out'")
    assert (row.actor_id, row.subject, row.reason) == (ADMIN.id, f"person/{wang.person}", "stolen")
    assert (await wang.by_password()).status_code == 200  # nothing but the sessions was taken


async def test_nobody_else_signs_them_out(wang: Staff) -> None:
    before = len(await wang.doors.rows("select 1 from audit"))
    for who, told in ((OFFICER, (403, "not-allowed-here")), (FAR_OFFICER, (404, "not-found")), (Person(), (404, "not-found"))):
        assert problem(await by(wang, who).posts(door(wang), WHY, **lately("otp"))) == told
    await serve(wang.doors, Person(role=Role.GUARD, area="510105.ccs", id=UUID(wang.person)))  # in another district as well
    assert problem(await by(wang, ADMIN).posts(door(wang), WHY, **lately("otp"))) == (404, "not-found")
    for person in (str(uuid4()), str(Person().id)):
        assert problem(await by(wang, ADMIN).posts(f"/api/v1/people/{person}/revocation", WHY)) == (404, "not-found")
    assert len(await wang.doors.rows("select 1 from audit")) == before


async def test_a_reason_of_the_list_and_a_program_that_was_given_it(wang: Staff) -> None:
    admin = by(wang, ADMIN)
    for body in ({}, {"reason": "because"}, {"reason": ""}, None):
        assert (await admin.posts(door(wang), body)).status_code == 422
    assert problem(await admin.posts(door(wang), WHY, client_id="desk", scope="openid")) == (403, "scope-missing")


async def test_who_has_a_second_factor_shows_it_lately(identity_doors: Doors, wang: Staff) -> None:
    boss = Person(role=Role.ADMIN, area=HERE)
    admin = await employed(identity_doors, "boss", boss.id)
    await serve(identity_doors, boss)
    await hears(identity_doors, boss)
    await admin.take_over()
    refused = await admin.posts(door(wang), WHY, **lately("otp", ago=603))
    assert problem(refused) == (401, "insufficient-user-authentication")
    assert 'acr_values="2fa"' in refused.headers["www-authenticate"]
    assert (await admin.posts(door(wang), WHY, **lately("otp"))).status_code == 204


async def test_who_serves_no_more_signs_nobody_out_though_the_copy_does_not_know_yet(wang: Staff) -> None:
    async with wang.doors.whole.begin() as connection:
        ended = text("update assignments set ends_at = starts_at, is_ended = true where person_id = :admin")
        await connection.execute(ended, {"admin": ADMIN.id})
    assert problem(await by(wang, ADMIN).posts(door(wang), WHY)) == (404, "not-found")
    assert "identity.access_revoked.v1" not in await wang.doors.said()
