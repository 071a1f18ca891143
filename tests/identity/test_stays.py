"""What an owner invited ends by itself, by owners, by who came, and by staff; and with it what rests on it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.duplicates import settle
from builders.factors import problem
from builders.family import day
from builders.invitations import Home, ahead, settled, strangers
from builders.phones import forgotten
from builders.privacy import by_clock
from builders.world import FAR_GRID, GRID, NEXT_ROOM, OFFICER, ROOM, Person
from identity.test_merges import does

from services.identity.actions import invited, people, proxies, retention

Later = Callable[..., None]


@pytest.fixture
async def home(identity_doors: Doors) -> Home:
    return await settled(identity_doors)


async def trusts(home: Home, who: Person, binding: str, friend: Person) -> None:
    """Somebody lets a friend act for them for as long as they live there."""
    async with home.doors.client(who) as client:
        wish = {"actor_id": str(friend.id), "scopes": ["reports.file"], "last_day": day(30), "binding_id": binding}
        answer = await client.post("/api/v1/proxies", json=wish, headers=keyed())
    assert answer.status_code == 201, answer.text


async def may_act(home: Home, who: Person, friend: Person) -> bool:
    return bool(await home.doors.running.database.do(lambda work: proxies.lives(work, who.id, friend.id)))


async def are_told(home: Home) -> bool:
    """Whether both of the one proxy there is hear that it ended: its actor's tokens are void, and it is over for good."""
    [row] = await home.doors.rows("select state, ended_by from proxies")
    said = (await home.doors.said()).count("identity.proxy_changed.v1")
    return (row.state, row.ended_by, said) == ("ended", None, 2)


async def level(home: Home, who: Person) -> bool:
    """Whether the fact of a household is met."""
    async with home.doors.client(who, **by_clock(home.doors)) as client:
        return 3 in (await client.get("/api/v1/people/me")).json()["levels"]


async def is_found(home: Home, phone: str) -> bool:
    async with home.doors.client(GRID, **by_clock(home.doors)) as client:
        body = {"by": "phone", "value": phone, "reason": "contact"}
        return bool((await client.post("/api/v1/people/search", json=body)).json()["items"])


async def test_an_owner_ends_what_an_owner_invited_and_what_rests_on_it(home: Home) -> None:
    friend, *_ = await strangers(home.doors, 1)
    stay = await home.came()
    await trusts(home, home.guest, stay["binding_id"], friend)
    assert (await may_act(home, home.guest, friend), await home.rooms(home.guest)) == (True, [ROOM])
    for stranger in (home.guest, friend, FAR_GRID):
        assert problem(await home.posts(stranger, f"/{stay['id']}/ending")) == (404, "not-found")
    for staff in (GRID, OFFICER):
        assert problem(await home.posts(staff, f"/{stay['id']}/ending")) == (403, "not-allowed-here")
    answers = await asyncio.gather(*(home.posts(home.owner, f"/{stay['id']}/ending") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "ended-already")}
    assert (await may_act(home, home.guest, friend), await home.rooms(home.guest)) == (False, [])
    assert await are_told(home)
    ended = await home.doors.rows("select body from outbox where topic = 'identity.binding_changed.v1' order by pos desc limit 1")
    assert '"ended"' in bytes(ended[0].body).decode()
    assert str(home.guest.id) in bytes(ended[0].body).decode()


