"""Areas, units, assignments and bindings: changed by who may, in their own area, heard everywhere."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from builders.doors import Doors, keyed
from builders.offices import serve
from builders.world import ADMIN, FAR_GRID, FAR_OFFICER, GRID, HERE, OFFICER, RESIDENT, ROOM, THERE, UNIT, Person, events

from contracts.area import Role
from contracts.identity import AreaChanged
from services.identity.actions import codes, places
from services.identity.domain.place import Assignment, Binding, EndedAlready

TREE = sorted((one for one in events() if isinstance(one, AreaChanged)), key=lambda one: one.path.count("."))


@pytest.fixture
async def people(identity_doors: Doors) -> tuple[str, str]:
    """The tree of the world, and two people who have signed in."""

    async def make(work: object) -> tuple[UUID, UUID]:
        for one in TREE:
            await places.add_area(work, by=None, path=one.path, kind=one.kind, name=one.name)  # type: ignore[arg-type]
        return (await codes.register(work, phone="13900000001"), await codes.register(work, phone="13900000002"))  # type: ignore[arg-type]

    one, two = await identity_doors.running.database.do(make)
    await serve(identity_doors, ADMIN)
    return str(one), str(two)


async def post(doors: Doors, person: Person, path: str, body: object = None) -> httpx.Response:
    async with doors.client(person) as client:
        return await client.post(f"/api/v1/{path}", json=body, headers=keyed())


def role(person: str, area: str, which: Role = Role.GRID_WORKER) -> dict[str, object]:
    return {"person_id": person, "role": which, "area": area, "display_name": "某某"}


async def test_an_admin_grants_and_ends_a_role_and_everybody_hears_it(identity_doors: Doors, people: tuple[str, str]) -> None:
    granted = await post(identity_doors, ADMIN, "assignments", role(people[0], f"{HERE}.g03"))
    assert granted.status_code == 201
    ended = await post(identity_doors, ADMIN, f"assignments/{granted.json()['id']}/ending")
    assert ended.json()["ends_at"] is not None
    assert (await identity_doors.said())[-2:] == ["identity.assignment_changed.v1"] * 2
    again = await post(identity_doors, ADMIN, f"assignments/{granted.json()['id']}/ending")
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "ended-already")


async def test_one_open_assignment_of_a_kind_whoever_presses_how_often(
    identity_doors: Doors, people: tuple[str, str]
) -> None:
    answers = await asyncio.gather(*(post(identity_doors, ADMIN, "assignments", role(people[0], HERE)) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


@pytest.mark.parametrize("person", [OFFICER, GRID, RESIDENT, FAR_OFFICER])
async def test_nobody_but_an_admin_grants_a_role_not_even_to_themselves(
    identity_doors: Doors, people: tuple[str, str], person: Person
) -> None:
    answer = await post(identity_doors, person, "assignments", role(str(person.id), HERE, Role.ADMIN))
    assert answer.status_code in {403, 404}
    assert await identity_doors.rows("select 1 from assignments where granted_by is not null") == []


async def test_a_grid_worker_binds_residents_of_the_own_grid_only(identity_doors: Doors, people: tuple[str, str]) -> None:
    bound = await post(identity_doors, GRID, "bindings", {"person_id": people[0], "room": ROOM, "kind": "owner"})
    assert bound.status_code == 201
    for person, status in ((FAR_GRID, 404), (RESIDENT, 404)):
        body = {"person_id": people[1], "room": ROOM, "kind": "owner"}
        assert (await post(identity_doors, person, "bindings", body)).status_code == status
        assert (await post(identity_doors, person, f"bindings/{bound.json()['id']}/ending")).status_code == status
    assert (await post(identity_doors, GRID, f"bindings/{bound.json()['id']}/ending")).status_code == 200
    assert len(await identity_doors.rows("select 1 from bindings")) == 1


async def test_lists_show_the_own_area_and_oneself(identity_doors: Doors, people: tuple[str, str]) -> None:
    await post(identity_doors, GRID, "bindings", {"person_id": people[0], "room": ROOM, "kind": "owner"})
    await post(identity_doors, ADMIN, "assignments", role(people[1], f"{HERE}.g03"))
    for person, path, count in (
        (OFFICER, "bindings", 1), (FAR_OFFICER, "bindings", 0), (Person(id=UUID(people[0])), "bindings", 1),
        (Person(id=UUID(people[1])), "bindings", 0), (OFFICER, "assignments", 1), (FAR_OFFICER, "assignments", 0),
        (Person(id=UUID(people[1])), "assignments", 1), (GRID, "assignments", 0),
    ):
        async with identity_doors.client(person) as client:
            assert (await client.get(f"/api/v1/{path}")).json()["total"] == count, (person, path)


async def test_a_role_for_somebody_or_somewhere_that_is_not_there_is_refused(
    identity_doors: Doors, people: tuple[str, str]
) -> None:
    assert (await post(identity_doors, ADMIN, "assignments", role(str(uuid4()), HERE))).status_code == 404
    assert (await post(identity_doors, ADMIN, "assignments", role(people[0], "510104.nowhere"))).status_code == 422
    body = {**role(people[0], HERE), "unit_id": str(uuid4())}
    answer = await post(identity_doors, ADMIN, "assignments", body)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "no-such-unit")


async def test_the_tree_grows_below_what_is_there_and_codes_are_used_once(
    identity_doors: Doors, people: tuple[str, str]
) -> None:
    new = {"path": f"{HERE}.g07", "kind": "grid", "name": "第七网格"}
    answers = await asyncio.gather(*(post(identity_doors, ADMIN, "areas", new) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    orphan = await post(identity_doors, ADMIN, "areas", {**new, "path": f"{HERE}.g08.x"})
    assert (orphan.status_code, orphan.json()["type"].rpartition("/")[2]) == (422, "no-such-parent")
    assert (await post(identity_doors, OFFICER, "areas", {**new, "path": f"{HERE}.g09"})).status_code == 403
    assert (await post(identity_doors, FAR_OFFICER, "areas", {**new, "path": f"{HERE}.g09"})).status_code == 404


async def test_units_are_added_by_an_admin_and_seen_by_all(identity_doors: Doors, people: tuple[str, str]) -> None:
    new = {"area": HERE, "kind": "物业", "name": "国槐物业", "serves": [UNIT]}
    assert (await post(identity_doors, ADMIN, "units", new)).status_code == 201
    assert (await post(identity_doors, RESIDENT, "units", new)).status_code == 404
    async with identity_doors.client(RESIDENT) as client:
        assert (await client.get("/api/v1/units", params={"below": HERE})).json()["total"] == 1
        assert (await client.get("/api/v1/units", params={"below": THERE})).json()["total"] == 0
        found = (await client.get("/api/v1/areas", params={"below": f"{HERE}.g03", "kind": "building"})).json()
    assert [one["path"] for one in found["items"]] == [UNIT.rpartition(".")[0]]


async def test_of_twenty_who_end_a_binding_at_once_one_does(identity_doors: Doors, people: tuple[str, str]) -> None:
    bound = (await post(identity_doors, GRID, "bindings", {"person_id": people[0], "room": ROOM, "kind": "owner"})).json()["id"]
    agreed = await post(identity_doors, Person(id=UUID(people[0])), f"bindings/{bound}/agreement")
    assert agreed.status_code == 200
    answers = await asyncio.gather(*(post(identity_doors, GRID, f"bindings/{bound}/ending") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert (await identity_doors.said()).count("identity.binding_changed.v1") == 2


@pytest.mark.parametrize("place", [UNIT, HERE, f"{HERE}.g03"])
async def test_a_person_belongs_to_a_room(identity_doors: Doors, people: tuple[str, str], place: str) -> None:
    answer = await post(identity_doors, OFFICER, "bindings", {"person_id": people[0], "room": place, "kind": "owner"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "not-a-room")


@pytest.mark.parametrize("change", [{"area": f"{HERE}.nowhere"}, {"serves": [f"{HERE}.nowhere"]}])
async def test_a_unit_lies_in_and_serves_areas_that_are_there(
    identity_doors: Doors, people: tuple[str, str], change: dict[str, object]
) -> None:
    new = {"area": HERE, "kind": "物业", "name": "国槐物业", "serves": [UNIT], **change}
    answer = await post(identity_doors, ADMIN, "units", new)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "no-such-parent")


@pytest.mark.parametrize("shape", [Binding, Assignment])
def test_what_has_ended_ends_no_second_time_whatever_the_clocks_say(shape: type[Binding | Assignment]) -> None:
    first, earlier = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    more = {"kind": "owner", "approved_by": None} if shape is Binding else {
        "role": "guard", "unit_id": None, "display_name": "某", "granted_by": None,
    }
    held = shape(id=uuid4(), person_id=uuid4(), area=ROOM, starts_at=earlier, **more)  # type: ignore[arg-type]
    held.end(at=first)
    with pytest.raises(EndedAlready):
        held.end(at=earlier)
    assert held.ends_at == first
