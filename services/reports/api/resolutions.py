"""办结: what was done, the photos that show it, and where they were taken."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import looking
from services.reports.actions import reports as acts
from services.reports.api.reports import Photos, ReportView, Store, Text
from services.reports.domain.coordinates import Point
from services.reports.domain.onsite import Taken

router = new_router("/api/v1/reports", tags=["reports"])

Why = Literal["mended-elsewhere", "position-drifts", "no-position", "nothing-on-site"]


class Spot(Body):
    """Where the photo afterwards was taken, on the datum that is said."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]
    crs: Literal["gcj02", "wgs84"] = "gcj02"


class Resolution(Body):
    """What was done, and the photos that show it; of what no photo shows (`is_physical` of its category) there may be none.

    `taken_at` is where they were taken; farther than 100 m from where it was reported, `elsewhere` says why.
    """

    note: Text
    photos: Photos
    taken_at: Spot | None = None
    elsewhere: Why | None = None

    def taken(self) -> Taken:
        """The same in the words of the rule."""
        spot = self.taken_at
        return Taken(Point(spot.lat, spot.lng, spot.crs) if spot is not None else None, self.elsewhere)


@router.post("/{report_id}/resolution", response_model=ReportView)
async def resolve_report(
    report_id: UUID, resolution: Resolution, actor: Actor, work: Working, files: Store
) -> dict[str, Any]:
    """The work is done; the resident sees note and photo, and may reopen."""
    taken = resolution.taken()
    report = await acts.resolve(
        work, files, report_id, by=actor, note=resolution.note, photos=resolution.photos, taken=taken
    )
    return await looking.shown(work, files, report, by=actor)