async def test_nobody_ends_the_family_of_another_owner_nor_what_staff_made(home: Home) -> None:
    second, *others = await strangers(home.doors, 4)
    mine = await home.binds(second.id, "owner")
    tenant, family = await home.came(), await home.came(others[0], kind="family", ends_at=None)
    theirs = await home.posts(second, "", {"binding_id": str(mine), "kind": "family"})
    await home.accepts(theirs.json()["code"], others[1])
    assert problem(await home.posts(second, f"/{family['id']}/ending")) == (403, "stay-of-another")
    assert problem(await home.posts(home.owner, f"/{theirs.json()['id']}/ending")) == (403, "stay-of-another")
    assert (await home.posts(second, f"/{tenant['id']}/ending")).status_code == 200, "a tenant is the room's"
    assert (await home.posts(home.owner, f"/{family['id']}/ending")).status_code == 200
    bought = await home.came(others[2])
    await does(home.doors, "update bindings set kind = 'owner', ends_at = null where id = :id", id=UUID(bought["binding_id"]))
    assert problem(await home.posts(home.owner, f"/{bought['id']}/ending")) == (403, "stay-of-another")
    looked = await home.came()
    await does(home.doors, "update bindings set agreement = 'operator' where id = :id", id=UUID(looked["binding_id"]))
    assert problem(await home.posts(home.owner, f"/{looked['id']}/ending")) == (403, "stay-of-another")


async def test_who_owns_the_room_no_more_ends_nothing_in_it(home: Home) -> None:
    stay, waits = await home.came(), await home.invited()
    assert problem(await home.posts(home.owner, f"/{waits['id']}/ending")) == (409, "invitation-untaken")
    assert (await home.bindings(home.owner, f"{home.binding}/leaving")).status_code == 200
    assert problem(await home.posts(home.owner, f"/{stay['id']}/ending")) == (403, "not-the-owner")
    assert await home.rooms(home.guest) == [ROOM], "who bought it takes the tenant over (民法典, article 725)"
    buyer, *_ = await strangers(home.doors, 1)
    await home.binds(buyer.id, "owner")
    assert (await home.posts(buyer, f"/{stay['id']}/ending")).status_code == 200


async def test_who_came_by_an_invitation_neither_denies_it_nor_shuts_the_owner_out_by_a_second_yes(home: Home) -> None:
    stay = await home.came()
    assert (await home.bindings(home.guest, f"{stay['binding_id']}/agreement")).json()["agreement"] == "owner"
    assert problem(await home.bindings(home.guest, f"{stay['binding_id']}/denial")) == (409, "binding-agreed")
    assert (await home.posts(home.owner, f"/{stay['id']}/ending")).status_code == 200


