"""Posters are printed in batches, each of which can be printed again as it was; what hangs and opens nothing is taken down."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.directory import must_be_fresh
from chassis.errors import NotFound
from chassis.pages import Page, Paging
from chassis.rights import Actor
from services.reports.actions.anchors import Poster, Version, places_of, poster
from services.reports.domain.anchor import MOST_POSTERS, Anchor, TooManyPosters
from services.reports.domain.printing import NothingToTakeDown, PosterHangs, PrintedTogether, Printing, numbered, one_community
from services.reports.store import anchors
from services.reports.store import printings as store


async def make(work: Work, *, by: Actor, area: str | None, wanted: Sequence[UUID] | None) -> dict[str, Any]:
    """A batch of what hangs in an area, or of these that hang; of many at once each has a number of its own.

    PrintedTogether, NotFound, TooManyPosters.
    """
    scope = by.scope("anchors.write")
    if (area is None) == (wanted is None) or len(set(wanted or ())) != len(wanted or ()):
        raise PrintedTogether
    await must_be_fresh(work, by)
    found = await anchors.hanging(work, scope, area, MOST_POSTERS + 1) if area is not None else []
    found += await anchors.hanging_of(work, scope, wanted) if wanted is not None else []
    if not found or (wanted is not None and len(found) != len(wanted)):
        raise NotFound
    if len(found) > MOST_POSTERS:
        raise TooManyPosters
    community = one_community(one.area for one in found)
    await work.taking_turns(work.vault.keys.blind("printings.turn", community))
    made = Printing(work.new_id(), community, await store.next_turn(work, community), work.now, by.id)
    await work.add(made)
    places = await places_of(work, found)
    await store.keep_posters(work, [
        {"printing_id": made.id, "anchor_id": one.id, "position": n, "version": one.version, "place": places[one.id]}
        for n, one in enumerate(found)
    ])
    await work.audit("anchors.write", f"printings/{made.id}", actor=by.id, reason=f"printed {len(found)}")
    return await _shown(work, made)


async def listed(work: Work, *, by: Actor, paging: Paging, area: str | None) -> Page[dict[str, Any]]:
    """The batches of the communities this person keeps anchors for, newest first."""
    found = await store.PRINTINGS.page(work, paging, by.scope("anchors.read"), area=area)
    return found.model_copy(update={"items": [row | {"number": numbered(row["turn"])} for row in found.items]})


async def one(work: Work, key: UUID, *, by: Actor) -> dict[str, Any]:
    """A batch, with each of its posters and whether it opens something still."""
    return await _shown(work, await work.seen(Printing, key, by.may("anchors.read")))


async def sheet(work: Work, key: UUID, *, by: Actor, origin: str) -> tuple[Printing, list[Poster]]:
    """What was printed in a batch, as it was: also a poster that opens nothing any more."""
    made = await work.seen(Printing, key, by.may("anchors.read"))
    rows = await store.posters_of(work, made.id)
    printed = [Version(row.anchor_id, row.version, row.asset, row.place, made.number) for row in rows]
    return made, [poster(work, one, origin) for one in printed]


async def left(work: Work, *, by: Actor, area: str | None) -> list[dict[str, Any]]:
    """What hangs still though it opens nothing: to be taken down."""
    rows = await store.left(work, by.scope("anchors.read"), area)
    return [
        {name: row[name] for name in ("anchor_id", "version", "area", "asset", "place", "printed_at")}
        | {"why": "revoked" if row.revoked_at is not None else "replaced", "printings": [numbered(n) for n in sorted(row.turns)]}
        for row in rows
    ]


async def take_down(work: Work, anchor_id: UUID, *, by: Actor, version: int) -> None:
    """Somebody took down what hung of a version; of many who say so one does. PosterHangs, NothingToTakeDown."""
    anchor = await work.locked(Anchor, anchor_id, by.may("anchors.write"))
    await must_be_fresh(work, by)
    if anchor.revoked_at is None and version >= anchor.version:
        raise PosterHangs
    if not await store.take_down(work, anchor.id, version, by.id):
        raise NothingToTakeDown
    await work.audit("anchors.write", f"anchors/{anchor.id}", actor=by.id, reason=f"taken down version {version}")


async def _shown(work: Work, made: Printing) -> dict[str, Any]:
    rows = await store.posters_of(work, made.id)
    wanted = ("anchor_id", "area", "asset", "place", "version", "taken_down_at")
    told = [{name: row[name] for name in wanted} | {"opens": not row.dead} for row in rows]
    said = {name: getattr(made, name) for name in ("id", "number", "area", "printed_at", "printed_by")}
    return said | {"posters": len(told), "anchors": told}
