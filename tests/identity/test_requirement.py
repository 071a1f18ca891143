"""Who must have a second factor: time to take one over, then half a session that is good for nothing else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import yaml
from builders.browser import hidden, opened, sent
from builders.doors import Doors
from builders.factors import Staff, employed, fresh, lately, problem
from builders.passkeys import DOOR, Device, asked, proof, registered
from builders.programs import admit, claims_of, desk
from builders.world import HERE
from hypothesis import given
from hypothesis import strategies as some
from pydantic import ValidationError

from contracts.area import Role
from deploy.local.layout import ROOT, Layout
from services.identity.actions import assignments, contacts
from services.identity.domain.policy import Held, Policy

GRACE = timedelta(days=14)
MOMENT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
async def strict_doors(every_door: dict[str, Doors], stack: Layout) -> AsyncIterator[Doors]:
    """Identity as an installation for real people runs it, beside the demo's on the same database."""
    usual = every_door["identity"].running
    strict = Doors(usual.service, usual.settings.model_copy(update={"second_factor_roles": "admin,community_officer"}), stack)
    yield strict
    await strict.close()


@pytest.fixture
async def officer(identity_doors: Doors, strict_doors: Doors) -> Staff:
    """A community officer of four weeks, who has a password alone."""
    staff = await employed(identity_doors)
    staff.doors = strict_doors
    await serves(staff, Role.COMMUNITY_OFFICER, ago=timedelta(days=28))
    return staff


async def serves(staff: Staff, role: Role, *, ago: timedelta) -> None:
    """Since so long ago."""

    async def begin(work: Any) -> None:
        await assignments.grant(
            work, by=None, person=UUID(staff.person), role=role, area=HERE, unit=None, display_name="王芳"
        )

    await staff.doors.running.database.do(begin, now=datetime.now(UTC) - ago)


def lax(staff: Staff, doors: Doors) -> Staff:
    """The same where nobody must have one: as it was while there was still time."""
    return Staff(doors, staff.person)


async def refreshed(staff: Staff, token: str) -> httpx.Response:
    async with staff.doors.client() as client:
        return await client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token})


async def challenge(staff: Staff) -> str:
    """What a good password gives them."""
    answer = await staff.by_password()
    assert problem(answer) == (401, "second-factor-required")
    assert answer.json()["expires_in"] == 900
    assert not {"access_token", "refresh_token", "person_id"} & set(answer.json())
    return str(answer.json()["challenge"])


@given(held=some.lists(some.tuples(some.sampled_from(sorted(Role)), some.integers(min_value=0, max_value=400)), max_size=5))
def test_it_is_due_when_the_first_of_the_roles_that_want_it_is_two_weeks_old(held: list[tuple[Role, int]]) -> None:
    policy = Policy(frozenset({"admin", "community_officer"}), GRACE)
    serving = [Held(role, MOMENT + timedelta(days=day)) for role, day in held]
    wanting = [one.starts_at + GRACE for one in serving if one.role in {"admin", "community_officer"}]
    assert policy.due(serving) == (min(wanting) if wanting else None)
    assert Policy().due(serving) is None


async def test_after_the_grace_a_password_gives_no_session_but_half_of_one(officer: Staff) -> None:
    half = await challenge(officer)
    assert await officer.doors.rows("select 1 from refresh_tokens") == []
    async with officer.doors.client() as client:
        assert (await client.get("/api/v1/people/me", headers={"authorization": f"Bearer {half}"})).status_code == 401
    assert problem(await officer.shows(half, "000000")) == (401, "second-factor-refused")  # it is not the other half
    assert problem(await officer.sign_in("passkey/options", challenge=half)) == (401, "second-factor-refused")


async def test_nobody_else_and_nobody_in_their_first_two_weeks_must(identity_doors: Doors, strict_doors: Doors) -> None:
    for login, role, ago in (("li", Role.COMMUNITY_OFFICER, 13), ("zhao", Role.GRID_WORKER, 300), ("sun", None, 0)):
        staff = await employed(identity_doors, login)
        staff.doors = strict_doors
        if role is not None:
            await serves(staff, role, ago=timedelta(days=ago))
        assert (await staff.by_password()).status_code == 200
        due = (await staff.me())["second_factor_due"]
        assert (due is not None) == (login == "li")


async def test_where_no_role_is_named_nobody_must(officer: Staff, identity_doors: Doors) -> None:
    officer.doors = identity_doors
    assert (await officer.by_password()).status_code == 200
    assert (await officer.me())["second_factor_due"] is None


async def test_a_role_that_is_over_wants_nothing(officer: Staff) -> None:
    async with officer.doors.whole.begin() as connection:
        await connection.exec_driver_sql("update assignments set ends_at = now()")
    assert (await officer.by_password()).status_code == 200


