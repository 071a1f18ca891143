"""Nobody hands on more than they hold: role, area and time, by hand, by a sheet, by a cover (study 4.5, A10, A11)."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors, keyed
from builders.factors import problem
from builders.offices import hears, serve, tree
from builders.world import ADMIN, FAR_GRID, GRID, HERE, LONG_AGO, OFFICER, OTHER_GRID, RESIDENT, ROOM, THERE, Person

from contracts.area import Role
from services.identity.__main__ import operate
from services.identity.actions import assignments, granting
from services.identity.domain.granting import BeyondOnesOwn
from services.identity.domain.place import Assignment

ROLES = "/api/v1/assignments"
NOW = datetime.now(UTC)
WEEK = {"starts_at": (NOW + timedelta(days=1)).isoformat(), "ends_at": (NOW + timedelta(days=8)).isoformat(), "reason": "leave"}


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with its areas and who serves in them."""
    await tree(identity_doors)
    return identity_doors


async def posts(doors: Doors, who: Person, path: str = "", body: Any = None) -> Any:
    async with doors.client(who) as client:
        return await client.post(f"{ROLES}{path}", json=body, headers=keyed())


def role(person: UUID, which: str = "guard", area: str = HERE, **more: Any) -> dict[str, Any]:
    return {"person_id": str(person), "role": which, "area": area, "display_name": "某某", **more}


def may_give(held: list[tuple[str, str, datetime | None, str]], wanted: tuple[str, str, datetime | None], self_: bool) -> bool:
    """The oracle, in words of its own: paths as lists of codes, time as numbers, no rule of ours."""
    if self_:
        return False
    role, place, until = wanted
    wanted_codes, forever = place.split("."), float("inf")
    for office, area, end, basis in held:
        codes = area.split(".")
        reaches = wanted_codes[: len(codes)] == codes
        long_enough = (end.timestamp() if end else forever) >= (until.timestamp() if until else forever)
        if office == "admin" and basis == "granted" and reaches and long_enough and role in {one.value for one in Role}:
            return True
    return False


async def is_theirs(doors: Doors, giver: UUID, made: Assignment) -> bool:
    try:
        await doors.running.database.do(lambda work: granting.must_be_theirs_to_give(work, giver, [made]))
    except BeyondOnesOwn:
        return False
    return True


async def test_whatever_is_tried_nothing_is_given_that_the_giver_does_not_hold(doors: Doors) -> None:
    """Two hundred wishes of five givers, whose offices differ in area, time and basis."""
    chance = random.Random(20260101)
    now = doors.running.settings.clock.now()
    ends = [None, now + timedelta(days=1), now + timedelta(days=30), now + timedelta(minutes=10)]
    places = ["510104", "510104.clx", HERE, f"{HERE}.g03", THERE, f"{THERE}.g01"]
    givers = [uuid4() for _ in range(5)]
    held: dict[UUID, list[tuple[str, str, datetime | None, str]]] = {giver: [] for giver in givers}
    await serve(doors, *(Person(role=Role.GUARD, area=ROOM, id=giver) for giver in givers))

    async def offices(work: Any) -> None:
        for giver in givers[1:]:
            for _ in range(2):
                which, place = chance.choice(["admin", "admin", "community_officer"]), chance.choice(places)
                end, basis = chance.choice(ends), chance.choice(["granted", "granted", "emergency"])
                until = now + timedelta(minutes=20) if basis == "emergency" else end
                reason = "fire" if basis == "emergency" else None
                since = now - timedelta(minutes=1)
                work.session.add(Assignment(work.new_id(), giver, which, place, None, "某", None, since, until, basis, reason))
                held[giver].append((which, place, until, basis))

    await doors.running.database.do(offices)
    given = refused = 0
    for _ in range(200):
        giver, target = chance.choice(givers), chance.choice([*givers, RESIDENT.id])
        wanted = (chance.choice(list(Role)).value, chance.choice(places), chance.choice(ends))
        made = Assignment(uuid4(), target, wanted[0], wanted[1], None, "某", giver, now, wanted[2])
        told = await is_theirs(doors, giver, made)
        assert told == may_give(held[giver], wanted, self_=giver == target), (held[giver], wanted)
        given, refused = given + told, refused + (not told)
    assert min(given, refused) > 20


async def test_nobody_gives_themselves_anything(doors: Doors) -> None:
    await serve(doors, ADMIN)
    for which in ("doctor", "admin", "auditor"):
        assert problem(await posts(doors, ADMIN, body=role(ADMIN.id, which))) == (403, "beyond-ones-own")
    assert await doors.rows("select 1 from assignments where granted_by is not null") == []


