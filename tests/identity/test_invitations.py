"""An owner invites by a code that they hand over: nobody is named, nobody is looked up, and it is good once."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.family import Family, given, settle
from builders.invitations import DOOR, Home, ahead, settled, strangers
from builders.phones import forgotten
from builders.world import GRID, NEXT_ROOM, OFFICER, OTHER_GRID, ROOM
from identity.test_guardians import looked_at

from services.identity.domain.proxies import PROGRAM

Later = Callable[..., None]
_LETTERS = set("23456789ABCDEFGHJKMNPQRSTUVWXYZ")


@pytest.fixture
async def home(identity_doors: Doors) -> Home:
    return await settled(identity_doors)


async def heard(home: Home, topic: str) -> list[dict[str, Any]]:
    rows = await home.doors.rows("select body from outbox where topic = :topic order by pos", topic=f"identity.{topic}.v1")
    return [json.loads(bytes(row.body)) for row in rows]


async def test_who_has_the_code_belongs_there_at_once_and_nobody_is_named(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = await home.invited()
    code = made["code"]
    assert (len(code), set(code) <= _LETTERS, made["state"]) == (10, True, "open")
    answer = await home.accepts(f" {code[:5].lower()}-{code[5:]} ")
    assert (answer.status_code, answer.json()["agreement"], answer.json()["kind"]) == (200, "owner", "tenant")
    assert answer.json()["ends_at"][:19] == made["ends_at"][:19]
    assert await home.rooms(home.guest) == [ROOM]
    [kept] = await home.doors.rows("select * from bindings where agreement = 'owner'")
    assert (kept.approved_by, kept.agreed_by, kept.starts_at) == (home.owner.id, home.guest.id, kept.agreed_at)
    assert (await home.doors.said())[-2:] == ["identity.binding_changed.v1", "identity.invitation_accepted.v1"]
    [told] = await heard(home, "invitation_accepted")
    assert told == {"invitation_id": made["id"], "owner_id": str(home.owner.id), "binding_id": str(kept.id)}
    [seen] = await home.listed(home.owner)
    assert (seen["state"], seen["stays_until"], seen["binding_id"]) == ("taken", seen["ends_at"], str(kept.id))
    assert str(home.guest.id) not in json.dumps(seen)
    async with home.doors.client(GRID) as client:
        assert str(kept.id) in {one["id"] for one in (await client.get("/api/v1/bindings")).json()["items"]}
    everything = [
        str(dict(row._mapping)) for table in ("invitations", "audit", "outbox", "bindings", "invitation_tries", "stream")
        for row in await home.doors.rows(f"select * from {table}")
    ]
    assert code not in "\n".join([*everything, caplog.text])


async def test_its_answer_is_kept_by_no_cache_and_its_acceptance_under_no_key(home: Home) -> None:
    answer = await home.invites()
    assert answer.headers["cache-control"] == "no-store"
    before = len(await home.doors.rows("select 1 from idempotency"))
    assert (await home.accepts(answer.json()["code"])).status_code == 200
    assert len(await home.doors.rows("select 1 from idempotency")) == before, "its bare hash would be found in no time"


async def test_only_an_owner_whose_home_is_agreed_to_and_holds_invites(home: Home) -> None:
    doors = home.doors
    for other, kind in zip(await strangers(doors, 2), ("tenant", "family"), strict=True):
        mine = await home.binds(other.id, kind)
        assert problem(await home.invites(other, binding_id=str(mine))) == (403, "not-the-owner")
    for stranger in (home.guest, OTHER_GRID):
        assert problem(await home.invites(stranger)) == (404, "not-found")
    for staff in (GRID, OFFICER):
        assert problem(await home.invites(staff)) == (403, "not-allowed-here")
    async with doors.client(GRID) as client:
        body = {"person_id": str(home.guest.id), "room": NEXT_ROOM, "kind": "owner"}
        asked = await client.post("/api/v1/bindings", json=body, headers=keyed())
    assert problem(await home.invites(home.guest, binding_id=asked.json()["id"])) == (403, "not-the-owner")
    assert (await home.bindings(GRID, f"{home.binding}/ending")).status_code == 200
    assert problem(await home.invites()) == (403, "not-the-owner")
    assert await doors.rows("select 1 from invitations") == []


async def test_nobody_does_it_for_another_nor_for_a_child(identity_doors: Doors) -> None:
    family: Family = await settle(identity_doors)
    await given(identity_doors, family)
    acting = {"act": {"sub": str(family.daughter.id)}, "client_id": PROGRAM, "scope": "reports.file reports.read"}
    async with identity_doors.client(family.mother, **acting) as client:
        for path, body in (
            ("", {"binding_id": str(family.binding), "kind": "family"}), ("/acceptance", {"code": "2222222222"}),
            (f"/{family.binding}/withdrawal", None), (f"/{family.binding}/ending", None),
        ):
            answer = await client.post(f"{DOOR}{path}", json=body, headers=keyed())
            assert problem(answer) == (403, "scope-missing")
        assert problem(await client.get(DOOR)) == (403, "scope-missing")
        left = await client.post(f"/api/v1/bindings/{family.binding}/leaving")
        assert problem(left) == (403, "scope-missing")
    await looked_at(identity_doors, family)
    home = Home(identity_doors, family.child, family.binding, family.child)
    assert problem(await home.accepts("2222222222")) == (409, "guardian-acts")
    mine = await home.binds(family.child.id, "owner", ROOM)
    assert problem(await home.invites(binding_id=str(mine))) == (409, "guardian-acts")
    assert problem(await home.bindings(family.child, f"{mine}/leaving")) == (409, "guardian-acts")


@pytest.mark.parametrize(("kind", "ends_at", "is_fit"), [
    ("tenant", None, False), ("family", None, True),
    ("tenant", {"days": 1096, "minutes": -1}, True), ("tenant", {"days": 1097}, False),
    ("family", {"days": 1097}, False), ("family", {"days": 1}, True), ("tenant", {"seconds": -1}, False),
    ("helper", None, False), ("helper", {"days": 366, "minutes": -1}, True), ("helper", {"days": 367}, False),
    ("family", {"days": -700_000}, False), ("family", {"days": 2_000_000}, False),
], ids=str)
async def test_a_tenants_stay_has_an_end_of_three_years_at_most_and_a_helpers_of_one(
    home: Home, kind: str, ends_at: dict[str, int] | None, is_fit: bool
) -> None:
    answer = await home.invites(kind=kind, ends_at=ahead(**ends_at) if ends_at else None)
    assert (answer.status_code == 201) == is_fit, answer.text
    if not is_fit:
        assert problem(answer) == (422, "invitation-dates-unfit")


@pytest.mark.parametrize("body", [
    {"kind": "owner"}, {"kind": "guest"}, {"ends_at": "2027-01-01T00:00:00"}, {"ends_at": "2027-01-01"},
    {"phone": "13900000002"}, {"binding_id": "x"},
    {"ends_at": "9999-12-31T23:59:59-14:00"}, {"ends_at": "0001-01-01T00:00:00+14:00"},
], ids=str)
async def test_what_is_no_invitation_is_refused(home: Home, body: dict[str, Any]) -> None:
    assert (await home.invites(**body)).status_code == 422
    assert await home.doors.rows("select 1 from invitations") == []


async def test_five_wait_in_a_room_and_ten_a_day_whoever_makes_them_at_once(home: Home, later: Later) -> None:
    heirs = await strangers(home.doors, 7)  # what waits is the room's, whichever of its owners makes it
    makers = [(home.owner, home.binding), *[(one, await home.binds(one.id, "owner")) for one in heirs]]
    await home.crowded()
    answers = await asyncio.gather(*(home.invites(who, binding_id=str(own)) for who, own in makers * 2))
    assert sorted(one.status_code for one in answers) == [201] * 5 + [409] * 11
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "invitations-open")}
    made = [one.json()["id"] for one in answers if one.status_code == 201]
    for key in made:
        assert (await home.posts(home.owner, f"/{key}/withdrawal")).json()["state"] == "withdrawn"
    [mine] = await home.doors.rows("select count(*) as n from invitations where owner_id = :who", who=home.owner.id)
    for _ in range(10 - mine.n):
        await home.posts(home.owner, f"/{(await home.invited())['id']}/withdrawal")
    refused = await home.invites()
    assert (problem(refused), int(refused.headers["retry-after"]) > 80_000) == ((429, "invitations-too-often"), True)
    later(days=1, minutes=1)
    assert (await home.invites()).status_code == 201


async def _moved_out(home: Home) -> None:
    assert (await home.bindings(home.owner, f"{home.binding}/leaving")).status_code == 200


async def _ended_by_staff(home: Home) -> None:
    assert (await home.bindings(GRID, f"{home.binding}/ending")).status_code == 200


async def _forgotten(home: Home) -> None:
    await forgotten(home.doors, str(home.owner.id))


async def _no_owner_any_more(home: Home) -> None:
    async with home.doors.whole.begin() as connection:
        await connection.exec_driver_sql("update bindings set kind = 'tenant'")


async def _without_a_key(home: Home) -> None:
    """As if they had been forgotten in another way than by the row of the invitation."""
    async with home.doors.whole.begin() as connection:
        await connection.exec_driver_sql("delete from person_keys where person_id in (select owner_id from invitations)")


@pytest.mark.parametrize(
    "happens", [_moved_out, _ended_by_staff, _forgotten, _no_owner_any_more, _without_a_key], ids=lambda one: one.__name__
)
async def test_who_owns_the_room_no_more_lets_nobody_in(home: Home, happens: Callable[[Home], Any]) -> None:
    made = await home.invited()
    await happens(home)
    assert problem(await home.accepts(made["code"])) == (409, "invitation-refused")
    assert await home.rooms(home.guest) == []


async def test_what_is_worth_nothing_is_refused_alike(home: Home, later: Later) -> None:
    unknown, used, gone = "2222222222", await home.came(), await home.invited()
    await home.posts(home.owner, f"/{gone['id']}/withdrawal")
    short, late = await home.invited(ends_at=ahead(hours=1)), await home.invited()
    other, *_ = await strangers(home.doors, 1)
    told = [await home.accepts(code, other) for code in (unknown, used["code"], gone["code"])]
    later(hours=2)
    told.append(await home.accepts(short["code"], other))
    later(hours=48)
    told.append(await home.accepts(late["code"], other))
    assert {problem(one) for one in told} == {(409, "invitation-refused")}
    assert len({(one.json()["title"], one.json()["detail"]) for one in told}) == 1
    assert await home.rooms(other) == []


async def test_of_forty_who_have_the_code_one_comes_in(home: Home) -> None:
    made, people = await home.invited(), await strangers(home.doors, 40)
    await home.crowded()
    answers = await asyncio.gather(*(home.accepts(made["code"], one, address=f"10.0.0.{n}") for n, one in enumerate(people)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 39
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "invitation-refused")}
    assert len(await home.doors.rows("select 1 from bindings where agreement = 'owner'")) == 1
    assert len(await heard(home, "invitation_accepted")) == 1


async def test_who_guesses_has_five_tries_also_of_forty_at_once(home: Home, later: Later) -> None:
    made = await home.invited()
    await home.crowded()
    answers = await asyncio.gather(*(home.accepts(f"22222222{n:02d}".replace("0", "Z").replace("1", "Y")) for n in range(40)))
    assert sorted(one.status_code for one in answers) == [409] * 5 + [429] * 35
    assert len(await home.doors.rows("select 1 from invitation_tries")) == 5
    assert problem(await home.accepts(made["code"])) == (429, "invitations-too-often")
    other, *_ = await strangers(home.doors, 1)
    assert (await home.accepts(made["code"], other)).status_code == 200, "others of the house may still come in"
    later(minutes=16)
    assert problem(await home.accepts(made["code"])) == (409, "invitation-refused")


async def test_an_address_has_sixty_tries_an_hour_whoever_they_are(home: Home) -> None:
    made, people = await home.invited(), await strangers(home.doors, 13)
    for one in people[:12]:
        answers = await asyncio.gather(*(home.accepts("2222222222", one) for _ in range(5)))
        assert {answer.status_code for answer in answers} == {409}
    assert problem(await home.accepts(made["code"], people[12])) == (429, "invitations-too-often")
    [row] = await home.doors.rows("select person_index, address_index from invitation_tries limit 1")
    assert people[0].id.bytes not in bytes(row.person_index)


async def test_who_belongs_there_or_is_asked_uses_no_code_up(home: Home) -> None:
    made = await home.invited()
    assert problem(await home.accepts(made["code"], home.owner)) == (409, "binding-there")
    other, *_ = await strangers(home.doors, 1)
    async with home.doors.client(GRID) as client:
        await client.post("/api/v1/bindings", json={"person_id": str(other.id), "room": ROOM, "kind": "tenant"}, headers=keyed())
    assert problem(await home.accepts(made["code"], other)) == (409, "binding-there")
    assert (await home.accepts(made["code"])).status_code == 200


async def test_who_contradicted_staff_may_say_their_own_yes(home: Home) -> None:
    async with home.doors.client(GRID) as client:
        said = {"person_id": str(home.guest.id), "room": ROOM, "kind": "tenant"}
        key = (await client.post("/api/v1/bindings", json=said, headers=keyed())).json()["id"]
    assert (await home.bindings(home.guest, f"{key}/denial")).status_code == 200
    await home.came()
    assert await home.rooms(home.guest) == [ROOM]


async def test_taken_back_and_accepted_at_once_has_one_winner(home: Home) -> None:
    people = await strangers(home.doors, 8)
    made = await home.invited()
    await home.crowded()
    answers = await asyncio.gather(
        *(home.accepts(made["code"], one, address=f"10.0.0.{n}") for n, one in enumerate(people)),
        *(home.posts(home.owner, f"/{made['id']}/withdrawal") for _ in range(8)),
    )
    came, back = [one.status_code for one in answers[:8]], [one.status_code for one in answers[8:]]
    [row] = await home.doors.rows("select state from invitations")
    if row.state == "taken":
        assert (sorted(came), set(back)) == ([200] + [409] * 7, {409})
        assert {problem(one) for one in answers[8:]} == {(409, "invitation-taken")}
    else:
        assert (set(came), set(back)) == ({409}, {200}), "twice is once"
    assert len(await home.doors.rows("select 1 from bindings where agreement = 'owner'")) == (row.state == "taken")


async def test_invitations_made_and_accepted_while_the_owners_home_ends_let_nobody_in_afterwards(home: Home) -> None:
    people = await strangers(home.doors, 6)
    made = await home.invited()
    await home.crowded()
    answers = await asyncio.gather(
        *(home.invites() for _ in range(4)), home.bindings(home.owner, f"{home.binding}/leaving"),
        *(home.accepts(made["code"], one, address=f"10.0.0.{n}") for n, one in enumerate(people)),
    )
    assert {one.status_code for one in answers} <= {200, 201, 403, 409}
    assert answers[4].status_code == 200
    codes = [one.json()["code"] for one in answers[:4] if one.status_code == 201]
    late = [await home.accepts(code) for code in (made["code"], *codes)]
    assert {problem(one) for one in late} == {(409, "invitation-refused")}
    assert len(await home.doors.rows("select 1 from bindings where agreement = 'owner'")) <= 1


async def test_invitations_are_seen_by_who_made_them_and_who_owns_the_room(home: Home) -> None:
    made = await home.came()
    [second] = await strangers(home.doors, 1)
    assert await home.listed(second) == []
    await home.binds(second.id, "owner")
    assert [one["id"] for one in await home.listed(second)] == [made["id"]]
    for other in (home.guest, GRID, OFFICER):
        assert await home.listed(other) == []