async def test_an_authenticator_is_taken_over_on_the_way_in(officer: Staff) -> None:
    half = await challenge(officer)
    offered = await officer.sign_in("enrolment/authenticator", challenge=half)
    officer.secret = officer.secret_of(offered)
    assert problem(await officer.sign_in("enrolment/authenticator/proof", challenge=half, code=officer.wrong())) == (
        401, "second-factor-refused"
    )
    answer = await officer.sign_in("enrolment/authenticator/proof", challenge=half, code=fresh(officer.secret))
    said = answer.json()
    assert (answer.status_code, len(said["recovery_codes"]), answer.headers["cache-control"]) == (200, 10, "no-store")
    claims = await claims_of(officer.doors, said["access_token"])
    assert (claims["amr"], claims["acr"], claims["sub"]) == (["pwd", "otp"], "2fa", officer.person)
    assert (await refreshed(officer, said["refresh_token"])).status_code == 200
    assert problem(await officer.by_password()) == (401, "second-factor-wanted")
    assert problem(await officer.sign_in("enrolment/authenticator", challenge=half)) == (409, "second-factor-there")


async def test_a_passkey_is_taken_over_on_the_way_in(officer: Staff) -> None:
    half, device = await challenge(officer), Device(officer.doors.issuer)
    question = (await officer.sign_in("enrolment/passkey/options", challenge=half)).json()
    new: Any = {"challenge": half, "ticket": question["ticket"], "name": "电脑", "credential": device.make(question["options"])}
    answer = await officer.sign_in("enrolment/passkey", **new)
    assert (answer.status_code, len(answer.json()["recovery_codes"])) == (200, 10), answer.text
    claims = await claims_of(officer.doors, answer.json()["access_token"])
    assert (claims["amr"], claims["acr"]) == (["pwd", "pop", "user", "mfa"], "2fa")
    assert problem(await officer.sign_in("enrolment/passkey", **new)) == (409, "second-factor-there")