async def test_who_serves_until_a_day_gives_nothing_beyond_it(doors: Doors) -> None:
    until = datetime.now(UTC) + timedelta(days=30)
    await serve(doors, ADMIN, until=until)
    await serve(doors, OFFICER)
    for ends_at, told in ((None, 403), (until + timedelta(seconds=1), 403), (until, 201)):
        body = role(OFFICER.id, ends_at=ends_at and ends_at.isoformat())
        assert (await posts(doors, ADMIN, body=body)).status_code == told
    past = [(datetime.now(UTC) - timedelta(seconds=1)).isoformat(), LONG_AGO.isoformat(), "0001-01-01T00:00:00+14:00"]
    for wrong in (*past, "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"):
        assert problem(await posts(doors, ADMIN, body=role(OFFICER.id, ends_at=wrong))) == (422, "not-a-time")


async def test_who_was_ended_gives_nothing_though_the_copy_does_not_know_yet(doors: Doors) -> None:
    """Identity asks its own rows: a dead worker or a slow feed gives nobody a right."""
    (office,) = await serve(doors, ADMIN)
    await serve(doors, OFFICER)
    other = Person(role=Role.ADMIN, area="510104")
    await serve(doors, other)
    await hears(doors, other)
    assert (await posts(doors, other, f"/{office}/ending")).status_code == 200
    assert problem(await posts(doors, ADMIN, body=role(OFFICER.id))) == (403, "beyond-ones-own")
    (colleague,) = await serve(doors, GRID)
    assert problem(await posts(doors, ADMIN, f"/{colleague}/ending")) == (404, "not-found")
    assert [row.is_ended for row in await doors.rows("select is_ended from assignments where id = :id", id=colleague)] == [False]


async def test_giving_and_being_ended_take_turns(doors: Doors) -> None:
    """Either it was given before, or not at all: never by who had been ended already."""
    other = Person(role=Role.ADMIN, area="510104")
    await serve(doors, other, OFFICER)
    await hears(doors, other)
    (office,) = await serve(doors, ADMIN)
    giving = [posts(doors, ADMIN, body=role(OFFICER.id, which)) for which in ("guard", "doctor", "hut_staff", "property") * 3]
    answers = await asyncio.gather(*giving, posts(doors, other, f"/{office}/ending"))
    assert answers[-1].status_code == 200
    assert {answer.status_code for answer in answers[:-1]} <= {201, 403, 409}
    late = await doors.rows("""
        select a.id from assignments a join assignments g on g.id = :office
        where a.granted_by = g.person_id and a.xmin::text::bigint > g.xmin::text::bigint and a.starts_at > g.ends_at
    """, office=office)
    assert problem(await posts(doors, ADMIN, body=role(OFFICER.id, "guard"))) == (403, "beyond-ones-own")
    assert late == []


async def test_a_grid_worker_lets_a_colleague_cover_their_grid_for_a_week(doors: Doors) -> None:
    mine, _ = await serve(doors, GRID, OTHER_GRID)
    answer = await posts(doors, GRID, f"/{mine}/cover", {"person_id": str(OTHER_GRID.id), **WEEK})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["role"], made["area"], made["basis"], made["reason"]) == ("grid_worker", GRID.area, "cover", "leave")
    assert (made["covers_id"], made["display_name"]) == (str(mine), "某某（代班）")
    assert (await doors.said())[-2:] == ["identity.assignment_changed.v1", "identity.cover_arranged.v1"]
    again = await posts(doors, GRID, f"/{mine}/cover", {"person_id": str(OTHER_GRID.id), **WEEK})
    assert problem(again) == (409, "cover-there")
    onward = await posts(doors, OTHER_GRID, f"/{made['id']}/cover", {"person_id": str(GRID.id), **WEEK})
    assert problem(onward) == (409, "cover-not-possible")


