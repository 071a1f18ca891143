"""Row security: a query sees nobody unless it was said for whom it looks, and then nobody else."""

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from builders.doors import Doors
from builders.phones import planted
from builders.residents import lives
from builders.world import FAR_GRID, FAR_ROOM, GRID, HERE, OTHER_GRID, ROOM, STRANGER
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.reach import NOBODY, SERVICE, Reach
from chassis.service import PUBLIC, Working, router
from services.identity.store.reach import DOOR

WALLED = ("people", "contacts", "consents")


@pytest.fixture
async def doors(identity_doors: Doors) -> Doors:
    """Identity with the areas of the world."""
    return await planted(identity_doors)


async def seen(doors: Doors, reach: Reach, sql: str = "select id from people") -> set[UUID]:
    """Whom the service's own role sees as that."""
    async with doors.running.database.work(reach=reach) as work:
        return set(await work.session.scalars(text(sql)))


@pytest.mark.parametrize("table", WALLED)
async def test_j02_a_query_without_a_scope_sees_nobody(doors: Doors, table: str) -> None:
    await lives(doors, ROOM)
    for reach in (NOBODY, Reach("person"), Reach("whatever")):
        assert await seen(doors, reach, f"select id from {table}") == set()
    async with doors.running.database.engine.connect() as connection:
        assert await connection.scalar(text(f"select count(*) from {table}")) == 0
        changed = await connection.execute(text("update people set sealed_name = null"))
        assert changed.rowcount == 0
    assert await seen(doors, SERVICE) == await seen(doors, DOOR) != set()


async def test_j02_nobody_is_written_without_a_scope(doors: Doors) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with doors.running.database.engine.begin() as connection:
            await connection.execute(text("insert into people (id, created_at) values (gen_random_uuid(), now())"))


TAKEN_OFF = (
    "alter table people disable row level security", "alter table people no force row level security",
    "drop policy reached on people", "alter role identity bypassrls", "set role identity_owner", "truncate people cascade",
)


@pytest.mark.parametrize("statement", TAKEN_OFF)
async def test_j02_the_service_cannot_take_the_wall_down(doors: Doors, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"must be owner|permission denied|must be superuser"):
        async with doors.running.database.engine.begin() as connection:
            await connection.execute(text(statement))


async def test_j03_no_scope_is_left_on_a_connection(doors: Doors) -> None:
    people = [await lives(doors, ROOM, phone=f"1390000000{n}") for n in range(3)]
    one_by_one = random.Random(3)

    async def look() -> None:
        who = one_by_one.choice([None, *people])
        reach = NOBODY if who is None else Reach("person", who.id)
        if one_by_one.random() < 0.5:
            assert await seen(doors, reach) == ({who.id} if who else set())
        else:
            async with doors.running.database.reading(reach) as work:
                assert set(await work.session.scalars(text("select id from people"))) == ({who.id} if who else set())

    for _ in range(10):
        await asyncio.gather(*(look() for _ in range(20)))


async def test_who_looks_for_somebody_else_meanwhile_sees_as_before_afterwards(doors: Doors) -> None:
    one, other = await lives(doors, ROOM), await lives(doors, ROOM, phone="13900000002")
    everybody = "select id from people"
    async with doors.running.database.work(reach=Reach("person", one.id)) as work:
        assert set(await work.session.scalars(text(everybody))) == {one.id}
        async with work.seeing(DOOR):
            assert {one.id, other.id} <= set(await work.session.scalars(text(everybody)))
        assert set(await work.session.scalars(text(everybody))) == {one.id}
        await work.release()
        assert set(await work.session.scalars(text(everybody))) == {one.id}


_TIES = (
    """insert into bindings (id, person_id, area, kind, agreement, agreed_at, starts_at, ends_at)
       values (gen_random_uuid(), :id, cast(:area as ltree), 'owner', 'operator', now(), now() - interval '2 days',
       now() - make_interval(days => :ago))""",
    """insert into assignments (id, person_id, role, area, display_name, starts_at, ends_at)
       values (gen_random_uuid(), :id, 'guard', cast(:area as ltree), '', now() - interval '2 days',
       now() - make_interval(days => :ago))""",
)
AREAS = (HERE, FIRST := f"{HERE}.g01", f"{HERE}.g01.b01", f"{HERE}.g02", f"{HERE}.g02.b07")


async def test_whom_a_member_of_staff_sees_is_who_lives_or_serves_where_they_serve(doors: Doors) -> None:
    """Against an oracle that knows no SQL: random homes, offices and ends."""
    drawn = random.Random(20261126)
    held: dict[UUID, list[tuple[str, bool]]] = {}
    async with doors.whole.begin() as connection:
        for _ in range(60):
            person = uuid4()
            held[person] = [(drawn.choice(AREAS), drawn.random() < 0.3) for _ in range(drawn.randrange(3))]
            await connection.execute(text("insert into people (id, created_at) values (:id, now())"), {"id": person})
            for area, over in held[person]:
                await connection.execute(text(drawn.choice(_TIES)), {"id": person, "area": area, "ago": 1 if over else -1})
    for serves in ((), (HERE,), (FIRST,), (f"{HERE}.g01.b01", f"{HERE}.g02"), (f"{HERE}.g",)):
        below = {
            person for person, places in held.items()
            if any(not over and (area == one or area.startswith(f"{one}.")) for area, over in places for one in serves)
        }
        me = drawn.choice(list(held))
        assert await seen(doors, Reach("person", me, serves)) & held.keys() == below | {me}


async def test_a_contact_is_found_by_its_index_below_the_wall(doors: Doors) -> None:
    one = await lives(doors, ROOM)
    async with doors.running.database.work(reach=Reach("person", one.id, (HERE,))) as work:
        await work.session.execute(text("set local enable_seqscan = off"))
        said: Any = await work.session.scalar(text(
            "explain (format json) select person_id from contacts where kind = 'phone' and blind_index = '\\x00'"
        ))
    assert "blind_index" in str(said)
    assert "Seq Scan" not in str(said[0]["Plan"].get("Node Type"))


class Everybody(BaseModel):
    """Whom a door of identity sees."""

    ids: list[UUID]


@pytest.fixture(scope="module")
def forgetful(every_door: dict[str, Doors]) -> Doors:
    """Identity with a door that forgot to ask where its caller serves: all people, by reading and by writing."""
    door, path = router("/forgetful", tags=[PUBLIC]), "/people"

    @door.get(path, response_model=Everybody, include_in_schema=False)  # the application is that of all tests
    @door.post(path, response_model=Everybody, include_in_schema=False)
    async def everybody(work: Working) -> dict[str, Any]:
        return {"ids": list(await work.session.scalars(text("select id from people")))}

    every_door["identity"].app.include_router(door)
    return every_door["identity"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a08_a_door_that_forgot_its_area_shows_nobody_else(doors: Doors, forgetful: Doors, method: str) -> None:
    near, far = await lives(doors, ROOM), await lives(doors, FAR_ROOM, phone="13900000002")
    for who, sees in ((GRID, {near.id}), (FAR_GRID, {far.id}), (OTHER_GRID, set()), (STRANGER, set())):
        async with forgetful.client(who) as client:
            answer = await client.request(method, "/forgetful/people")
        assert answer.status_code == 200, answer.text
        assert {UUID(one) for one in answer.json()["ids"]} & {near.id, far.id} == sees
