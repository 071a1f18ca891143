"""搜索正文: reports by words of what people wrote."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from chassis.pages import Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.reports.actions import text_search as acts
from services.reports.api.reports import Category, Path, ReportItem
from services.reports.domain.channel import Channel
from services.reports.domain.machine import Status

router = new_router("/api/v1/reports", tags=["reports"])


class Asked(Paging):
    """Words, and among which reports."""

    q: Annotated[str, Field(max_length=64, description="one to four words, all of which the text has")]
    status: Status | None = None
    category: Category | None = None
    area: Path | None = None
    channel: Channel | None = None


class FoundView(BaseModel):
    """What was found, newest first. `next` goes on with older ones; null: all were looked at."""

    items: list[ReportItem]
    next: str | None
    looked: Annotated[int, Field(description="texts that were opened for it, a thousand at most")]


@router.get("/search", response_model=FoundView)
async def search_reports(actor: Actor, work: Working, asked: Annotated[Asked, Query()]) -> dict[str, Any]:
    """Reports whose text has all the words: one's own and, for staff, those of the areas they serve. Nothing of it is kept."""
    return vars(await acts.search(work, by=actor, **asked.model_dump()))
