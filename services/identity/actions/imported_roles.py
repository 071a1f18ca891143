"""A sheet of staff against who serves where: whom it would let serve, and doing so, each row as if granted by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.db import Work
from chassis.rights import Actor
from chassis.sheets import Problem
from services.identity.actions import granting
from services.identity.actions import imported_people as persons
from services.identity.domain.imports import Look, Verdict
from services.identity.domain.place import Assignment
from services.identity.domain.sheet import Row
from services.identity.store.periods import goes_on
from services.identity.store.queries import in_areas
from services.identity.store.tables import areas, assignments


@dataclass(frozen=True)
class Roles:
    """What a sheet of staff comes to."""

    look: Look
    people: persons.Persons
    added: tuple[Assignment, ...]
    renamed: tuple[tuple[Assignment, str], ...]

    @property
    def touched(self) -> set[UUID]:
        """Who of it is known already."""
        return self.people.met - self.people.made.keys()

    async def do(self, work: Work, *, by: Actor) -> list[str]:
        """Write it and say so; the subjects, for the audit. No row grants what its importer could not grant by hand."""
        for one in (*self.added, *(one for one, _ in self.renamed)):
            by.may("assignments.grant").check(one)
        await granting.must_be_theirs_to_give(work, by.id, [*self.added])
        await self.people.write(work)
        for one in self.added:
            one.granted_by = by.id
            work.announce(one.changed())
        if self.added:
            await work.add(*self.added)
        for one, name in self.renamed:
            work.announce(one.named(name))
        if self.renamed:
            change = update(assignments).where(assignments.c.id == bindparam("key")).values(display_name=bindparam("said"))
            connection = await work.session.connection()
            await connection.execute(change, [{"key": one.id, "said": name} for one, name in self.renamed])
        return [f"person/{one.person_id}" for one in (*self.added, *(one for one, _ in self.renamed))]


async def compare(work: Work, rows: Sequence[Row], _area: str) -> Roles:
    """Row by row: who it is, whether the area is there, and whether they serve in it already."""
    people = await persons.find(work, rows)
    asked = select(areas.c.path).where(areas.c.closed.is_(False), in_areas(areas.c.path))
    there = set(await work.session.scalars(asked, {"areas": sorted({row.said["area"] for row in rows})}))
    held = await _held(work, people.phoned)
    verdicts: dict[int, Verdict] = {}
    problems, added, renamed = [], [], []
    for row in rows:
        who = people.who(row) if row.said["area"] in there else "not-there"
        if not isinstance(who, UUID):
            problems.append(Problem(row.number, "区域编码" if who == "not-there" else "姓名", who))
            verdicts[row.number] = "wrong"
            continue
        serves = held.get((who, row.said["role"], row.said["area"]))
        if serves is None:
            made = Assignment(work.new_id(), who, row.said["role"], row.said["area"], None, row.said["name"], None, work.now)
            added.append(made)
        elif serves.display_name != row.said["name"]:
            renamed.append((serves, row.said["name"]))
        is_same = serves is not None and serves.display_name == row.said["name"]
        verdicts[row.number] = "added" if serves is None else "same" if is_same else "changed"
    return Roles(Look(verdicts, tuple(problems)), people, tuple(added), tuple(renamed))


async def _held(work: Work, who: set[UUID]) -> dict[tuple[UUID, str, str], Assignment]:
    holds = (assignments.c.basis == "granted") & goes_on(assignments.c, work.now)
    of_them = assignments.c.person_id == func.any(bindparam("persons", type_=ARRAY(Uuid)))
    rows = await work.session.execute(select(assignments).where(of_them, holds), {"persons": list(who)})
    return {(row.person_id, row.role, row.area): Assignment(*row) for row in rows}
