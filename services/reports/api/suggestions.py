"""类别建议: which category words are likely about, for who files and for who looks; it changes nothing."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import classifying as acts
from services.reports.api.reports import Text

router = new_router("/api/v1/suggestions", tags=["suggestions"])


class Words(Body):
    """What somebody is about to report, in their own words; they are not kept."""

    text: Text


class SuggestionView(BaseModel):
    """A category and how likely it is: of what is called 0.8 about four in five were right."""

    category: str
    name: str
    probability: Annotated[float, Field(ge=0, le=1)]


@router.post("", response_model=list[SuggestionView])
async def suggest_categories(words: Words, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """The likeliest categories, best first, three at most; none where it is not sure."""
    return await acts.suggested(work, by=actor, text=words.text)


@router.get("/{report_id}", response_model=list[SuggestionView])
async def read_suggestions(report_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """What the words of a report are likely about, whatever it was filed as: for who takes it on."""
    return await acts.of_report(work, report_id, by=actor)
