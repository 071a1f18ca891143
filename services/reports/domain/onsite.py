"""Where what was mended was photographed: at the place that was reported, or why not; as the chain keeps it."""

from dataclasses import dataclass
from typing import Any

from chassis.errors import Invalid
from services.reports.domain.coordinates import Point

NEAR = 100  # metres within which a photo was taken there: a phone among houses is often wrong by some dozens
INSIDE, UNKNOWN, REASON = "inside", "unknown", "reason"
# 处置点不在报事点、定位漂移、无法定位、无需到场
REASONS = ("mended-elsewhere", "position-drifts", "no-position", "nothing-on-site")


class TooFarFromThere(Invalid):
    """What was mended is photographed within a hundred metres of where it was reported, or one says why not.

    `metres` is how far it was, `reasons` what can be said.
    """

    zh = "处置后照片的拍摄位置距报事点超过 100 米，请到现场拍摄，或选择原因"


class PlaceNotSaid(Invalid):
    """This community asks where what was mended was photographed; who cannot say so says why. `reasons` is what can be said."""

    zh = "本社区要求办结时提供拍摄位置，不能提供的请选择原因"


@dataclass(frozen=True)
class Taken:
    """Where the photo afterwards was taken, if that is said, and why not there."""

    point: Point | None = None
    reason: str | None = None

    def judged(self, there: Point | None, *, asked: bool) -> str | None:
        """`inside:34`, `position-drifts:340`, `no-position` or `unknown`; None of what was reported without a point.

        TooFarFromThere; PlaceNotSaid where it is asked for.
        """
        if there is None:
            return None
        metres = None if self.point is None else self.point.wgs84().metres_to(there)
        if metres is not None and metres <= NEAR:
            return f"{INSIDE}:{round(metres)}"
        if self.reason is not None:
            return self.reason if metres is None else f"{self.reason}:{round(metres)}"
        if metres is not None:
            raise TooFarFromThere(metres=round(metres), reasons=list(REASONS))
        if asked:
            raise PlaceNotSaid(reasons=list(REASONS))
        return UNKNOWN


UNSAID = Taken()


def told(kept: str | None) -> dict[str, Any] | None:
    """What the chain keeps as it is shown; None where nothing was judged."""
    if kept is None:
        return None
    said, _, metres = kept.partition(":")
    reason = said if said in REASONS else None
    return {"verdict": REASON if reason else said, "reason": reason, "metres": int(metres) if metres else None}
