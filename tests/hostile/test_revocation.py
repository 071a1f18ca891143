"""What was taken from somebody is gone at every service, through the gateway: within five seconds of staff, sixty of residents."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.factors import fresh
from builders.faults import down, fetch
from builders.signing import sign_in
from builders.wire import until

from deploy.local.layout import Layout
from services.identity.actions.people import HASHER
from services.identity.domain import demo
from simulators.miniprogram import Client

pytestmark = pytest.mark.proof

STAFF, RESIDENTS = 5.0, 60.0  # seconds, CONVENTIONS 4
BY_ROLE = ("registrations", "bindings", "reports", "gates", "schedules", "anchors")  # of identity, reports, gate and health
BY_HOME = ("gates", "slots")
OWN = ("people/me", "reports", "gates", "slots", "notices")  # one of each service
ROOM = f"{demo.GUOHUAI}.g03.dgy1.b01.u1.r0101"


@pytest.fixture
async def admin(stack: Layout) -> AsyncIterator[Client]:
    """Whoever administers the district."""
    async with Client(stack.origin) as client:
        yield await client.sign_in_by_password("admin", demo.PASSWORD)


@pytest.fixture
async def somebody(stack: Layout) -> AsyncIterator[Client]:
    """Somebody new with a password, who serves and lives nowhere."""
    person, login = uuid4(), f"leaver-{uuid4()}"
    made = "insert into people (id, created_at, login, password_hash) values ($1, now(), $2, $3)"
    await fetch(stack, "identity", made, person, login, HASHER.hash(demo.PASSWORD))
    async with Client(stack.origin) as client:
        yield await client.sign_in_by_password(login, demo.PASSWORD)
    await fetch(stack, "identity", "update people set login = null, password_hash = null where id = $1", person)


async def role(admin: Client, person: Client, which: str = "community_officer", area: str = demo.GUOHUAI) -> str:
    said = {"person_id": person.person, "role": which, "area": area, "display_name": "临时"}
    return str((await admin.post("/api/v1/assignments", said))["id"])


def sees(client: Client, *lists: str) -> Callable[[], Awaitable[bool]]:
    """Whether every one of these lists shows something."""

    async def all_of_them() -> bool:
        return all([(await client.get(f"/api/v1/{one}"))["items"] for one in lists])

    return all_of_them


def blind(client: Client, *lists: str) -> Callable[[], Awaitable[bool]]:
    async def none_of_them() -> bool:
        return not any([(await client.get(f"/api/v1/{one}"))["items"] for one in lists])

    return none_of_them


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began <= seconds


async def opens(client: Client, gate: str) -> Any:
    where, key = f"/api/v1/gates/{gate}/commands", {"idempotency-key": str(uuid4())}
    return await client.http.post(where, json={"reason": "visitor"}, headers=key)


async def test_a12_a_role_that_is_taken_away_opens_and_shows_nothing_anywhere(
    stack: Layout, admin: Client, somebody: Client
) -> None:
    assert await blind(somebody, *BY_ROLE)()
    held = await role(admin, somebody)
    await until(sees(somebody, "bindings", "reports", "gates", "schedules"), 10)
    gate = (await somebody.get("/api/v1/gates"))["items"][0]["id"]
    assert (await opens(somebody, gate)).is_success
    async with within(STAFF):
        await admin.post(f"/api/v1/assignments/{held}/ending")
        await until(blind(somebody, *BY_ROLE), STAFF)
    assert (await opens(somebody, gate)).status_code == 404
    assert (await somebody.get("/api/v1/people/me"))["roles"] == []  # the token is good, the role is gone


async def test_who_has_moved_out_sees_nothing_of_the_place(stack: Layout, somebody: Client) -> None:
    async with Client(stack.origin) as officer:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        said = {"person_id": somebody.person, "room": ROOM, "kind": "tenant"}
        bound = (await officer.post("/api/v1/bindings", said))["id"]
        await somebody.post(f"/api/v1/bindings/{bound}/agreement")
        await until(sees(somebody, *BY_HOME), 10)
        async with within(RESIDENTS):
            await officer.post(f"/api/v1/bindings/{bound}/ending")
            await until(blind(somebody, *BY_HOME), RESIDENTS)


async def test_a13_a_stay_ends_everywhere_at_its_moment_while_no_worker_of_identity_runs(stack: Layout) -> None:
    """An owner invites somebody until so soon; nobody does anything then, and no job and no event of identity's comes."""
    owner, guest = f"136{time.time_ns() // 1000 % 10**8:08d}", f"135{time.time_ns() // 1000 % 10**8:08d}"
    async with Client(stack.origin) as host, Client(stack.origin) as officer, Client(stack.origin) as tenant:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        await sign_in(host, owner)
        await sign_in(tenant, guest)
        own = (await officer.post("/api/v1/bindings", {"person_id": host.person, "room": ROOM, "kind": "owner"}))["id"]
        await host.post(f"/api/v1/bindings/{own}/agreement")
        over = datetime.now(UTC) + timedelta(seconds=25)
        wish = {"binding_id": own, "kind": "tenant", "ends_at": over.isoformat()}
        made = await host.post("/api/v1/invitations", wish)
        stay = await tenant.post("/api/v1/invitations/acceptance", {"code": made["code"]})
        await until(sees(tenant, *BY_HOME), 10)

        async def household() -> bool:
            return 3 in (await tenant.get("/api/v1/people/me"))["levels"]

        async def gone() -> bool:
            return await blind(tenant, *BY_HOME)() and not await household()

        async with down(stack, "identity-worker"):
            await asyncio.sleep(max(0.0, (over - datetime.now(UTC)).total_seconds() - 5))
            assert await household()
            assert await sees(tenant, *BY_HOME)()
            await asyncio.sleep(max(0.0, (over - datetime.now(UTC)).total_seconds()))
            await until(gone, 5)
        ended = await host.http.post(f"/api/v1/invitations/{made['id']}/ending", headers={"idempotency-key": str(uuid4())})
        assert ended.json()["type"].endswith("/ended-already")
        assert (await tenant.http.post(f"/api/v1/bindings/{stay['id']}/leaving")).json()["type"].endswith("/ended-already")
        await host.post(f"/api/v1/bindings/{own}/leaving")
        async with within(RESIDENTS):
            await until(blind(host, *BY_HOME), RESIDENTS)


