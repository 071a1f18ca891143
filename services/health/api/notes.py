"""诊疗小结: what the doctor notes of a visit, for the patient."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.health.actions import notes as acts
from services.health.domain.note import LONGEST

router = new_router("/api/v1/appointments", tags=["appointments"])


class NewVisitNote(Body):
    """What is written; a note that is written again has another version, and the former stays."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class VisitNoteView(BaseModel):
    """One version."""

    id: UUID
    version: int
    text: str
    written_by: UUID
    written_at: datetime


@router.post("/{appointment_id}/notes", status_code=201, response_model=VisitNoteView)
async def write_visit_note(appointment_id: UUID, new: NewVisitNote, actor: Actor, work: Working) -> dict[str, Any]:
    """Write of a visit of one's own, while the patient is there or in the twenty-four hours after it."""
    return await acts.write(work, appointment_id, new.text, by=actor)


@router.get("/{appointment_id}/notes", response_model=list[VisitNoteView])
async def list_visit_notes(appointment_id: UUID, actor: Actor, work: Working) -> list[dict[str, Any]]:
    """What was written of one's visit, oldest first; for the doctor, of a visit of their own."""
    return await acts.shown(work, appointment_id, by=actor)
