"""What a report is called."""

from chassis.db import Work
from contracts.area import community_of
from contracts.calendar import CHENGDU
from services.reports.store import queries


async def next_number(work: Work, area: str) -> str:
    """The next of the local day in the community of an area, as `GH-20260302-0007`."""
    day = work.now.astimezone(CHENGDU).date()
    return f"GH-{day:%Y%m%d}-{await queries.next_number(work, community_of(area), day):04d}"
