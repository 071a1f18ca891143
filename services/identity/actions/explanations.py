"""Why somebody may or may not do something somewhere: for themselves, for who answers for the area, for who lives there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from chassis.db import Work
from chassis.errors import Invalid, NotFound
from chassis.rights import Actor, Answer, why
from contracts.area import lineage
from services.identity.domain.explanation import Bases, Explanation, Held, Spot, acts, explained
from services.identity.store.queries import in_areas
from services.identity.store.tables import areas, assignments

_MOST_PLACES = 20
_ABOVE_COMMUNITY = 2  # district and subdistrict


class NoSuchAct(Invalid):
    """An explanation is asked of an act that some service knows."""

    zh = "没有这项操作"


@dataclass(frozen=True)
class Question:
    """Of which act, in which place, on whose thing; without a place of all that may be done where the person serves and lives."""

    act: str | None = None
    area: str | None = None
    owner: UUID | None = None


async def explain(work: Work, asked: Question, *, of: Actor, by: Actor) -> list[Explanation]:
    """What `of` may do and why; NotFound where the asker may not know, NoSuchAct.

    Whoever only lives in the place learns what offices reach there, and not who else lives there.
    """
    permission, found = by.may("people.explain"), []
    which, places = acts(asked.act), _places(of) if asked.area is None else [asked.area]
    if not which:
        raise NoSuchAct
    bases, names = await _bases(work, of), await _names(work, of)
    for place in places:
        answer, ground, _ = why(by, permission.rule, Spot(place, of.id))
        if answer is Answer.ALLOWED:
            told = replace(of, bindings=()) if ground == "neighbours" else of
            spot = Spot(place, asked.owner or (of.id if asked.area is None else None))
            found += [explained(told, one, spot, bases=bases, names=names) for one in which]
    if not found:
        raise NotFound
    every = asked.area is not None or asked.act is not None
    return [one for one in found if every or one.answer == Answer.ALLOWED.value]


def _places(of: Actor) -> list[str]:
    """Where they serve and live; of who does neither, nowhere in particular."""
    found: Iterable[str] = [*(held.area for held in of.assignments), *of.bindings]
    return list(dict.fromkeys(found))[:_MOST_PLACES] or [""]


async def _bases(work: Work, of: Actor) -> Bases:
    asked = select(assignments).where(assignments.c.person_id == of.id)
    rows = await work.session.execute(asked)
    return {(row.role, row.area, row.starts_at): Held(row.basis, row.reason) for row in rows}


async def _names(work: Work, of: Actor) -> dict[str, str]:
    """What the areas are called in which they serve: from the community down, else by itself."""
    wanted = {place for held in of.assignments for place in lineage(held.area)}
    rows = await work.session.execute(select(areas.c.path, areas.c.name).where(in_areas(areas.c.path)), {"areas": sorted(wanted)})
    known = {row.path: row.name for row in rows}
    from_community = {area: lineage(area)[_ABOVE_COMMUNITY:] or [area] for area in (held.area for held in of.assignments)}
    return {area: "".join(known.get(step, "") for step in steps) or area for area, steps in from_community.items()}
