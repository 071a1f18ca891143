"""From where admins sign in: set by who would still be let in, obeyed at every door that gives a session."""

import asyncio
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.browser import hidden, led, opened
from builders.doors import Doors, keyed
from builders.factors import Staff, lately, problem
from builders.offices import enlisted, hears, serve, tree
from builders.programs import admit, desk
from builders.world import Person
from hypothesis import assume, given
from hypothesis import strategies as some

from contracts.area import Role
from services.identity.__main__ import operate
from services.identity.actions import refusals
from services.identity.domain.networks import NotANetwork, holds, normal

HERE, OFFICE, AWAY = "127.0.0.1", "203.0.113.9", "198.51.100.7"
COMMUNITY, DISTRICT, NEIGHBOUR = "510104.clx.guohuai", "510104", "510104.clx.jinxiu"
REFUSED = (403, "address-refused")


def somebody(role: Role = Role.ADMIN, area: str = COMMUNITY) -> Person:
    return Person(id=uuid4(), role=role, area=area)


async def staff(doors: Doors, whom: Person, login: str) -> Staff:
    await serve(doors, whom)
    await hears(doors, whom)
    return await enlisted(doors, whom, login)


@pytest.fixture
async def admin(identity_doors: Doors) -> Staff:
    """Who administers the community."""
    await tree(identity_doors)
    return await staff(identity_doors, somebody(), "admin-a")


async def change(who: Staff, networks: list[str], area: str = COMMUNITY, *, address: str = HERE, **claims: Any) -> httpx.Response:
    """Set a list, from such an address, after the second factor was shown."""
    body = {"area": area, "networks": networks}
    return await asked(who, "POST", address=address, json=body, **{**lately("otp"), **claims})


async def asked(who: Staff, method: str, *, address: str = HERE, **more: Any) -> httpx.Response:
    claims = {name: more.pop(name) for name in ("amr", "acr", "auth_time", "client_id", "scope") if name in more}
    with_token = who.doors.client(Person(id=_id(who)), **claims).headers["authorization"]
    transport = httpx.ASGITransport(who.doors.app, raise_app_exceptions=False, client=(address, 1))
    headers = {"authorization": with_token, **keyed()}
    async with httpx.AsyncClient(transport=transport, base_url=who.doors.issuer, headers=headers) as client:
        return await client.request(method, "/api/v1/admin-networks", **more)


def _id(who: Staff) -> Any:
    return UUID(who.person)


async def signs_in(who: Staff, address: str) -> httpx.Response:
    return await who.sign_in("password", address, login=who.login, password=who.password)


async def refreshed(who: Staff, token: str, address: str) -> httpx.Response:
    transport = httpx.ASGITransport(who.doors.entrance, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=who.doors.issuer) as client:
        return await client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token})


async def test_from_then_on_an_admin_signs_in_and_refreshes_from_there_alone(admin: Staff) -> None:
    before = (await signs_in(admin, AWAY)).json()["refresh_token"]
    assert (await change(admin, ["127.0.0.0/8", "203.0.113.0/24", "2001:db8::/32"])).status_code == 200
    assert problem(await signs_in(admin, AWAY)) == REFUSED
    assert problem(await refreshed(admin, before, AWAY)) == REFUSED
    for address in (OFFICE, "2001:db8::7", "::ffff:203.0.113.9"):
        assert (await signs_in(admin, address)).status_code == 200
    assert (await refreshed(admin, before, OFFICE)).status_code == 200  # the refused try used nothing up


async def test_a_refused_sign_in_leaves_no_session_and_is_counted_by_person(admin: Staff) -> None:
    await change(admin, ["127.0.0.0/8"])
    counted, running = refusals.tally_of(admin.doors.running), admin.doors.running
    counted.clear()
    transport = httpx.ASGITransport(refusals.Counted(admin.doors.app, running), client=(AWAY, 1))
    async with httpx.AsyncClient(transport=transport, base_url=admin.doors.issuer) as client:
        answer = await client.post("/sign-in/password", json={"login": admin.login, "password": admin.password})
    assert problem(answer) == REFUSED
    assert await admin.doors.rows("select 1 from refresh_tokens") == []
    assert [(one.status, one.person) for one in counted if one.operation == "sign_in_by_password"] == [(403, _id(admin))]


