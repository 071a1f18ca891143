"""What can be booked, as whoever asks finds it: until when it is given back for nothing, and which visits they may have in it."""

from typing import Any

from chassis.db import Work
from chassis.pages import Page, Paging
from chassis.rights import Actor
from services.health.actions import online, policies
from services.health.store import own_team, queries


async def times(work: Work, paging: Paging, which: dict[str, Any], *, by: Actor, own_team_first: bool) -> Page[dict[str, Any]]:
    """Free times, the soonest first; if so asked, those of the team with which they have a contract before all others."""
    listing = own_team.OWN_FIRST if own_team_first else queries.FREE_SLOTS
    found = await listing.page(work, paging, by.scope("slots.read"), now=work.now, person=by.id, **which)
    items = await online.with_kinds(work, await policies.with_deadlines(work, found.items), by=by)
    return found.model_copy(update={"items": items})
