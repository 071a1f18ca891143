"""点位码 are entered, printed anew, taken down, and scanned by whoever stands before one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.directory import area_exists, must_be_fresh
from chassis.errors import NotFound
from chassis.pages import Page, Paging
from chassis.prepared import Row
from chassis.rights import Actor
from contracts.area import community_of, lineage
from services.reports.actions.whistles import must_serve
from services.reports.domain.anchor import (
    MOST_POSTERS,
    Anchor,
    AnchorThere,
    AnchorUnknown,
    Scan,
    Sign,
    TooManyPosters,
    lettered,
    read,
    spelled,
)
from services.reports.domain.coordinates import Point
from services.reports.domain.printing import numbered
from services.reports.domain.routing import NoSuchArea
from services.reports.store import anchors, places, printings
from services.reports.store.publications import first_public

_SCANNED_AT = "/s/"  # the page of the edge: each letter less makes the printed code coarser
_COMMUNITY, _GRID = 3, 4  # depths of the tree; which grid it is interests nobody who stands there


@dataclass(frozen=True)
class Entry:
    """Where a poster is to hang, on what, and what a report from there is likely about."""

    area: str
    asset: str
    category: str
    point: Point | None = None
    unit_id: UUID | None = None


@dataclass(frozen=True)
class Poster:
    """What one poster says: where its code leads, the place, what it hangs on, the letters people read out, its batch."""

    link: str
    place: str
    asset: str
    short: str
    batch: str | None = None


@dataclass(frozen=True)
class Version:
    """One version of an anchor, as it is printed: where it hangs, in which batch."""

    anchor: UUID
    version: int
    asset: str
    place: str
    batch: str | None = None


async def enter(work: Work, *, by: Actor, entry: Entry) -> dict[str, Any]:
    """A new anchor, with the code to be printed."""
    may = by.may("anchors.write")
    made = Anchor(work.new_id(), entry.area, entry.asset, entry.category, work.now, unit_id=entry.unit_id)
    may.check(made)
    await must_be_fresh(work, by)
    if not await area_exists(work, made.area):
        raise NoSuchArea
    await must_serve(work, made.area, [entry.unit_id] if entry.unit_id is not None else [])
    if entry.point is not None:
        place = entry.point.wgs84()
        made.lat, made.lng = place.lat, place.lng
    if not await anchors.keep_anchor(work, made):
        raise AnchorThere
    return await _changed(work, made, by, "entered")


async def revoke(work: Work, anchor_id: UUID, *, by: Actor) -> dict[str, Any]:
    """The poster is taken down."""
    anchor = await work.locked(Anchor, anchor_id, by.may("anchors.write"))
    await must_be_fresh(work, by)
    anchor.revoke(work.now)
    return await _changed(work, anchor, by, "revoked")


async def reissue(work: Work, anchor_id: UUID, *, by: Actor, version: int) -> dict[str, Any]:
    """A new code takes the place of the one that hangs."""
    anchor = await work.locked(Anchor, anchor_id, by.may("anchors.write"))
    await must_be_fresh(work, by)
    anchor.reissue(version)
    return await _changed(work, anchor, by, f"version {anchor.version}")


async def listed(work: Work, *, by: Actor, paging: Paging, area: str | None, hanging: bool) -> Page[dict[str, Any]]:
    """The anchors of the areas this person keeps them for, newest first."""
    found = await anchors.ANCHORS.page(work, paging, by.scope("anchors.read"), area=area, hanging=hanging)
    batches = await printings.of_anchors(work, [row["id"] for row in found.items])
    return found.model_copy(update={"items": [_shown(work, row, batches.get(row["id"], ())) for row in found.items]})


async def posters(work: Work, *, by: Actor, area: str, origin: str) -> list[Poster]:
    """What is to be printed for the anchors that hang in an area; TooManyPosters for one that is too large."""
    found = await anchors.hanging(work, by.scope("anchors.read"), area, MOST_POSTERS + 1)
    if not found:
        raise NotFound
    if len(found) > MOST_POSTERS:
        raise TooManyPosters
    places = await places_of(work, found)
    return [poster(work, Version(one.id, one.version, one.asset, places[one.id]), origin) for one in found]


async def places_of(work: Work, found: Sequence[Anchor]) -> dict[UUID, str]:
    """What the places of these are called on their posters."""
    named = await places.names(work, {path for one in found for path in lineage(one.area)})
    return {
        one.id: " ".join(named.get(path, "") for path in lineage(one.area) if _is_told(path, one.area)) for one in found
    }


def poster(work: Work, one: Version, origin: str) -> Poster:
    """The same with its code and its letters, which are kept nowhere."""
    link = f"{origin}{_SCANNED_AT}{spelled(one.anchor, one.version, _sign(work))}"
    return Poster(link, one.place, one.asset, lettered(one.anchor, one.version, _lettering(work)), one.batch)


async def behind(work: Work, code: str | None, *, by: Actor) -> Scan | None:
    """What a code names by which somebody files, whether its poster hangs still or not; None where none was scanned."""
    by.may("reports.file")
    return await _scanned(work, code) if code is not None else None


async def opened(work: Work, code: str) -> dict[str, Any]:
    """What whoever scans it is told: the place, what it hangs on, and what is open there; nothing of any person."""
    scan = await _scanned(work, code)
    scan.must_open()
    anchor, around = scan.anchor, await anchors.around(work, scan.anchor.area)
    if not around or around[-1].path != anchor.area:
        raise AnchorUnknown
    return {
        "place": " ".join(row.name for row in around if _is_told(row.path, anchor.area)),
        "asset": anchor.asset, "category": anchor.category, "open": await _open_there(work, anchor),
        "community": community_of(anchor.area),
    }


async def _open_there(work: Work, anchor: Anchor) -> list[dict[str, Any]]:
    rows = await anchors.open_there(work, anchor)
    photos = await first_public(work, [row["id"] for row in rows])
    return [row | {"photo_id": photos.get(row["id"])} for row in rows]


async def hanging_by(work: Work, code: str) -> Anchor:
    """The anchor that a code opens: AnchorUnknown unless its poster hangs, and the place is there."""
    scan = await _scanned(work, code)
    scan.must_open()
    return scan.anchor


def _is_told(path: str, place: str) -> bool:
    depth = path.count(".") + 1
    return path == place or (depth >= _COMMUNITY and depth != _GRID)


async def _scanned(work: Work, code: str) -> Scan:
    key, version = read(code, _sign(work))
    anchor = await anchors.anchor_of(work, key)
    if anchor is None:
        raise AnchorUnknown
    return Scan(anchor, version)


async def _changed(work: Work, anchor: Anchor, by: Actor, how: str) -> dict[str, Any]:
    await work.audit("anchors.write", f"anchors/{anchor.id}", actor=by.id, reason=how)
    batches = await printings.of_anchors(work, [anchor.id])
    return _shown(work, vars(anchor), batches.get(anchor.id, ()))


def _shown(work: Work, row: dict[str, Any], batches: Sequence[Row]) -> dict[str, Any]:
    """An anchor as its keepers see it, with the batches it was printed in; what was taken down has no code."""
    named = row["id"], row["version"]
    codes = {"code": spelled(*named, _sign(work)), "short": lettered(*named, _lettering(work))}
    told = [{"number": numbered(one.turn), "version": one.version, "printed_at": one.printed_at} for one in batches]
    printed = {"printings": told, "printed_at": told[-1]["printed_at"] if told else None}
    return row | (codes if row["revoked_at"] is None else dict.fromkeys(codes)) | printed


def _lettering(work: Work) -> Sign:
    return lambda named: work.vault.keys.blind("anchors.short", named)


def _sign(work: Work) -> Sign:
    """Signs with the service's index key; under a name of its own, so that no other blind index is a code."""
    return lambda named: work.vault.keys.blind("anchors.code", named)
