"""Notices: what a person was told."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.notify.actions import notices as acts
from services.notify.domain.notice import Notice
from services.notify.store import queries

router = new_router("/api/v1/notices", tags=["notices"])


class NoticeView(BaseModel):
    """A notice, and what it is about."""

    id: UUID
    title: str
    text: str
    template: str
    subject: str
    created_at: datetime
    read_at: datetime | None


class DoneForView(NoticeView):
    """The same, and whom it tells."""

    person_id: UUID


class DoneForFilter(Paging):
    """Of one person, or of everybody."""

    person_id: UUID | None = None


class NoticeFilter(Paging):
    """Which notices."""

    unread: bool = False


@router.get("", response_model=Page[NoticeView])
async def list_notices(actor: Actor, work: Working, asked: Annotated[NoticeFilter, Query()]) -> Page[dict[str, Any]]:
    """One's own notices, newest first."""
    found = await queries.INBOX.page(work, asked, actor.scope("notices.read"), unread=asked.unread)
    return found.model_copy(update={"items": [acts.worded(row) for row in found.items]})


@router.get("/by-proxy", response_model=Page[DoneForView])
async def list_done_for(actor: Actor, work: Working, asked: Annotated[DoneForFilter, Query()]) -> Page[dict[str, Any]]:
    """What was done for people by proxy with reports where one serves, newest first: staff tell who has no phone."""
    found = await queries.DONE_FOR.page(work, asked, actor.scope("notices.check"), person=asked.person_id)
    return found.model_copy(update={"items": [acts.worded(row) for row in found.items]})


@router.post("/{notice_id}/reading", response_model=NoticeView)
async def read_notice(notice_id: UUID, actor: Actor, work: Working) -> Notice:
    """I have seen it."""
    return await acts.read(work, notice_id, by=actor)
