"""常用语: sentences that staff need not write anew."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import phrases as acts
from services.reports.api.reports import Path
from services.reports.domain.phrase import LONGEST, LONGEST_TITLE

router = new_router("/api/v1/phrases", tags=["phrases"])

For = Literal["note", "return", "reassign", "escalate", "ask", "decline", "hold", "resolve", "any"]


class NewPhrase(Body):
    """A sentence; its gaps are `{编号}`, `{类别}`, `{地点}`, `{到期时间}`, `{今天}`.

    With a community's area it is for all who serve there.
    """

    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE, pattern=r"^\S(?:[^\x00-\x1f\x7f]*\S)?$")]
    said: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
    act: For = "any"
    area: Path | None = None


class PhraseView(BaseModel):
    """A phrase; `filled` is there when a report was named."""

    id: UUID
    title: str
    act: For
    said: str
    filled: str | None
    own: bool
    area: str | None


class PhraseFilter(BaseModel, extra="forbid"):
    """For which report."""

    report_id: UUID | None = None


@router.post("", status_code=201, response_model=PhraseView)
async def keep_phrase(new: NewPhrase, actor: Actor, work: Working) -> dict[str, Any]:
    """One's own, or, by who may write them, a community's."""
    return await acts.keep(work, by=actor, act=new.act, title=new.title, said=new.said, area=new.area)


@router.get("", response_model=list[PhraseView])
async def list_phrases(actor: Actor, work: Working, asked: Annotated[PhraseFilter, Query()]) -> list[dict[str, Any]]:
    """One's own and those of the communities where one serves; filled, where a report is named."""
    return await acts.listed(work, by=actor, report_id=asked.report_id)


@router.delete("/{phrase_id}", status_code=204)
async def remove_phrase(phrase_id: UUID, actor: Actor, work: Working) -> None:
    """It is kept no longer."""
    await acts.remove(work, phrase_id, by=actor)