async def test_who_is_signed_out_everywhere_is_refused_everywhere_and_hears_nothing_more(
    stack: Layout, admin: Client, somebody: Client
) -> None:
    await role(admin, somebody, "grid_worker", f"{demo.GUOHUAI}.g02")
    for one in OWN:
        await somebody.get(f"/api/v1/{one}")

    async def refused() -> bool:
        answers = [await somebody.http.get(f"/api/v1/{one}") for one in (*OWN, "live")]
        return all(answer.status_code == 401 and "invalid_token" in answer.headers["www-authenticate"] for answer in answers)

    async with somebody.live() as hints, within(STAFF + 1):  # the second is the streams' own look
        answer = await admin.http.post(f"/api/v1/people/{somebody.person}/revocation", json={"reason": "stolen"})
        assert answer.status_code == 204, answer.text
        await until(refused, STAFF)
        assert {hint.event async for hint in hints} <= {"notify.notice_added.v1"}  # it ends; what it was told is their own

    async def told() -> bool:
        return bool(await fetch(stack, "notify", "select 1 from notices where person_id = $1 and template = 'person-signed-out'",
                                UUID(str(somebody.person))))

    await until(told, 10)


async def test_with_a_dead_feed_what_must_be_refused_is_refused(stack: Layout, admin: Client, somebody: Client) -> None:
    held, boss = await role(admin, somebody), await role(admin, somebody, "admin")

    async def known() -> bool:
        return {one["role"] for one in (await somebody.get("/api/v1/people/me"))["roles"]} == {"community_officer", "admin"}

    await until(known, 10)
    await until(sees(somebody, "gates"), 10)
    gate = (await somebody.get("/api/v1/gates"))["items"][0]["id"]
    async with down(stack, "identity-worker"):
        for one in (held, boss):
            await admin.post(f"/api/v1/assignments/{one}/ending")
        said = {"person_id": str(demo.stable("staff hut")), "role": "guard", "area": demo.GUOHUAI, "display_name": "临时"}
        key = {"idempotency-key": str(uuid4())}
        given = await somebody.http.post("/api/v1/assignments", json=said, headers=key)
        assert (given.status_code, given.json()["type"].rpartition("/")[2]) == (403, "beyond-ones-own")  # at once: it has the truth
        out = await somebody.http.post(f"/api/v1/people/{demo.stable('staff grid2')}/revocation", json={"reason": "stolen"})
        assert out.status_code == 404

        async def stale() -> bool:
            answer = await opens(somebody, gate)
            return answer.status_code == 503 and str(answer.json()["type"]).endswith("/directory-stale")

        await until(stale, STAFF + 2)
        for _ in range(10):
            assert await stale()
        dangerous = await somebody.http.post(
            "/api/v1/anchors", headers={"idempotency-key": str(uuid4())},
            json={"area": demo.GUOHUAI, "name": "某处", "asset": None, "place": {"lat": 30.6, "lng": 104.1, "crs": "wgs84"}},
        )
        assert not dangerous.is_success

    async def gone() -> bool:
        return (await opens(somebody, gate)).status_code == 404

    await until(gone, 30)