async def test_an_admin_shows_anew_who_they_are_after_twelve_hours_and_nobody_else_does(
    admin: Staff, later: Callable[..., None]
) -> None:
    officer = await staff(admin.doors, somebody(Role.COMMUNITY_OFFICER), "officer")
    tokens = {who.login: (await signs_in(who, HERE)).json()["refresh_token"] for who in (admin, officer)}
    for hours, good in ((11, True), (11.9, True), (12.1, False)):
        later(hours=hours)
        for who in (admin, officer):
            answer = await refreshed(who, tokens[who.login], HERE)
            assert answer.status_code == (200 if good or who is officer else 400), (who.login, hours)
            tokens[who.login] = answer.json().get("refresh_token", "")
    assert (await signs_in(admin, HERE)).status_code == 200


async def test_the_second_step_and_the_page_of_a_program_obey_as_well(admin: Staff) -> None:
    await admit(admin.doors, desk())
    await admin.take_over()
    await change(admin, ["203.0.113.0/24"], address=OFFICE)
    half = (await signs_in(admin, AWAY)).json()["challenge"]
    answer = await admin.sign_in("second-factor", AWAY, challenge=half, code=admin.next_code())
    assert problem(answer) == REFUSED
    page = hidden(await opened(admin.doors))
    for address, status in ((AWAY, 403), (OFFICE, 200)):
        sent = await at_the_page(admin, page, address, login=admin.login, password=admin.password)
        second = hidden(sent)
        sent = await at_the_page(admin, second, address, second_code=admin.next_code())
        assert sent.status_code in {status, 303 if status == 200 else status}
    assert led(sent)["code"]


async def at_the_page(who: Staff, page: dict[str, str], address: str, **form: str) -> httpx.Response:
    transport = httpx.ASGITransport(who.doors.app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=who.doors.issuer) as client:
        return await client.post("/oauth/sign-in", data={**page, **form}, headers={"origin": who.doors.issuer})


async def test_only_admins_of_the_area_and_of_what_lies_in_it_are_bound(admin: Staff) -> None:
    doors = admin.doors
    above, elsewhere = somebody(area=DISTRICT), somebody(area=NEIGHBOUR)
    others = [
        await staff(doors, above, "above"), await staff(doors, elsewhere, "elsewhere"),
        await staff(doors, somebody(Role.GRID_WORKER), "grid"),
    ]
    inside = await staff(doors, somebody(area=f"{COMMUNITY}.g03"), "inside")
    await change(admin, ["127.0.0.0/8"])
    assert [(await signs_in(one, AWAY)).status_code for one in others] == [200] * 3
    assert problem(await signs_in(inside, AWAY)) == REFUSED
    assert (await change(others[0], ["127.0.0.0/8"], DISTRICT)).status_code == 200
    assert [(await signs_in(one, AWAY)).status_code for one in others] == [403, 403, 200]
    async with doors.whole.begin() as connection:
        await connection.exec_driver_sql("update assignments set ends_at = now() where role = 'admin'")
    assert (await signs_in(admin, AWAY)).status_code == 200  # who administers nothing any more


async def test_who_changes_it_must_be_in_it(admin: Staff) -> None:
    assert problem(await change(admin, ["203.0.113.0/24"])) == (409, "own-address-missing")
    assert await admin.doors.rows("select 1 from admin_networks") == []
    assert (await change(admin, ["203.0.113.0/24"], address=OFFICE)).status_code == 200
    assert (await change(admin, [])).status_code == 200  # an empty list shuts out nobody
    assert await admin.doors.rows("select 1 from admin_networks") == []
    assert (await signs_in(admin, AWAY)).status_code == 200


