"""The local copy of who is who: events in any order end in the newest state, and silence stops dangerous acts."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.world import GRID, HERE, LONG_AGO, RESIDENT, ROOM, UNIT

from chassis import bus, directory
from chassis.rights import Actor
from chassis.testing import arrived
from contracts.area import Role
from contracts.identity import AccessRevoked, AreaChanged, AssignmentChanged, BindingChanged, DirectoryMarked, UnitChanged
from contracts.identity_homes import HelperChanged


async def hear(doors: Doors, event: object, sequence: int = 1, at: datetime | None = None) -> None:
    listening = directory.consumers(doors.running.service.name)
    envelope = arrived(event, at or datetime.now(UTC), sequence=sequence)  # type: ignore[arg-type]
    await bus.handle(doors.running.database, listening, envelope)


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_the_order_the_newest_word_stays(notify_doors: Doors, seed: int) -> None:
    person, key, area, unit = uuid4(), uuid4(), uuid4(), uuid4()
    said = [
        (n, shape) for n in range(1, 6) for shape in (
            AssignmentChanged(
                area=f"{HERE}.g0{n}", assignment_id=key, person_id=person, role=Role.GRID_WORKER, display_name=f"n{n}",
                starts_at=LONG_AGO,
            ),
            BindingChanged(area=ROOM, binding_id=key, person_id=person, kind="owner", starts_at=LONG_AGO + timedelta(days=n)),
            AreaChanged(area=f"{HERE}.g09", area_id=area, path=f"{HERE}.g09", kind="grid", name=f"n{n}"),
            UnitChanged(area=HERE, unit_id=unit, kind="物业", name=f"n{n}", serves=(HERE,)),
        )
    ]
    random.Random(seed).shuffle(said)
    for n, event in said:
        await hear(notify_doors, event, sequence=n)
    kept = await notify_doors.rows("select seq, display_name from directory_assignments where id = :id", id=key)
    assert [(row.seq, row.display_name) for row in kept] == [(5, "n5")]
    bound = await notify_doors.rows("select starts_at from directory_bindings where id = :id", id=key)
    assert bound[0].starts_at == LONG_AGO + timedelta(days=5)
    for table, one in (("directory_areas", area), ("directory_units", unit)):
        assert (await notify_doors.rows(f"select name from {table} where id = :id", id=one))[0].name == "n5"


async def test_an_ended_assignment_gives_nothing_any_more(notify_doors: Doors) -> None:
    ended = AssignmentChanged(
        area=HERE, assignment_id=uuid4(), person_id=uuid4(), role=Role.GRID_WORKER, display_name="某某",
        starts_at=LONG_AGO, ends_at=datetime.now(UTC) - timedelta(seconds=1),
    )
    await hear(notify_doors, ended)
    actor, _ = await notify_doors.running.directory.actor(ended.person_id)
    assert actor.assignments == ()


async def test_every_service_knows_where_a_helper_belongs_and_until_when(notify_doors: Doors) -> None:
    now = datetime.now(UTC)
    said = HelperChanged(area=ROOM, binding_id=uuid4(), person_id=uuid4(), starts_at=LONG_AGO, ends_at=now + timedelta(days=9))
    await hear(notify_doors, said)
    actor, _ = await notify_doors.running.directory.actor(said.person_id)
    assert actor.bindings == (ROOM,)
    await hear(notify_doors, said.model_copy(update={"ends_at": now}), sequence=2)
    notify_doors.running.directory._known.clear()
    assert (await notify_doors.running.directory.actor(said.person_id))[0].bindings == ()


async def test_a_revocation_only_ever_moves_forward(notify_doors: Doors) -> None:
    now = datetime.now(UTC)
    for moment in (now, now - timedelta(hours=1)):
        await hear(notify_doors, AccessRevoked(person_id=RESIDENT.id, not_before=moment))
    _, not_before = await notify_doors.running.directory.actor(RESIDENT.id)
    assert not_before == now


async def test_tokens_from_before_a_revocation_are_refused(notify_doors: Doors) -> None:
    async with notify_doors.client(RESIDENT) as resident:
        assert (await resident.get("/api/v1/inbox")).status_code == 200
        await hear(notify_doors, AccessRevoked(person_id=RESIDENT.id, not_before=datetime.now(UTC) + timedelta(seconds=2)))
        notify_doors.running.directory._known.clear()
        assert (await resident.get("/api/v1/inbox")).status_code == 401


@pytest.mark.parametrize(("age", "staff", "resident"), [
    (1, True, True), (20, False, True), (90, False, False), (None, False, False),
])
async def test_a_dangerous_act_needs_fresh_knowledge(
    gate_doors: Doors, age: float | None, staff: bool, resident: bool
) -> None:
    if age is not None:
        said_at = datetime.now(UTC) - timedelta(seconds=age)
        await hear(gate_doors, DirectoryMarked(directory_id=UUID(int=0), position=1), at=said_at)
    for person, fresh in ((GRID, staff), (RESIDENT, resident)):
        actor, _ = await gate_doors.running.directory.actor(person.id)
        async with gate_doors.running.database.reading() as work:
            if fresh:
                await directory.must_be_fresh(work, actor)
            else:
                with pytest.raises(directory.DirectoryStale):
                    await directory.must_be_fresh(work, actor)


async def test_an_older_mark_does_not_make_the_copy_look_staler(gate_doors: Doors) -> None:
    now = datetime.now(UTC)
    for moment in (now, now - timedelta(hours=1)):
        await hear(gate_doors, DirectoryMarked(directory_id=UUID(int=0), position=1), at=moment)
    async with gate_doors.running.database.reading() as work:
        await directory.must_be_fresh(work, Actor(GRID.id))


async def test_who_serves_a_place_is_found_nearest_first(notify_doors: Doors) -> None:
    async with notify_doors.running.database.reading() as work:
        assert await directory.serving(work, Role.GRID_WORKER, UNIT) == [GRID.id]
        assert await directory.serving(work, Role.GRID_WORKER, "510104.clx.jinxiu2") == []


async def test_one_and_many_are_told_alike_each_what_they_hold(notify_doors: Doors) -> None:
    people = [uuid4() for _ in range(4)]
    for n, person in enumerate(people[:3]):
        one = AssignmentChanged(
            area=HERE, assignment_id=uuid4(), person_id=person, role=Role.GRID_WORKER, unit_id=uuid4(), display_name="某某",
            starts_at=LONG_AGO,
        )
        await hear(notify_doors, one)
        if n:
            home = BindingChanged(area=ROOM, binding_id=uuid4(), person_id=person, kind="owner", starts_at=LONG_AGO)
            await hear(notify_doors, home)
        if n > 1:
            await hear(notify_doors, AccessRevoked(person_id=person, not_before=LONG_AGO))
    known = notify_doors.running.directory
    many = await known.look_up(people)
    for person in people:
        assert (await known.look_up([person]))[person] == many[person]
    held = [(len(actor.assignments), actor.bindings, void) for actor, void in many.values()]
    assert held == [(1, (), None), (1, (ROOM,), None), (1, (ROOM,), LONG_AGO), (0, (), None)]
    assert [actor.id for actor, _ in many.values()] == people
    first = many[people[0]][0].assignments[0]
    assert (first.role, first.area, first.starts_at, first.ends_at) == (Role.GRID_WORKER, HERE, LONG_AGO, None)
    assert first.unit_id is not None
    assert await known.look_up([]) == {}
