"""重复发生与主动治理: what came again at the same place, and who owns the cause until which day."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import cures as acts
from services.reports.api.reports import Text
from services.reports.domain.cure import Cure, Outcome

repeats = new_router("/api/v1/repeats", tags=["cures"])
router = new_router("/api/v1/cures", tags=["cures"])


class RepeatView(BaseModel):
    """A report of what was mended at the same place (same category, same anchor or area) at most 30 days before."""

    id: UUID
    area: str
    category: str
    anchor_id: UUID | None
    found_at: datetime
    report_id: UUID
    number: str
    former_id: UUID
    former_number: str
    resolved_at: datetime | None
    cure_id: UUID | None


class NewCure(Body):
    """What came again, who is to own it, and on which local day it is looked at again."""

    repeat_id: UUID
    owner_id: UUID
    review_on: date


class Conclusion(Body):
    """How it ended."""

    outcome: Outcome


class NewOwner(Body):
    """Who is to own it from now on."""

    owner_id: UUID


class NewCureNote(Body):
    """What is written."""

    text: Text


class CureNoteView(BaseModel):
    """A note of a cure."""

    id: UUID
    written_by: UUID
    written_at: datetime
    text: str


class CureFilter(Paging):
    """Which cures."""

    under_way: bool = False


class CureView(BaseModel):
    """A cure; `outcome` is null while it is under way."""

    id: UUID
    repeat_id: UUID
    area: str
    anchor_id: UUID | None
    category: str
    owner_id: UUID
    review_on: date
    opened_by: UUID
    opened_at: datetime
    outcome: Outcome | None
    ended_by: UUID | None
    ended_at: datetime | None
    reminded_at: datetime | None
    overdue_at: datetime | None


@repeats.get("", response_model=Page[RepeatView])
async def list_repeats(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Page[dict[str, Any]]:
    """What came again where one serves, newest first."""
    return await acts.repeated(work, by=actor, paging=asked)


@router.post("", status_code=201, response_model=CureView)
async def begin_cure(new: NewCure, actor: Actor, work: Working) -> Cure:
    """Somebody owns the cause from now on."""
    return await acts.begin(work, by=actor, repeat_id=new.repeat_id, owner_id=new.owner_id, review_on=new.review_on)


@router.get("", response_model=Page[CureView])
async def list_cures(actor: Actor, work: Working, asked: Annotated[CureFilter, Query()]) -> Page[dict[str, Any]]:
    """The cures where one serves, newest first."""
    return await acts.listed(work, by=actor, paging=asked, under_way=asked.under_way)


@router.post("/{cure_id}/conclusion", response_model=CureView)
async def conclude_cure(cure_id: UUID, conclusion: Conclusion, actor: Actor, work: Working) -> Cure:
    """Its owner, or an officer, says how it ended."""
    return await acts.end(work, cure_id, by=actor, outcome=conclusion.outcome)


@router.post("/{cure_id}/owner", response_model=CureView)
async def hand_on_cure(cure_id: UUID, new: NewOwner, actor: Actor, work: Working) -> Cure:
    """An officer makes somebody else own it, until the same day."""
    return await acts.hand_on(work, cure_id, by=actor, owner_id=new.owner_id)


@router.post("/{cure_id}/notes", status_code=201, response_model=CureNoteView)
async def write_cure_note(cure_id: UUID, new: NewCureNote, actor: Actor, work: Working) -> dict[str, Any]:
    """A note of a cure, for staff alone; it stays."""
    return await acts.write_note(work, cure_id, by=actor, text=new.text)


@router.get("/{cure_id}/notes", response_model=list[CureNoteView])
async def list_cure_notes(cure_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """What staff wrote of it, oldest first."""
    return await acts.notes(work, cure_id, by=actor)