async def test_twelve_enrolments_at_once_are_one_factor_and_one_session(officer: Staff) -> None:
    half = await challenge(officer)

    async def by_passkey() -> httpx.Response:
        question = (await officer.sign_in("enrolment/passkey/options", challenge=half)).json()
        if "ticket" not in question:
            return await officer.sign_in("enrolment/passkey/options", challenge=half)
        made = Device(officer.doors.issuer).make(question["options"])
        new: Any = {"challenge": half, "ticket": question["ticket"], "name": "电脑", "credential": made}
        return await officer.sign_in("enrolment/passkey", **new)

    answers = await asyncio.gather(*(by_passkey() for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert len(await officer.doors.rows("select 1 from passkeys")) == 1
    assert len(await officer.doors.rows("select 1 from refresh_tokens")) == 1


async def test_the_half_lives_fifteen_minutes_and_is_written_by_us_alone(
    officer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = await challenge(officer)
    other = f"{half[:60]}{'B' if half[60] == 'A' else 'A'}{half[61:]}"
    for wrong in (other, "A" * 80):
        for path in ("enrolment/authenticator", "enrolment/passkey/options"):
            assert problem(await officer.sign_in(path, challenge=wrong)) == (401, "second-factor-refused")
    later = datetime.now(UTC) + timedelta(minutes=15, seconds=1)
    monkeypatch.setattr(officer.doors.running.settings.clock, "now", lambda: later)
    assert problem(await officer.sign_in("enrolment/authenticator", challenge=half)) == (401, "second-factor-refused")
    assert await officer.doors.rows("select 1 from second_factors") == []


async def test_a_phone_number_takes_no_factor_over_for_staff(officer: Staff) -> None:
    number = "13900000001"

    async def known(work: Any) -> None:
        await contacts.keep(work, UUID(officer.person), "phone", number, work.vault.keys.blind("phone", number))

    await officer.doors.running.database.do(known)
    answer = await officer.by_phone(number)
    assert (problem(answer), "challenge" in answer.json()) == ((401, "second-factor-required"), False)
    assert problem(await officer.sign_in("phone", **officer.texted)) == (401, "code-refused")  # it was spent
    assert await officer.doors.rows("select 1 from refresh_tokens") == []


async def test_a_session_of_one_factor_ends_with_the_grace(officer: Staff, identity_doors: Doors) -> None:
    usual = lax(officer, identity_doors)
    before = (await usual.by_password()).json()["refresh_token"]
    assert problem(await refreshed(officer, before)) == (400, "grant-refused")
    later = (await refreshed(usual, before)).json()  # where nobody must it goes on
    assert "access_token" in later


async def test_a_session_of_two_factors_does_not_outlive_the_factor_that_was_removed_in_the_grace(
    officer: Staff, identity_doors: Doors
) -> None:
    usual, device = lax(officer, identity_doors), Device(officer.doors.issuer)
    await registered(usual, device)
    said = (await usual.sign_in("passkey", **proof(await asked(usual), device))).json()
    assert (await claims_of(officer.doors, said["access_token"]))["acr"] == "2fa"
    still = (await refreshed(officer, said["refresh_token"])).json()["refresh_token"]  # it is there, and so it goes on
    async with officer.doors.whole.begin() as connection:  # as removal in the grace time leaves it
        for table in ("passkeys", "second_factors", "recovery_codes"):
            await connection.exec_driver_sql(f"delete from {table}")
    assert problem(await refreshed(officer, still)) == (400, "grant-refused")
    assert "access_token" in (await refreshed(usual, still)).json()  # where nobody must it goes on


async def test_who_must_have_a_factor_and_has_none_is_not_let_past_what_wants_it_fresh(
    officer: Staff, identity_doors: Doors
) -> None:
    for path in (f"{DOOR}/options", "/api/v1/people/me/second-factor"):
        body = {"password": officer.password}
        for claims in ({}, lately(), lately("pop", ago=603)):
            refused = await officer.posts(path, body, **claims)
            assert problem(refused) == (401, "insufficient-user-authentication")
        assert (await lax(officer, identity_doors).posts(path, body)).status_code == 200  # where nobody must
    assert (await challenge(officer)) != ""  # the way to one is the sign-in


async def test_the_last_factor_of_who_must_have_one_stays(officer: Staff, identity_doors: Doors) -> None:
    device, other = Device(officer.doors.issuer), Device(officer.doors.issuer)
    first = (await registered(lax(officer, identity_doors), device))["id"]  # before it was due
    paper = await officer.doors.rows("select * from recovery_codes order by hash")
    assert problem(await officer.posts(f"{DOOR}/{first}/removal", **lately("pop"))) == (409, "second-factor-kept")
    assert await officer.doors.rows("select * from recovery_codes order by hash") == paper
    second = (await registered(officer, other, **lately("pop")))["id"]
    assert (await officer.posts(f"{DOOR}/{first}/removal", **lately("pop"))).status_code == 204
    assert problem(await officer.posts(f"{DOOR}/{second}/removal", **lately("pop"))) == (409, "second-factor-kept")
    question = await officer.asks("", program=lately("pop"), password=officer.password)
    officer.secret = officer.secret_of(question)
    assert (await officer.asks("/proof", program=lately("pop"), code=fresh(officer.secret))).status_code == 200
    assert (await officer.posts(f"{DOOR}/{second}/removal", **lately("pop"))).status_code == 204
    assert problem(await officer.asks("/removal", code=officer.next_code())) == (409, "second-factor-kept")


async def test_at_our_page_they_are_told_where_to_take_one_over(officer: Staff) -> None:
    await admit(officer.doors, desk())
    form = {**hidden(await opened(officer.doors)), "login": "wang", "password": officer.password}
    answer = await sent(officer.doors, form)
    assert (answer.status_code, "必须开启第二步验证" in answer.text, "/static/passkeys.html" in answer.text) == (401, True, True)
    assert await officer.doors.rows("select 1 from authorization_codes") == []


async def test_new_paper_is_for_who_showed_a_second_factor_just_now(officer: Staff, identity_doors: Doors) -> None:
    before = (await registered(lax(officer, identity_doors), Device(officer.doors.issuer)))["recovery_codes"]
    assert problem(await officer.posts(f"{DOOR}/recovery-codes")) == (401, "insufficient-user-authentication")
    renewed = (await officer.posts(f"{DOOR}/recovery-codes", **lately("pop"))).json()["recovery_codes"]
    half = str((await officer.by_password()).json()["challenge"])
    assert problem(await officer.shows(half, before[0])) == (401, "second-factor-refused")
    assert (await officer.shows(half, renewed[0])).status_code == 200
    other = await employed(officer.doors, "li")
    assert problem(await other.posts(f"{DOOR}/recovery-codes", **lately("pop"))) == (409, "second-factor-missing")


def test_it_is_on_where_people_live_and_off_in_the_demo(every_door: dict[str, Doors]) -> None:
    settings = every_door["identity"].running.settings
    said = type(settings).model_fields
    assert (said["second_factor_roles"].default, said["second_factor_grace_days"].default) == ("admin,community_officer", 14)
    assert settings.second_factor_roles == ""  # ours, as the demo's
    base = yaml.safe_load((ROOT / "deploy/k8s/base/configmap.yaml").read_text())["data"]
    assert base["SECOND_FACTOR_ROLES"] == "admin,community_officer"
    for overlay, is_off in (("local", True), ("staging", False), ("production", False)):
        written = (ROOT / f"deploy/k8s/overlays/{overlay}/kustomization.yaml").read_text()
        assert ("/data/SECOND_FACTOR_ROLES" in written) == is_off


def test_a_role_nobody_has_is_no_policy(every_door: dict[str, Doors]) -> None:
    settings = every_door["identity"].running.settings
    with pytest.raises(ValidationError):
        type(settings)(**{**settings.model_dump(), "second_factor_roles": "admin,comunity_officer"})