async def test_who_lives_there_moves_out_by_themselves_at_once_with_what_rests_on_it(home: Home) -> None:
    friend, *_ = await strangers(home.doors, 1)
    stay = await home.came()
    key = stay["binding_id"]
    await trusts(home, home.guest, key, friend)
    for staff in (GRID, OFFICER):
        assert problem(await home.bindings(staff, f"{key}/leaving")) == (403, "not-allowed-here")
    for stranger in (home.owner, friend, FAR_GRID):
        assert problem(await home.bindings(stranger, f"{key}/leaving")) == (404, "not-found")
    answers = await asyncio.gather(*(home.bindings(home.guest, f"{key}/leaving") for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 11
    assert {problem(one) for one in answers if one.status_code == 409} == {(409, "ended-already")}
    assert (await home.rooms(home.guest), await level(home, home.guest)) == ([], False)
    assert not await may_act(home, home.guest, friend)
    assert await are_told(home)
    assert (await home.doors.said()).count("identity.binding_changed.v1") == 3  # the owner's, begun, ended
    assert await home.came(), "who moved out may be invited again"


async def test_what_waits_for_a_yes_is_not_moved_out_of(home: Home) -> None:
    async with home.doors.client(GRID) as client:
        said = {"person_id": str(home.guest.id), "room": NEXT_ROOM, "kind": "tenant"}
        key = (await client.post("/api/v1/bindings", json=said, headers=keyed())).json()["id"]
    assert problem(await home.bindings(home.guest, f"{key}/leaving")) == (409, "binding-unanswered")
    assert (await home.bindings(home.guest, f"{key}/denial")).status_code == 200
    assert problem(await home.bindings(home.guest, f"{key}/leaving")) == (409, "ended-already")


async def test_staff_end_a_stay_before_its_day_too(home: Home) -> None:
    stay = await home.came()
    assert (await home.bindings(GRID, f"{stay['binding_id']}/ending")).status_code == 200
    assert await home.rooms(home.guest) == []
    assert problem(await home.bindings(GRID, f"{stay['binding_id']}/ending")) == (409, "ended-already")


async def test_a13_a_stay_is_over_by_itself_at_that_moment_and_no_job_runs(home: Home, later: Later) -> None:
    friend, *_ = await strangers(home.doors, 1)
    stay = await home.came(ends_at=ahead(hours=3))
    await trusts(home, home.guest, stay["binding_id"], friend)

    async def holds() -> set[bool]:
        return {
            await home.rooms(home.guest) == [ROOM], await level(home, home.guest), await is_found(home, "13900000002"),
            await may_act(home, home.guest, friend),
        }

    assert await holds() == {True}
    later(hours=2, minutes=59, seconds=55)
    assert await holds() == {True}
    before = await home.doors.rows("select * from bindings")
    later(hours=3, seconds=1)
    assert await holds() == {False}
    assert await home.doors.rows("select * from bindings") == before, "nothing was written: the date alone says it"
    assert problem(await home.posts(home.owner, f"/{stay['id']}/ending")) == (409, "ended-already")


async def test_of_whom_is_forgotten_what_they_invited_is_too_and_their_copy_has_it(home: Home) -> None:
    stay = await home.came()
    waits, back = await home.invited(), await home.invited()
    await home.posts(home.owner, f"/{back['id']}/withdrawal")
    told = await home.doors.running.database.do(lambda work: people.export(work, home.owner.id))
    assert [one["state"] for one in told["invitations"]] == ["taken", "open", "withdrawn"]
    assert waits["code"] not in str(told)
    assert str(home.guest.id) not in str(told["invitations"])
    await forgotten(home.doors, str(home.owner.id))
    rows = await home.doors.rows("select id, state from invitations")
    assert [(str(row.id), row.state) for row in rows] == [(stay["id"], "taken")]


async def test_what_the_one_invited_is_whose_the_two_are_and_goes_back_with_a_split(identity_doors: Doors) -> None:
    pair = await settle(identity_doors)
    [lived] = await identity_doors.rows("select area from bindings where person_id = :who limit 1", who=pair.again.id)
    await does(identity_doors, (
        "insert into invitations (id, area, kind, owner_id, code_index, made_at, expires_at, state)"
        " values (:id, cast(:room as ltree), 'family', :who, sha256('nobody'), now(), now() + interval '1 day', 'open')"
    ), id=uuid4(), room=str(lived.area), who=pair.again.id)

    async def whose() -> Any:
        return (await identity_doors.rows("select owner_id from invitations"))[0].owner_id

    key = await pair.proposed()
    assert (await pair.confirms(key)).status_code == 200
    assert await whose() == pair.first.id
    assert (await pair.splits(key)).status_code == 200
    assert await whose() == pair.again.id


async def test_invitations_go_two_hundred_days_after_they_led_nowhere_or_their_stay_ended(home: Home, later: Later) -> None:
    stay, _ = await home.came(ends_at=ahead(days=200)), await home.invited()
    await home.accepts("2222222222")
    left = "select (select count(*) from invitations) as kept, (select count(*) from invitation_tries) as tries"
    for days, kept, tries in ((0.9, 2, 1), (201, 2, 0), (203, 1, 0), (399, 1, 0), (401, 0, 0)):
        later(days=days)
        for _ in range(2):
            await retention.run(home.doors.running)
            await home.doors.running.database.do(invited.forget_tries)
        [row] = await home.doors.rows(left)
        assert (row.kept, row.tries) == (kept, tries), days
    [row] = await home.doors.rows("select ends_at from bindings where id = :id", id=UUID(stay["binding_id"]))
    assert row.ends_at > datetime.now(UTC), "the home is kept as homes are"