async def theirs(client: Client) -> dict[str, Any]:
    """The emergency they took."""
    items = (await client.get("/api/v1/emergencies"))["items"]
    return next(one for one in items if one["person_id"] == client.person)


async def takes(client: Client, area: str) -> httpx.Response:
    said = {"role": "guard", "area": area, "reason": "gate-failure"}
    return await client.http.post("/api/v1/emergencies", json=said, headers={"idempotency-key": str(uuid4())})


def gives(ask: Callable[[], Awaitable[httpx.Response]], *statuses: int) -> Callable[[], Awaitable[bool]]:
    """Whether it is answered so by now."""

    async def it_does() -> bool:
        return (await ask()).status_code in statuses

    return it_does


async def test_an_emergency_opens_a_gate_until_it_ends_and_the_other_admins_know(
    stack: Layout, admin: Client, somebody: Client
) -> None:
    """Over all services, as it is: the gate obeys by the directory it has."""
    await role(admin, somebody, "admin", demo.GUOHUAI)
    factor, yard = "/api/v1/people/me/second-factor", f"{demo.GUOHUAI}.g03.dgy1"
    secret = base64.b32decode((await somebody.post(factor, {"password": demo.PASSWORD}))["secret"])
    await somebody.post(f"{factor}/proof", {"code": fresh(secret)})
    (gate,) = await fetch(stack, "gate", "select id from gates where area <@ text2ltree($1) limit 1", yard)
    opening, taking = partial(opens, somebody, str(gate["id"])), partial(takes, somebody, yard)
    await until(gives(taking, 401), 10)
    assert await gives(opening, 403, 404)()
    stepped = (await somebody.http.post("/sign-in/step-up", json={"code": fresh(secret, 1)})).json()["access_token"]
    somebody.http.headers["authorization"] = f"Bearer {stepped}"
    await until(gives(taking, 201), 10)
    await until(gives(opening, 200, 201, 202), 10)
    assert (await taking()).json()["type"].endswith("/review-awaited")
    held = await theirs(somebody)
    (why,) = (await somebody.get("/api/v1/people/me/explanations", act="gate.open", area=yard))["items"]
    assert (why["basis"], why["reason"], "紧急授权" in why["text"]) == ("emergency", "gate-failure", True)
    async with within(STAFF):
        assert (await somebody.http.post(f"/api/v1/emergencies/{held['id']}/ending")).is_success
        await until(gives(opening, 403, 404), STAFF)
    for one in ("emergency-begun", "emergency-to-review"):
        asked = "select 1 from notices where person_id = $1 and template = $2"
        await until(partial(fetch, stack, "notify", asked, demo.stable("staff admin"), one), 20)
    assert (await admin.http.post(f"/api/v1/emergencies/{held['id']}/review", json={"finding": "justified"})).is_success


async def test_what_a_running_process_refuses_is_counted(stack: Layout, admin: Client, somebody: Client) -> None:
    await role(admin, somebody, "guard", f"{demo.GUOHUAI}.g03.dgy1")

    async def refused() -> bool:
        said = {"person_id": str(uuid4()), "role": "guard", "area": f"{demo.GUOHUAI}.g03.dgy1", "display_name": "某"}
        answer = await somebody.http.post("/api/v1/assignments", json=said, headers={"idempotency-key": str(uuid4())})
        return answer.status_code == 403

    await until(refused, 10)

    async def counted() -> bool:
        found = (await admin.get("/api/v1/refusals", limit=100))["items"]
        return any((one["person_id"], one["operation"], one["status"]) == (somebody.person, "grant_assignment", 403) for one in found)

    await until(counted, 15)
