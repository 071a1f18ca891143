"""What areas are called: asked for by the hundred, so as they are said, by an index."""

from builders.doors import Doors
from builders.world import HERE
from sqlalchemy import text

from services.reports.store import places


async def test_many_areas_are_found_as_they_are_said_by_an_index(reports_doors: Doors) -> None:
    paths = [f"{HERE}.g03.y3.b{n:02d}" for n in range(40)]
    database = reports_doors.running.database
    async with database.work() as work:  # never committed
        fill = """insert into directory_areas (id, path, kind, name, closed, seq)
            select gen_random_uuid(), ('x.' || n)::ltree, 'room', 'n', false, 1 from generate_series(1, 20000) n"""
        await work.session.execute(text(fill))
        await work.session.execute(text("analyze directory_areas"))
        driver = await work._line.driver()
        said = await driver.fetch(f"explain {places._NAMES.text}", paths)
    assert any("ix_directory_areas_said" in row[0] for row in said), said


async def test_those_that_are_there_are_told_apart_from_the_rest(reports_doors: Doors) -> None:
    async with reports_doors.running.database.reading() as look:
        [row] = await reports_doors.rows("select path::text as path, name from directory_areas where not closed limit 1")
        asked = {row.path, f"{row.path}.nowhere"}
        assert await places.names(look, asked) == {row.path: row.name}
        assert await places.there(look, asked) == await places.open_among(look, asked) == {row.path}
        assert await places.names(look, set()) == {}
