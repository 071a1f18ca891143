"""公开照片: what faces and plates are covered in before everybody may see it, and who decided that."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.reports import PhotoConcealed, PhotoPublished
from services.reports.domain.anchor import NARROWEST
from services.reports.domain.machine import Status
from services.reports.domain.part import PartOfAnother
from services.reports.domain.report import Report

MOST_BOXES, LONGEST_SIDE, SMALLEST = 60, 1600, 4  # pixels of the photo as it is shown to staff
HIDDEN = frozenset({Status.WITHDRAWN, Status.DECLINED})  # what was taken back or is not ours shows nothing to everybody


class What(StrEnum):
    """What a box covers."""

    FACE = "face"  # 人脸
    PLATE = "plate"  # 车牌
    OTHER = "other"  # 门牌、证件等


class State(StrEnum):
    """How far a photo is on its way to everybody."""

    WAITING = "waiting"  # 待检测
    FOUND = "found"  # 待查看: the detector looked, its copy is made
    WANTED = "wanted"  # 公开中: staff decided, the copy with their boxes is being made
    PUBLIC = "public"  # 已公开
    CONCEALED = "concealed"  # 已撤回公开
    UNFIT = "unfit"  # 无法处理: the detector did not come to an end with it; it is never shown


class CoverUnfit(Invalid):
    """A box lies within the photo, measured in its pixels from the upper left, and is no smaller than four by four."""

    zh = "遮挡框须在照片范围内，且不小于 4×4 像素"


class NotToBePublished(Conflict):
    """A photo is published once, after the detector looked at it; of those who decide at once one does."""

    zh = "该照片尚未完成人脸、车牌检测，或已经公开"


class NotPublic(Conflict):
    """What is not shown to everybody cannot be taken back from them."""

    zh = "该照片没有公开"


class HomesStayClosed(Conflict):
    """Of a dwelling, and of what was taken back or refused, nothing is shown to everybody (民法典 第一千零三十三条)."""

    zh = "住户家中的照片，以及已撤回、不予受理的报事的照片，不能公开"


@dataclass(frozen=True, order=True)
class Box:
    """A rectangle to be covered: pixels from the upper left corner."""

    x: int
    y: int
    width: int
    height: int
    what: str = What.OTHER.value


@dataclass(eq=False)
class Publication:
    """A photo on its way to everybody, and back. `version` counts sets of boxes; a copy is named by it."""

    id: UUID  # the photo's
    report_id: UUID
    width: int
    height: int
    state: str
    looked_at: datetime | None = None
    boxes: list[dict[str, Any]] = field(default_factory=list)
    version: int = 1
    copy_key: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None

    @property
    def covered(self) -> list[Box]:
        """What is covered in it, or is to be."""
        return [Box(**one) for one in self.boxes]

    @property
    def stands(self) -> tuple[str, int, str | None]:
        """How it stands, for who comes back to it."""
        return self.state, self.version, self.copy_key

    def look_again(self) -> None:
        """What was too much for the detector once may be tried again."""
        if self.state == State.UNFIT:
            self.state, self.looked_at = State.WAITING.value, None

    def covered_as(self, key: str | None, boxes: Sequence[Box], size: tuple[int, int], at: datetime) -> None:
        """A copy is made: as the detector proposes, or as staff said, and then everybody may see it."""
        self.copy_key = key
        if self.state == State.WAITING:
            (self.width, self.height), self.looked_at = size, at
            self.boxes, self.state = [asdict(one) for one in sorted(boxes)], State.FOUND.value
        else:
            self.state = State.PUBLIC.value

    def publish(self, report: Report, boxes: Sequence[Box], *, by: UUID, at: datetime) -> PhotoPublished:
        """Somebody looked at it, and these are to be covered: all of them, and nothing else."""
        must_be_showable(report)
        if self.state not in {State.FOUND, State.CONCEALED}:
            raise NotToBePublished
        for one in boxes:
            self._must_hold(one)
        wanted = sorted(set(boxes))
        made = self.state == State.FOUND and wanted == sorted(self.covered)
        if not made:
            self.version, self.boxes = self.version + 1, [asdict(one) for one in wanted]
        self._decide(State.PUBLIC if made else State.WANTED, by, at)
        return PhotoPublished(**_said(report), photo_id=self.id)

    def conceal(self, report: Report, *, by: UUID, at: datetime) -> PhotoConcealed:
        """It is shown to nobody any more, from this moment on."""
        if self.state not in {State.WANTED, State.PUBLIC}:
            raise NotPublic
        self._decide(State.CONCEALED, by, at)
        return PhotoConcealed(**_said(report), photo_id=self.id)

    def give_up(self, at: datetime) -> None:
        """It is gone, or too much for the detector: it is never shown."""
        self.state, self.looked_at = State.UNFIT.value, self.looked_at or at

    def _must_hold(self, box: Box) -> None:
        inside = box.x >= 0 and box.y >= 0 and box.x + box.width <= self.width and box.y + box.height <= self.height
        if not inside or min(box.width, box.height) < SMALLEST:
            raise CoverUnfit

    def _decide(self, state: State, by: UUID, at: datetime) -> None:
        self.state, self.decided_by, self.decided_at = state.value, by, at


def must_be_showable(report: Report) -> None:
    """HomesStayClosed of a dwelling's, and of one that was taken back or refused; PartOfAnother: everybody sees the whole's."""
    if report.parent_id is not None:
        raise PartOfAnother
    if report.area.count(".") + 1 > NARROWEST or report.status in HIDDEN:
        raise HomesStayClosed


def _said(report: Report) -> dict[str, Any]:
    return report.called()
