"""Being forgotten: seven days to think it over, every service asked whether to wait, every service erasing, a register."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors
from builders.factors import code_of, employed, lately, problem
from builders.privacy import ME, Owner, by_clock, registered, settled
from builders.world import ADMIN, FAR_OFFICER, LONG_AGO, OFFICER, ROOM, STRANGER, Person
from sqlalchemy import text

from chassis import bus, directory
from chassis.testing import arrived
from contracts.area import Role
from contracts.event import EVENTS
from contracts.identity import AssignmentChanged, ErasureRequested
from contracts.part import PARTS
from services.identity.actions import assignments, erasures, places
from services.identity.consumers import parts
from services.identity.domain.erasure import Erasure, State, due_on

Later = Callable[..., None]


@pytest.fixture
async def owner(identity_doors: Doors) -> Owner:
    return await registered(identity_doors)


async def register(doors: Doors, who: Person, **asked: Any) -> httpx.Response:
    async with doors.client(who, **by_clock(doors)) as client:
        return await client.get("/api/v1/erasures", params=asked)


def test_the_term_is_fifteen_days_on_which_people_work() -> None:
    assert due_on(datetime(2026, 3, 2, 3, tzinfo=UTC)) == date(2026, 3, 23)
    assert due_on(datetime(2026, 9, 22, 17, tzinfo=UTC)) == date(2026, 10, 21)  # asked on the 23rd there, before seven days off
    asked = Erasure.ask(uuid4(), uuid4(), None, at=datetime(2026, 3, 2, 3, tzinfo=UTC))
    assert not asked.is_overdue(datetime(2026, 3, 23, 15, 59, tzinfo=UTC))
    assert asked.is_overdue(datetime(2026, 3, 23, 16, tzinfo=UTC))
    asked.state = State.CLOSED
    assert not asked.is_overdue(datetime(2027, 1, 1, tzinfo=UTC))


async def test_it_wants_a_code_that_was_sent_for_this_alone(owner: Owner) -> None:
    assert problem(await owner.sends("POST", "/erasure", {})) == (401, "proof-wanted")
    proof = await owner.proof()
    async with owner.doors.client() as stranger:
        other = (await stranger.post("/sign-in/code", json={"phone": owner.phone})).json()["challenge_id"]
        signs_in = await stranger.post("/sign-in/phone", json={**proof, "phone": owner.phone})
    assert problem(signs_in) == (401, "code-refused")  # nor does it sign anybody in
    another = f"{(int(proof['code']) + 1) % 10**6:06d}"
    for wrong in ({**proof, "challenge_id": other}, {**proof, "code": another}, {"password": "x"}):
        assert problem(await owner.sends("POST", "/erasure", wrong))[0] == 401
    assert await owner.doors.rows("select 1 from erasures") == []
    assert (await owner.sends("POST", "/erasure", proof)).status_code == 201
    assert problem(await owner.sends("POST", "/erasure", proof))[0] == 401  # once


async def test_a_code_of_somebody_elses_phone_is_no_proof(identity_doors: Doors, owner: Owner) -> None:
    thief = await registered(identity_doors, "13900139000")
    assert problem(await owner.sends("POST", "/erasure", await thief.proof())) == (401, "code-refused")
    assert await identity_doors.rows("select 1 from erasures") == []


async def test_who_has_a_second_factor_shows_that_and_who_has_a_password_alone_shows_it(identity_doors: Doors) -> None:
    staff = await employed(identity_doors)
    assert problem(await staff.posts(f"{ME}/proof-code")) == (409, "phone-missing")
    assert problem(await staff.posts(f"{ME}/erasure", {"password": "wrong"})) == (401, "password-refused")
    assert (await staff.posts(f"{ME}/erasure", {"password": staff.password})).status_code == 201
    assert (await staff.posts(f"{ME}/erasure/withdrawal")).status_code == 200
    await staff.take_over()
    answer = await staff.posts(f"{ME}/erasure", {"password": staff.password}, **lately("otp", ago=603))
    assert problem(answer) == (401, "insufficient-user-authentication")
    assert 'max_age="600"' in answer.headers["www-authenticate"]
    assert (await staff.posts(f"{ME}/erasure", {}, **lately("otp"))).status_code == 201


async def test_for_seven_days_nothing_happens_and_it_can_be_taken_back(owner: Owner, later: Later) -> None:
    key = await owner.asks_to_be_forgotten()
    assert problem(await owner.sends("POST", "/erasure", await owner.proof())) == (409, "erasure-there")
    later(days=6, hours=23)
    await erasures.look_all(owner.doors.running)
    shown = (await owner.sends("GET", "/erasure")).json()
    assert (shown["id"], shown["state"], shown["reasons"]) == (str(key), "cooling", [])
    assert (await owner.sends("POST", "/erasure/withdrawal")).json()["state"] == "withdrawn"
    later(days=30)
    await erasures.look_all(owner.doors.running)
    assert await owner.doors.said() == ["identity.person_registered.v1", "identity.erasure_asked.v1"]
    for method, path in (("GET", "/erasure"), ("POST", "/erasure/withdrawal")):
        assert problem(await owner.sends(method, path)) == (404, "erasure-not-there")
    assert (await owner.sends("POST", "/erasure", await owner.proof())).status_code == 201  # asked anew, thought over anew


async def test_twelve_wishes_at_once_are_one_and_so_are_twelve_changes_of_mind(owner: Owner) -> None:
    proof = await owner.proof()
    answers = await asyncio.gather(*(owner.sends("POST", "/erasure", proof) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [201] + [401] * 11
    taken = await asyncio.gather(*(owner.sends("POST", "/erasure/withdrawal") for _ in range(12)))
    assert {one.status_code for one in taken} <= {200, 404}
    assert len(await owner.doors.rows("select 1 from audit where action = 'erasures.withdraw'")) == 1


async def test_after_seven_days_every_service_is_asked_and_one_reason_keeps_all_of_it(owner: Owner, later: Later) -> None:
    await owner.asks_to_be_forgotten()
    later(days=7, minutes=1)
    look = await owner.look()
    for service in PARTS:
        assert await owner.state() == "looking"
        more = {"state": "held", "reason": "open-whistle"} if service == "reports" else {}
        await settled(owner.doors, service, look, "look", **more)
    shown = (await owner.sends("GET", "/erasure")).json()
    assert (shown["state"], shown["reasons"]) == ("held", [{"service": "reports", "reason": "open-whistle"}])
    assert await owner.look() == look  # not asked again today
    later(days=8, minutes=2)
    again = await owner.look()
    assert again != look
    for service in PARTS:  # what is said of yesterday's look means nothing today
        await settled(owner.doors, service, look, "look")
    assert await owner.state() == "looking"
    for service in PARTS:
        await settled(owner.doors, service, again, "look")
    assert await owner.state() == "erasing"


async def test_it_can_be_taken_back_until_it_begins_and_then_no_more(owner: Owner, later: Later) -> None:
    await owner.asks_to_be_forgotten()
    later(days=8)
    look = await owner.look()
    assert (await owner.sends("POST", "/erasure/withdrawal")).status_code == 200
    for service in PARTS:
        await settled(owner.doors, service, look, "look")
    assert (await owner.state(), "identity.erasure_requested.v1" in await owner.doors.said()) == ("withdrawn", False)
    await owner.asks_to_be_forgotten()
    later(days=16)
    await owner.looked()
    assert problem(await owner.sends("POST", "/erasure/withdrawal")) == (409, "erasure-begun")
    assert await owner.state() == "erasing"


async def test_a_change_of_mind_and_the_last_look_at_once_have_one_winner(identity_doors: Doors, later: Later) -> None:
    for n in range(6):
        later()
        owner = await registered(identity_doors, f"1370000000{n}")
        await owner.asks_to_be_forgotten()
        later(days=8)
        look = await owner.look()
        for service in PARTS[1:]:
            await settled(identity_doors, service, look, "look")
        taken, _ = await asyncio.gather(
            owner.sends("POST", "/erasure/withdrawal"), settled(identity_doors, PARTS[0], look, "look")
        )
        state = await owner.state()
        assert (taken.status_code == 200) == (state == "withdrawn"), (taken.text, state)
        known = await identity_doors.rows("select 1 from contacts where person_id = :id", id=owner.id)
        assert bool(known) == (state == "withdrawn")


async def test_as_it_begins_nobody_signs_in_as_them_and_the_phone_is_somebody_new(owner: Owner, later: Later) -> None:
    await owner.asks_to_be_forgotten()
    later(days=8)
    await owner.looked()
    said = await owner.doors.said()
    assert {"identity.erasure_requested.v1", "identity.access_revoked.v1"} <= set(said)
    for table in ("contacts", "refresh_tokens", "person_keys", "codes"):
        assert await owner.doors.rows(f"select 1 from {table}") == [], table
    async with owner.doors.client() as phone:
        challenge = (await phone.post("/sign-in/code", json={"phone": owner.phone})).json()["challenge_id"]
        proof = {"challenge_id": challenge, "phone": owner.phone, "code": await code_of(owner.doors, challenge)}
        made = (await phone.post("/sign-in/phone", json=proof)).json()
    assert (made["is_new"], made["person_id"] != str(owner.id)) == (True, True)


async def test_it_is_closed_when_every_service_has_erased_whatever_comes_twice_or_at_once(owner: Owner, later: Later) -> None:
    key = await owner.asks_to_be_forgotten()
    later(days=8)
    await owner.looked()
    listening = next(one for one in owner.doors.running.service.consumers if one.queue == "identity.privacy")
    asked = arrived(ErasureRequested(erasure_id=key, person_id=owner.id), datetime.now(UTC))
    for _ in range(2):
        await bus.handle(owner.doors.running.database, listening, asked)
    assert (await owner.doors.said()).count("identity.part_settled.v1") == 1
    for service in PARTS[:-2]:
        twice = uuid4()
        for _ in range(2):
            await settled(owner.doors, service, key, "erase", count=3, event_id=twice)
        await settled(owner.doors, service, key, "erase", count=0)  # its worker was killed, and did it again
    assert await owner.state() == "erasing"
    shown = (await register(owner.doors, ADMIN)).json()["items"][0]
    assert (shown["missing"], shown["parts"]["reports"]["count"]) == (list(PARTS[-2:]), 3)
    await both_at_once(owner.doors, key)
    assert await owner.state() == "closed"
    shown = (await register(owner.doors, ADMIN)).json()["items"][0]
    assert (shown["state"], shown["missing"], sorted(shown["parts"])) == ("closed", [], sorted(PARTS))


async def both_at_once(doors: Doors, key: UUID) -> None:
    """The last two answer while neither sees what the other one says."""
    one, other = PARTS[-2:]
    async with doors.running.database.work() as work:
        event = EVENTS[f"{one}.part_settled.v1"].model_validate({"request_id": key, "act": "erase", "state": "done"})
        await parts.handlers[event.topic](event, work)
        coming = asyncio.create_task(settled(doors, other, key, "erase"))
        await asyncio.wait({coming}, timeout=0.5)
        await doors.running.database.commit(work)
    await coming


async def test_who_serves_is_forgotten_once_they_serve_no_more(identity_doors: Doors) -> None:
    staff = await employed(identity_doors)

    async def grant(work: Any) -> None:
        await places.add_area(work, by=None, path="510104", kind="district", name="x")
        await assignments.grant(
            work, by=None, person=UUID(staff.person), role=Role.GRID_WORKER, area="510104", unit=None, display_name="王芳"
        )

    await identity_doors.running.database.do(grant)
    async with identity_doors.running.database.reading() as work:
        assert await erasures.serves(work, UUID(staff.person)) == "serves"
        assert await erasures.serves(work, uuid4()) is None


async def test_the_register_is_for_who_watches_over_it_where_the_person_lived(owner: Owner, later: Later) -> None:
    doors = owner.doors
    async with doors.whole.begin() as connection:
        columns = "id, person_id, area, kind, starts_at, agreement, agreed_at"
        lives = f"insert into bindings ({columns}) values (:key, :id, cast(:room as ltree), 'owner', now(), 'operator', now())"
        await connection.execute(text(lives), {"key": uuid4(), "id": owner.id, "room": ROOM})
    key = await owner.asks_to_be_forgotten()
    nowhere = await registered(doors, "13900000001")
    lost = await nowhere.asks_to_be_forgotten()
    assert {one["id"] for one in (await register(doors, ADMIN)).json()["items"]} == {str(key), str(lost)}
    far = Person(role=Role.AUDITOR, area="510104.clx.jinxiu")
    listening = directory.consumers("identity")
    said = AssignmentChanged(
        area=str(far.area), assignment_id=uuid4(), person_id=far.id, role=Role.AUDITOR, display_name="某某", starts_at=LONG_AGO
    )
    await bus.handle(doors.running.database, listening, arrived(said, LONG_AGO + timedelta(days=1)))
    assert [one["id"] for one in (await register(doors, far)).json()["items"]] == [str(lost)]
    for who in (STRANGER, OFFICER, FAR_OFFICER):
        assert (await register(doors, who)).json()["items"] == []
    async with doors.client() as nobody:
        assert (await nobody.get("/api/v1/erasures")).status_code == 401


async def test_what_is_overdue_is_in_the_register_the_metric_and_the_log(
    owner: Owner, later: Later, caplog: pytest.LogCaptureFixture
) -> None:
    key = await owner.asks_to_be_forgotten()
    await erasures.watch(owner.doors.running)
    assert erasures.OVERDUE._value.get() == 0
    later(days=40)
    await erasures.watch(owner.doors.running)
    assert erasures.OVERDUE._value.get() == 1
    (said,) = [one for one in caplog.records if one.getMessage() == "an erasure is overdue"]
    assert (said.facts["erasure"], str(owner.id) in str(said.facts)) == (str(key), False)  # type: ignore[attr-defined]
    (line,) = (await register(owner.doors, ADMIN, open=True)).json()["items"]
    assert (line["overdue"], line["age_days"]) == (True, 40)


async def test_two_workers_ask_the_services_once(owner: Owner, later: Later) -> None:
    await owner.asks_to_be_forgotten()
    later(days=8)
    async with owner.doors.running.database.work() as first:
        assert await erasures.look_one(first)
        await first.session.flush()
        assert not await asyncio.wait_for(owner.doors.running.database.do(erasures.look_one), 3)
        await owner.doors.running.database.commit(first)
    await asyncio.gather(*(erasures.look_all(owner.doors.running) for _ in range(12)))
    assert (await owner.doors.said()).count("identity.erasure_proposed.v1") == 1

