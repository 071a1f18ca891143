"""A sheet of residents against who lives where: whom it would bring, whose belonging it would change, and doing so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.db import Work
from chassis.rights import Actor
from chassis.sheets import Problem
from contracts.calendar import CHENGDU
from contracts.identity import BindingChanged, BindingProposed
from contracts.identity_homes import HelperChanged
from services.identity.actions import agreements
from services.identity.actions import imported_people as persons
from services.identity.domain.imports import Look, Verdict
from services.identity.domain.place import HELPS, Binding
from services.identity.domain.sheet import Row
from services.identity.store.periods import goes_on
from services.identity.store.queries import in_areas
from services.identity.store.tables import areas, bindings

_WORDS = {"name-differs": "姓名", "same-name": "手机号", "which": "手机号", "over": "截止日期", "helper-dates": "截止日期"}


@dataclass(frozen=True)
class Homes:
    """What a sheet of residents comes to."""

    look: Look
    people: persons.Persons
    added: tuple[Binding, ...]
    changed: tuple[tuple[Binding, Row], ...]

    @property
    def touched(self) -> set[UUID]:
        """Who of it is known already."""
        return self.people.met - self.people.made.keys()

    def _begun(self, one: Binding, at: datetime) -> BindingChanged | HelperChanged | BindingProposed:
        """Of whom the sheet makes all there is to reach is the sheet's own; who is known is asked, as by hand."""
        if one.person_id not in self.people.made:
            return one.ask(at)
        one.settle("sheet", by=None, at=at)
        return one.changed("begun")

    async def do(self, work: Work, *, by: Actor) -> list[str]:
        """Write it and say so; the subjects, for the audit."""
        for one in (*self.added, *(one for one, _ in self.changed)):
            by.may("bindings.approve").check(one)
        await self.people.write(work)
        for one in self.added:
            one.approved_by = by.id
            work.announce(self._begun(one, work.now))
        if self.added:
            await work.add(*self.added)
        for one, row in self.changed:
            agreements.say(work, one.corrected(row.said["kind"], *_span(row, one)))
        if self.changed:
            change = update(bindings).where(bindings.c.id == bindparam("key")).values(
                kind=bindparam("said"), starts_at=bindparam("since"), ends_at=bindparam("until"),
            )
            connection = await work.session.connection()
            await connection.execute(change, [
                {"key": one.id, "said": one.kind, "since": one.starts_at, "until": one.ends_at} for one, _ in self.changed
            ])
        return [f"person/{one.person_id}" for one in (*self.added, *(one for one, _ in self.changed))]


async def compare(work: Work, rows: Sequence[Row], area: str) -> Homes:
    """Row by row: who it is, whether the room is there, and whether they belong to it already."""
    people = await persons.find(work, rows, living_below=area)
    kinds = await _kinds(work, {row.said["area"] for row in rows})
    held = await _held(work, {*people.phoned, *(one for found in people.by_name.values() for one in found)})
    verdicts: dict[int, Verdict] = {}
    problems, added, changed = [], [], []
    for row in rows:
        who = _wrong(work, kinds, row) or people.who(row)
        there = held.get((who, row.said["area"])) if isinstance(who, UUID) else None
        who = _unfit(work, row, there) or who
        if not isinstance(who, UUID):
            problems.append(Problem(row.number, _WORDS.get(who, "房屋编码"), who))
            verdicts[row.number] = "wrong"
        elif there is None:
            added.append(_new(work, row, who))
            verdicts[row.number] = "added"
        elif (there.kind, there.starts_at, there.ends_at) == (row.said["kind"], *_span(row, there)):
            verdicts[row.number] = "same"
        else:
            changed.append((there, row))
            verdicts[row.number] = "changed"
    return Homes(Look(verdicts, tuple(problems)), people, tuple(added), tuple(changed))


def _wrong(work: Work, kinds: dict[str, str], row: Row) -> str | None:
    if row.said["area"] not in kinds:
        return "not-there"
    if kinds[row.said["area"]] != "room":
        return "not-a-room"
    if "until" in row.said and _end(row.said["until"]) <= work.now:
        return "over"
    return None


def _unfit(work: Work, row: Row, there: Binding | None) -> str | None:
    """Of whom the row would make a helper without an end, or for more than a year."""
    if row.said["kind"] != "helper":
        return None
    since, until = _span(row, there) if there is not None else _first_span(row, work.now)
    return None if until is not None and until - since <= HELPS else "helper-dates"


def _new(work: Work, row: Row, person: UUID) -> Binding:
    return Binding(work.new_id(), person, row.said["area"], row.said["kind"], None, *_first_span(row, work.now))


def _first_span(row: Row, at: datetime) -> tuple[datetime, datetime | None]:
    since = datetime.combine(date.fromisoformat(row.said["since"]), time(), CHENGDU) if "since" in row.said else at
    return since, _end(row.said["until"]) if "until" in row.said else None


def _span(row: Row, there: Binding) -> tuple[datetime, datetime | None]:
    """Since and until, as the row says; what it leaves open stays as it is. Days are the community's, the last one counts."""
    since, until = _first_span(row, there.starts_at)
    return since, until if until is not None else there.ends_at


def _end(last: str) -> datetime:
    return datetime.combine(date.fromisoformat(last) + timedelta(days=1), time(), CHENGDU)


async def _kinds(work: Work, paths: set[str]) -> dict[str, str]:
    asked = select(areas.c.path, areas.c.kind).where(areas.c.closed.is_(False), in_areas(areas.c.path))
    return {row.path: row.kind for row in await work.session.execute(asked, {"areas": sorted(paths)})}


async def _held(work: Work, who: set[UUID]) -> dict[tuple[Any, str], Binding]:
    holds = goes_on(bindings.c, work.now)
    of_them = bindings.c.person_id == func.any(bindparam("persons", type_=ARRAY(Uuid)))
    rows = await work.session.execute(select(bindings).where(of_them, holds), {"persons": list(who)})
    return {(row.person_id, row.area): Binding(**row._mapping) for row in rows}  # noqa: SLF001 - its public name