async def test_it_wants_the_second_factor_anew_and_is_audited(admin: Staff) -> None:
    await admin.take_over()
    assert (await change(admin, ["127.0.0.0/8"], **lately("otp", ago=660))).status_code == 401
    assert (await change(admin, ["127.0.0.0/8"])).status_code == 200
    (row,) = await admin.doors.rows("select actor_id, subject, reason from audit where action = 'admin-networks.change'")
    assert (str(row.actor_id), row.subject, row.reason) == (admin.person, f"area/{COMMUNITY}", "127.0.0.0/8")


@pytest.mark.parametrize("networks", [
    ["203.0.113.9"], ["203.0.113.9/24"], ["203.0.113.0/33"], ["x/8"], ["fe80::%eth0/64"], [""], ["0/0"], ["010.0.0.0/8"],
    ["2001:db8::1/32"],
], ids=str)
async def test_what_is_no_network_changes_nothing(admin: Staff, networks: list[str]) -> None:
    assert problem(await change(admin, ["127.0.0.0/8", *networks])) == (422, "not-a-network")
    assert await admin.doors.rows("select 1 from admin_networks") == []


async def test_a_list_has_an_end(admin: Staff) -> None:
    many = ["127.0.0.0/8", *(f"10.0.{n}.0/24" for n in range(50))]
    assert (await change(admin, many)).status_code == 422
    assert (await change(admin, many[:50])).status_code == 200


async def test_nobody_sets_or_sees_the_list_of_elsewhere(admin: Staff) -> None:
    officer = await staff(admin.doors, somebody(Role.COMMUNITY_OFFICER), "officer")
    for area in (NEIGHBOUR, DISTRICT, "510104.nowhere"):
        assert (await change(admin, ["127.0.0.0/8"], area)).status_code == 404
        assert (await asked(admin, "GET", params={"area": area})).status_code == 404
    assert (await change(officer, ["127.0.0.0/8"])).status_code == 403
    assert (await asked(officer, "GET", params={"area": COMMUNITY})).status_code == 403
    assert (await change(admin, ["127.0.0.0/8"], client_id="desk", scope="openid")).status_code == 403


async def test_it_is_shown_with_the_address_one_comes_from(admin: Staff) -> None:
    await change(admin, ["203.0.113.0/24", "203.0.113.0/24"], address=OFFICE)
    said = (await asked(admin, "GET", params={"area": COMMUNITY}, address=OFFICE)).json()
    assert (said["address"], [one["networks"] for one in said["items"]]) == (OFFICE, [["203.0.113.0/24"]])


async def test_who_shut_themselves_out_is_let_in_by_an_operator(admin: Staff) -> None:
    await change(admin, ["203.0.113.0/24"], address=OFFICE)
    assert problem(await signs_in(admin, HERE)) == REFUSED
    said = await operate(admin.doors.running, ["networks", "clear", COMMUNITY, "--reason", "line changed"])
    assert said == [f"{COMMUNITY} has no list any more: its admins sign in from everywhere"]
    assert (await signs_in(admin, HERE)).status_code == 200
    (row,) = await admin.doors.rows("select actor_id, reason from audit where action = 'admin-networks.clear'")
    assert (row.actor_id, row.reason) == (None, "line changed")


async def test_of_twelve_changes_at_once_one_list_is_left_whole(admin: Staff) -> None:
    lists = [["127.0.0.0/8", f"10.0.{n}.0/24"] for n in range(12)]
    answers = await asyncio.gather(*(change(admin, one) for one in lists))
    assert {answer.status_code for answer in answers} == {200}
    (row,) = await admin.doors.rows("select networks from admin_networks")
    assert list(row.networks) in lists


@given(some.ip_addresses(), some.integers(0, 32))
def test_a_network_made_of_an_address_has_it(address: Any, prefix: int) -> None:
    assume(getattr(address, "ipv4_mapped", None) is None)  # such a one is an IPv4 address, and in its networks alone
    network = str(ip_network(f"{address}/{prefix}", strict=False))
    assert holds(normal([network]), str(address))


@given(some.text(max_size=20))
def test_whatever_is_said_is_a_network_or_refused(said: str) -> None:
    try:
        normal([said])
    except NotANetwork:
        return
    assert "/" in said
    assert not holds([], said)
