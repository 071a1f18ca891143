"""What reports of a community can be about is read and decided by version, and told to whoever files."""

from collections.abc import Callable
from typing import Any

from chassis.db import Work
from chassis.directory import area_exists, must_be_fresh
from chassis.errors import NotFound
from chassis.pages import Page, Paging
from chassis.rights import Actor, Permission
from services.reports.domain.catalogue import Catalogue
from services.reports.domain.terms import Settings, TermsStale
from services.reports.store import catalogues


async def offered(work: Work, area: str) -> Catalogue:
    """What a report of this place can be about; for everybody. NotFound."""
    if not await area_exists(work, area):
        raise NotFound
    return await catalogues.in_force(work, area)


async def shown(work: Work, area: str, *, by: Actor) -> Catalogue:
    """The catalogue of a community, for who may see its settings."""
    return await _reached(work, area, by.may("settings.read"))


async def history(work: Work, area: str, *, by: Actor, paging: Paging) -> Page[dict[str, Any]]:
    """Every version that was decided, newest first."""
    await _reached(work, area, by.may("settings.read"))
    found = await catalogues.VERSIONS.page(work, paging, place=area)
    return found.model_copy(update={"items": [row | {"nodes": catalogues.nodes(row.pop("said"))} for row in found.items]})


async def decide(work: Work, area: str, made: Callable[[str], Catalogue], *, by: Actor, relies_on: str | None) -> Catalogue:
    """From now on reports are about what stands there; of two who read the same version one is too late."""
    read = await _reached(work, area, by.may("settings.write"))
    await must_be_fresh(work, by)
    decided = read.decide(made(area), relies_on=relies_on, by=by.id, at=work.now)
    if not await catalogues.keep_catalogue(work, decided):
        raise TermsStale
    await work.audit("settings.write", f"categories/{area}", actor=by.id, reason=f"version {decided.version}")
    return decided


async def _reached(work: Work, area: str, permission: Permission) -> Catalogue:
    place = Settings(area)
    permission.check(place)
    if not place.is_a_communitys or not await area_exists(work, area):
        raise NotFound
    return await catalogues.in_force(work, area)
