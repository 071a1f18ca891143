"""Settings of a community: its terms in force, every version there was, and how they are changed."""

from dataclasses import asdict
from typing import Any

from chassis.db import Work
from chassis.directory import area_exists, must_be_fresh
from chassis.errors import NotFound
from chassis.pages import Page, Paging
from chassis.rights import Actor, Permission
from contracts.area import community_of
from services.reports.domain.clock import Clock
from services.reports.domain.terms import DEFAULT, Settings, Terms, TermsStale
from services.reports.store import queries


async def in_force(work: Work, place: str) -> Terms:
    """What the community of a place promises now."""
    return (await queries.settings_of(work, community_of(place))).terms


async def kept_by(work: Work, place: str, clock: Clock) -> Terms:
    """What the community of a place promised when this clock began; the clock keeps it."""
    return await of_version(work, place, clock.policy_version)


async def of_version(work: Work, place: str, version: int) -> Terms:
    """One version of what the community of a place promised; 0 is the default of all."""
    return await queries.terms_of(work, community_of(place), version) if version else DEFAULT


async def shown(work: Work, area: str, *, by: Actor) -> Settings:
    """The settings of a community this person may see."""
    return await _reached(work, area, by.may("settings.read"))


async def history(work: Work, area: str, *, by: Actor, paging: Paging) -> Page[dict[str, Any]]:
    """Every version that was decided, newest first."""
    await _reached(work, area, by.may("settings.read"))
    found = await queries.DECIDED.page(work, paging, place=area)
    return found.model_copy(update={"items": [row | row.pop("said") for row in found.items]})


async def decide(work: Work, area: str, *, by: Actor, relies_on: str | None, terms: Terms) -> Settings:
    """New terms from now on; of two who read the same version one is too late."""
    read = await _reached(work, area, by.may("settings.write"))
    await must_be_fresh(work, by)
    made = read.decide(terms, relies_on=relies_on, by=by.id, at=work.now)
    if not await queries.keep_terms(work, made, asdict(made.terms)):
        raise TermsStale
    await work.audit("settings.write", f"settings/{area}", actor=by.id, reason=f"version {made.terms.version}")
    return made


async def _reached(work: Work, area: str, permission: Permission) -> Settings:
    found = await queries.settings_of(work, area)
    permission.check(found)
    if not found.is_a_communitys or not await area_exists(work, area):
        raise NotFound
    return found