async def test_twelve_covers_at_once_are_one(doors: Doors) -> None:
    mine, _ = await serve(doors, GRID, OTHER_GRID)
    body = {"person_id": str(OTHER_GRID.id), **WEEK}
    answers = await asyncio.gather(*(posts(doors, GRID, f"/{mine}/cover", body) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11


async def test_a_cover_is_for_a_colleague_for_no_longer_than_both_serve(doors: Doors) -> None:
    until = datetime.now(UTC) + timedelta(days=4)
    mine, _, office, _ = await serve(doors, GRID, FAR_GRID, OFFICER, ADMIN)
    for person in (FAR_GRID, OFFICER, GRID, RESIDENT):
        answer = await posts(doors, GRID, f"/{mine}/cover", {"person_id": str(person.id), **WEEK})
        assert problem(answer) == (409, "cover-not-possible")
    await serve(doors, OTHER_GRID, until=until)
    body = {"person_id": str(OTHER_GRID.id), **WEEK}
    assert problem(await posts(doors, GRID, f"/{mine}/cover", body)) == (409, "cover-not-possible")
    far = {"starts_at": "9999-12-31T00:00:00Z", "ends_at": "9999-12-31T23:59:59-14:00"}
    past, long = {"starts_at": "2025-01-01T00:00:00Z"}, {"ends_at": "2099-01-01T00:00:00Z"}
    for wrong in ({"ends_at": WEEK["starts_at"]}, past, long, far):
        assert problem(await posts(doors, GRID, f"/{mine}/cover", body | wrong)) == (422, "not-a-time")
    assert problem(await posts(doors, OTHER_GRID, f"/{mine}/cover", body)) == (404, "not-found")
    assert problem(await posts(doors, OFFICER, f"/{mine}/cover", body)) == (403, "not-allowed-here")
    assert problem(await posts(doors, ADMIN, f"/{office}/cover", body)) == (409, "cover-not-possible")
    assert (await posts(doors, ADMIN, f"/{mine}/cover", body | {"ends_at": until.isoformat()})).status_code == 201


async def test_a_cover_ends_with_the_office_that_is_covered_and_with_the_colleagues_own(doors: Doors) -> None:
    for ended in (0, 1):
        mine, theirs, _ = await serve(doors, GRID, OTHER_GRID, *([ADMIN] if not ended else [Person(role=Role.DOCTOR, area=HERE)]))
        made = await posts(doors, GRID, f"/{mine}/cover", {"person_id": str(OTHER_GRID.id), **WEEK})
        assert made.status_code == 201
        assert (await posts(doors, ADMIN, f"/{(mine, theirs)[ended]}/ending")).status_code == 200
        asked = "select is_ended, ends_at <= starts_at as never from assignments where id = :id"
        (row,) = await doors.rows(asked, id=made.json()["id"])
        assert (row.is_ended, row.never) == (True, True)
        assert (await posts(doors, ADMIN, f"/{(theirs, mine)[ended]}/ending")).status_code == 200


async def test_what_is_lent_always_has_an_end_and_a_reason(doors: Doors) -> None:
    """The database says so, whoever writes."""
    await serve(doors, GRID)
    wrong: list[dict[str, Any]] = [
        {"basis": "emergency", "reason": None, "ends_at": NOW}, {"basis": "emergency", "reason": "fire", "ends_at": None},
        {"basis": "emergency", "reason": "fire", "ends_at": NOW + timedelta(hours=1)},
        {"basis": "cover", "reason": "leave", "ends_at": NOW},
    ]
    for more in wrong:
        made = Assignment(uuid4(), GRID.id, "guard", HERE, None, "某", None, NOW, **more)
        with pytest.raises(Exception, match="ck_assignments"):
            await doors.running.database.do(lambda work, made=made: _added(work, made))
    assert await doors.running.database.do(lambda work: assignments.grant(
        work, by=None, person=GRID.id, role=Role.GUARD, area=HERE, unit=None, display_name="某"
    ))


async def _added(work: Any, made: Assignment) -> None:
    await work.add(made)


async def test_a_row_that_came_past_every_door_is_named_by_the_check(doors: Doors) -> None:
    """As a restore or a hand in the database would leave it; what was given in good right by who retired since is not named."""
    running = doors.running
    (office,) = await serve(doors, ADMIN)
    other = Person(role=Role.ADMIN, area="510104")
    await serve(doors, other, OFFICER, GRID)
    await hears(doors, other)
    good = (await posts(doors, ADMIN, body=role(OFFICER.id))).json()["id"]
    assert (await posts(doors, other, f"/{office}/ending")).status_code == 200
    assert await operate(running, ["rights", "check"]) == ["everything in effect was its giver's to give"]

    async def write(work: Any) -> list[str]:
        made = [
            Assignment(work.new_id(), GRID.id, "doctor", HERE, None, "某", giver, work.now)
            for giver in (OFFICER.id, GRID.id, ADMIN.id, uuid4())  # no admin; oneself; ended before; unknown
        ]
        for one, which in zip(made, ("doctor", "guard", "property", "partner"), strict=True):  # one of a kind is open
            one.role = which
            await work.add(one)
        return [str(one.id) for one in made]

    wrong = await running.database.do(write)
    said = await operate(running, ["rights", "check"])
    assert [line.partition(" ")[0] for line in said] == sorted(wrong)
    assert good not in " ".join(said)
