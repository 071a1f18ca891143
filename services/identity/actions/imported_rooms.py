"""A sheet of rooms against the areas that are there: what it would add or rename, and doing so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update

from chassis.db import Work
from chassis.rights import Actor
from chassis.sheets import Problem
from services.identity.domain.imports import Look, Verdict
from services.identity.domain.place import Area
from services.identity.domain.sheet import Row
from services.identity.store.queries import in_areas
from services.identity.store.tables import areas


@dataclass(frozen=True)
class Rooms:
    """What a sheet of rooms comes to."""

    look: Look
    added: tuple[Area, ...]
    renamed: tuple[tuple[Area, str], ...]

    @property
    def touched(self) -> set[Any]:
        """Nobody: rooms are no persons."""
        return set()

    async def do(self, work: Work, *, by: Actor) -> list[str]:
        """Write it and say so; the subjects, for the audit."""
        for area in (*self.added, *(one for one, _ in self.renamed)):
            by.may("areas.write").check(area)
        if self.added:
            await work.add(*self.added)
        for area in self.added:
            work.announce(area.added())
        for area, name in self.renamed:
            work.announce(area.renamed(name))
        if self.renamed:
            change = update(areas).where(areas.c.id == bindparam("key")).values(name=bindparam("said"))
            connection = await work.session.connection()
            await connection.execute(change, [{"key": area.id, "said": name} for area, name in self.renamed])
        return [f"area/{area.id}" for area in (*self.added, *(one for one, _ in self.renamed))]


async def compare(work: Work, rows: Sequence[Row], _area: str) -> Rooms:
    """Row by row, in the order of the sheet: a room may stand below its building."""
    known = await _known(work, {path for row in rows for path in (row.said["area"], _parent(row.said["area"]))})
    verdicts: dict[int, Verdict] = {}
    problems, added, renamed = [], [], []
    for number, said in rows:
        word = _wrong(known, said["area"], said["kind"])
        there = known.get(said["area"])
        if word is not None:
            problems.append(Problem(number, *word))
            verdicts[number] = "wrong"
        elif there is None:
            made = known[said["area"]] = Area(work.new_id(), said["area"], said["kind"], said["name"])
            added.append(made)
            verdicts[number] = "added"
        else:
            verdicts[number] = "same" if there.name == said["name"] else "changed"
            renamed += [] if there.name == said["name"] else [(there, said["name"])]
    return Rooms(Look(verdicts, tuple(problems)), tuple(added), tuple(renamed))


async def _known(work: Work, paths: set[str]) -> dict[str, Area]:
    found = await work.session.execute(select(areas).where(in_areas(areas.c.path)), {"areas": sorted(paths)})
    return {row.path: Area(row.id, row.path, row.kind, row.name, row.closed) for row in found}


def _wrong(known: dict[str, Area], path: str, kind: str) -> tuple[str, str] | None:
    there, above = known.get(path), known.get(_parent(path))
    if there is not None and there.closed:
        return "区域编码", "closed"
    if there is not None and there.kind != kind:
        return "类型", "another-kind"
    if there is None and (above is None or above.closed):
        return "区域编码", "no-parent"
    return None


def _parent(path: str) -> str:
    return path.rpartition(".")[0]
