"""批注: written by staff, for staff or for the reporter."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import notes as acts
from services.reports.api.reports import Text
from services.reports.domain.note import Visibility

router = new_router("/api/v1/reports", tags=["notes"])


class NewNote(Body):
    """What is written, and who reads it; for staff alone unless it is said."""

    text: Text
    visibility: Visibility = Visibility.STAFF


class NoteView(BaseModel):
    """A note."""

    id: UUID
    written_by: UUID
    written_at: datetime
    visibility: Visibility
    text: str


@router.post("/{report_id}/notes", status_code=201, response_model=NoteView)
async def write_note(report_id: UUID, new: NewNote, actor: Actor, work: Working) -> dict[str, Any]:
    """A note beside the report; it stays."""
    return await acts.write(work, report_id, by=actor, text=new.text, visibility=new.visibility)


@router.get("/{report_id}/notes", response_model=list[NoteView])
async def list_notes(report_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """The notes that one may read, oldest first."""
    return await acts.shown(work, report_id, by=actor)
