"""录音、录像: a place for one is asked for, its bytes are PUT there, and then it is handed in; minutes later it can be played."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import recordings as acts
from services.reports.actions import taking_back
from services.reports.api.reports import Store
from services.reports.domain.recording import LARGEST, Kind, Role, State, Wanted

router = new_router("/api/v1/reports", tags=["recordings"])


class NewRecording(Body):
    """What is about to be sent: its exact size in bytes and the type by which it is PUT.

    Voice lasts up to a minute, video up to fifteen seconds, 1920 pixels and thirty frames a second.
    """

    kind: Kind
    role: Role = Role.CONTEXT
    content_type: Annotated[str, Field(max_length=64)]
    size: Annotated[int, Field(gt=0, le=max(LARGEST.values()), strict=True)]

    def wanted(self) -> Wanted:
        """The same in the words of the rule."""
        return Wanted(self.kind, self.role, self.content_type, self.size)


class Put(BaseModel):
    """PUT the bytes to `url` with these headers within so many seconds, then hand the recording in."""

    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    seconds: int


class RecordingView(BaseModel):
    """A recording; `url` (MP4) and `poster_url` (JPEG, of a video) last ten minutes and are there once it is `ready`."""

    id: UUID
    kind: Kind
    role: Role
    state: State
    reason: Annotated[str | None, Field(description="why it could not be used")]
    sender_id: UUID
    milliseconds: int | None
    size: Annotated[int | None, Field(description="bytes of what is played")]
    width: int | None
    height: int | None
    created_at: datetime
    url: str | None = None
    poster_url: str | None = None


class GrantedRecording(RecordingView):
    """A recording that nothing was sent of yet, and where to."""

    put: Put


@router.post("/{report_id}/recordings", status_code=201, response_model=GrantedRecording)
async def ask_recording(report_id: UUID, new: NewRecording, actor: Actor, work: Working, files: Store) -> dict[str, Any]:
    """Ask for a place for a recording of a report: five at once; unused, it is forgotten after a day."""
    return await acts.ask(work, files, report_id, by=actor, wanted=new.wanted())


@router.get("/{report_id}/recordings", response_model=list[RecordingView])
async def list_recordings(report_id: UUID, actor: Actor, work: Working, files: Store) -> list[dict[str, Any]]:
    """The recordings of a report, oldest first, for whose report it is and who serves there; never for everybody."""
    return await acts.listed(work, files, report_id, by=actor)


@router.post("/{report_id}/recordings/{recording_id}/submission", response_model=RecordingView)
async def submit_recording(
    report_id: UUID, recording_id: UUID, actor: Actor, work: Working, files: Store
) -> dict[str, Any]:
    """Its bytes are there: it is written anew, and can be played soon."""
    return await acts.submit(work, files, report_id, recording_id, by=actor)


@router.delete("/{report_id}/recordings/{recording_id}", status_code=204)
async def take_back_recording(report_id: UUID, recording_id: UUID, actor: Actor, work: Working) -> None:
    """收回: who sent it takes it back while the report is not over; gone from everybody at once, but for that there was one."""
    await taking_back.recording(work, report_id, recording_id, by=actor)
