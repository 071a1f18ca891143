"""What a hospital's program reads: one resource, or a page of a search with what it includes. Each reading is audited (H08)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.errors import Forbidden, Gone, NotFound
from chassis.prepared import Row
from chassis.rights import Actor
from contracts.health import RecordShown
from services.health.actions import programs
from services.health.domain.program import through
from services.health.domain.proposal import PatientUnknown
from services.health.domain.referring import references
from services.health.domain.resources import Resource, rendered
from services.health.domain.search import Asked, ParameterRefused, key_of
from services.health.store import hooks, searching
from services.health.store import programs as kept
from services.health.store.resources import KINDS
from services.health.store.searching import Search
from services.health.store.withdrawn import was_withdrawn

REFERRING = 500  # resources that come with a page because they refer to it


class KindUnknown(NotFound):
    """This door has no such resource; its CapabilityStatement lists those it has."""

    zh = "本接口不提供该资源类型"


class Deleted(Gone):
    """The resource was there, and the hospital deleted it (FHIR R4, 3.1.0.7)."""

    zh = "该资源已删除"


class ConsentWithdrawn(Forbidden):
    """The person has taken back that hospitals may be told of them (PIPL art. 15; handbook identity, H02)."""

    zh = "本人已撤回向医院提供信息的同意"


@dataclass(frozen=True)
class Door:
    """Where the door is and what it allows a day."""

    base: str  # without a slash at its end
    daily: int


@dataclass(frozen=True)
class Page:
    """What a search found."""

    matches: list[Resource]
    included: list[Resource]
    next: str | None
    total: int | None


async def read(work: Work, kind: str, key: str, *, by: Actor, door: Door) -> Resource:
    """One resource; NotFound, ConsentWithdrawn, KindUnknown."""
    hospital = await _asking(work, kind, "r", by)
    found = await searching.of(work, kind, [key], **_bound(work, hospital, by))
    if not found:
        if KINDS[kind].is_personal and await was_withdrawn(work, kind, key, hospital.id):
            raise ConsentWithdrawn
        await _check_deleted(work, kind, key, hospital.id)
        raise NotFound
    await shown(work, kind, found, hospital, by=by, door=door)
    return rendered(kind, found[0])


async def _check_deleted(work: Work, kind: str, key: str, hospital: UUID) -> None:
    """Deleted, of what the hospital itself deleted; nothing else of this door ever is."""
    named = key_of(key)
    if kind == "Subscription" and named is not None and await hooks.is_ended(work, hospital, named):
        raise Deleted


async def search(work: Work, asked: Search, includes: Iterable[tuple[str, str]], *, by: Actor, door: Door) -> Page:
    """A page. What it includes, and what refers to it, is not counted, and is what the program may read by itself."""
    hospital = await _asking(work, asked.kind, "s", by)
    bound = _bound(work, hospital, by)
    found = await searching.page(work, asked, door.base, **bound)
    await shown(work, asked.kind, found.rows, hospital, by=by, door=door)
    matches = [rendered(asked.kind, row) for row in found.rows]
    included = await _included(work, matches, list(includes), hospital, by=by, door=door)
    for one in sorted(set(asked.referring)):
        included += await _referring(work, one, matches, by=by, door=door)
    return Page(matches, included, found.next, found.total)


async def _included(
    work: Work, matches: list[Resource], includes: list[tuple[str, str]], hospital: Row, *, by: Actor, door: Door
) -> list[Resource]:
    """What is referred to, and what that refers to in turn: each once, and no deeper than there are includes."""
    have = {(one["resourceType"], one["id"]) for one in matches}
    made: list[Resource] = []
    fresh = matches
    for _ in includes:
        wanted: dict[str, set[str]] = {}
        for one in fresh:
            for kind, key in _named(one, includes):
                if (kind, key) not in have:
                    wanted.setdefault(kind, set()).add(key)
        fresh = [one for kind in sorted(wanted) for one in await _all(work, kind, wanted[kind], hospital, by=by, door=door)]
        have |= {(one["resourceType"], one["id"]) for one in fresh}
        made += fresh
    return made


async def _referring(work: Work, what: str, matches: list[Resource], *, by: Actor, door: Door) -> list[Resource]:
    """What refers to any of these, as much as a page takes; ParameterRefused if it is more: less are asked for at once."""
    kind, _, name = what.partition(":")
    hospital = await _asking(work, kind, "s", by)
    if not matches:
        return []
    asked = Search(kind, (Asked(name, "", tuple(one["id"] for one in matches)),), REFERRING, total="none")
    found = await searching.page(work, asked, door.base, **_bound(work, hospital, by))
    if found.next is not None:
        raise ParameterRefused(parameter="_revinclude")
    await shown(work, kind, found.rows, hospital, by=by, door=door)
    return [rendered(kind, row) for row in found.rows]


def _named(one: Resource, includes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What of its references is to be included: an element of that name, or participants of that kind."""
    names = {name for kind, name in includes if kind == one["resourceType"]}
    return [
        (kind, key) for element, kind, key in references(one)
        if names & {element, kind.lower()} or (element == "healthcareService" and "service" in names)
    ]


async def _all(work: Work, kind: str, keys: set[str], hospital: Row, *, by: Actor, door: Door) -> list[Resource]:
    through(by, "fhir.read", kind, "r")
    found = await searching.of(work, kind, sorted(keys), **_bound(work, hospital, by))
    await shown(work, kind, found, hospital, by=by, door=door)
    return [rendered(kind, row) for row in found]


async def _asking(work: Work, kind: str, letter: str, by: Actor) -> Row:
    permission = through(by, "fhir.read", kind, letter) if kind in KINDS else None
    if permission is None:
        raise KindUnknown
    hospital = await programs.speaking(work, permission)
    if KINDS[kind].is_personal:
        await kept.name_patients(work, hospital.id)
    return hospital


async def known(work: Work, hospital: UUID, named: str) -> Row:
    """Whom a hospital knows by this name (person_id, id); PatientUnknown, ConsentWithdrawn."""
    name = key_of(named)
    person = None if name is None else await kept.person_of(work, hospital, name)
    if person is None:
        raise PatientUnknown
    if not person.given:
        raise ConsentWithdrawn
    return person


async def shown(work: Work, kind: str, rows: list[Any], hospital: Row, *, by: Actor, door: Door) -> None:
    """That people were shown is counted, audited, and told to the register of accesses: who looks there sees the hospital."""
    if not KINDS[kind].is_personal or not rows:
        return
    people: set[UUID] = {row.person_id for row in rows}
    await programs.show(work, hospital.id, {_name(kind, row) for row in rows}, daily=door.daily)
    for person in sorted(people):
        work.announce(RecordShown(access_id=work.new_id(), person_id=person, shown_to=hospital.id, act="hospitals.read"))
    for row in rows:
        await work.audit("hospitals.read", f"{kind.lower()}/{row.id}", actor=by.id, reason=str(hospital.id))


def _name(kind: str, row: Any) -> UUID:
    name: UUID = row.id if kind == "Patient" else row.patient_id
    return name


def _bound(work: Work, hospital: Row, by: Actor) -> dict[str, Any]:
    return {"hospital": hospital.id, "program": by.id, "now": work.now}


