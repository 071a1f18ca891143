"""Filing a report: by a resident, or by staff for one who agreed to it (代报)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import anchors, looking
from services.reports.actions import reports as acts
from services.reports.api.reports import Category, Photos, Place, ReportView, Store, Subcategory, Text
from services.reports.domain.anchor import PlaceOrAnchor, Scan
from services.reports.domain.catalogue import FIELD_PATTERN, MOST_FIELDS, MOST_VALUES
from services.reports.domain.channel import Channel
from services.reports.domain.field import LONGEST_TEXT

router = new_router("/api/v1/reports", tags=["reports"])


Said = Annotated[str, Field(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]
Answer = Said | Annotated[list[Said], Field(max_length=MOST_VALUES)]
Answers = Annotated[dict[Annotated[str, Field(pattern=FIELD_PATTERN)], Answer], Field(max_length=MOST_FIELDS)]


class Behalf(Body):
    """For which resident staff file, how they heard of it, and that the resident agreed to it."""

    person_id: UUID
    heard: Literal["phone", "visit", "hotline"]
    consents: Annotated[Literal[True], Field(description="本人同意由工作人员代报")]


class NewReport(Body):
    """What a resident says; `client_token` is made by the phone with the draft and stays with it for ever.

    `anchor` is a scanned code; it stands instead of `place`, and then the category need not be said.
    """

    text: Text
    category: Category | None = None
    place: Place | None = None
    anchor: Annotated[str | None, Field(max_length=256)] = None
    client_token: UUID
    photos: Photos = Field(default_factory=list)
    is_dangerous: Annotated[bool, Field(description="现在有危险：至少按“较大”办，工作人员看过再定")] = False
    subcategory: Subcategory | None = None
    answers: Annotated[Answers, Field(description="by the code of a field of the category's; several of a list")] = Field(
        default_factory=dict
    )
    behalf: Annotated[Behalf | None, Field(description="代报：由负责该处的工作人员为居民填报")] = None

    def filing(self, scan: Scan | None) -> acts.Filing:
        """The same in the words of the action; PlaceOrAnchor unless it says where, and only once."""
        where = self.place if scan is None else scan.anchor
        category = self.category if scan is None else self.category or scan.anchor.category
        if where is None or category is None or (scan is not None and self.place is not None):
            raise PlaceOrAnchor
        return acts.Filing(
            text=self.text, category=category, area=where.area, client_token=self.client_token,
            point=where.point(), accuracy=None if self.place is None else self.place.accuracy_m, photos=self.photos, scan=scan,
            subcategory=self.subcategory, answers=self._answers(), asked=None,
            resident=None if self.behalf is None else self.behalf.person_id,
            is_dangerous=self.is_dangerous,
            channel=Channel.APP if self.behalf is None else Channel(self.behalf.heard),
        )


    def _answers(self) -> dict[str, list[str]]:
        return {code: [said] if isinstance(said, str) else said for code, said in self.answers.items()}


@router.post("", status_code=201, response_model=ReportView)
async def file_report(new: NewReport, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Report a problem."""
    scan = await anchors.behind(work, new.anchor, by=actor)
    report = await acts.file(work, files, by=actor, filing=new.filing(scan))
    return await looking.shown(work, files, report, by=actor)
