"""Consents: what one would agree to, giving it, taking it back, and all one ever gave."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field

from chassis.route import Actor, Working
from chassis.service import PUBLIC, Body
from chassis.service import router as new_router
from services.identity.actions import consents
from services.identity.api.fresh import said
from services.identity.domain.consents import Purpose, Text, newest, texts

router = new_router("/api/v1/consents", tags=["consents"])


class TextView(BaseModel):
    """What is agreed to now, for one purpose; `hash` is the SHA-256 of `text` in UTF-8."""

    purpose: Purpose
    title: str
    version: int
    hash: str
    separate: bool
    text: str


class NewConsent(Body):
    """One purpose, and the text that was read; for a child under fourteen its guardian names it."""

    purpose: Purpose
    child_id: UUID | None = None
    version: Annotated[int, Field(ge=1, le=10_000)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Withdrawal(Body):
    """The purpose that is agreed to no more; a guardian names the child."""

    purpose: Purpose
    child_id: UUID | None = None


class ConsentView(BaseModel):
    """A line of the ledger; `obeyed_by` are the services that have said that they obey, of those that rest on it."""

    id: UUID
    purpose: Purpose
    version: int
    text_hash: str
    separate: bool
    guardian_id: UUID | None
    channel: str
    at: datetime
    withdrawn: bool
    rests: list[str] = []
    obeyed_by: list[str] = []


@router.get("/texts", tags=[PUBLIC], response_model=list[TextView])
async def list_consent_texts() -> list[Text]:
    """The texts, one a purpose, for whoever wants to read them before they sign in."""
    return [newest(purpose) for purpose in sorted(texts())]


@router.get("", response_model=list[ConsentView])
async def list_my_consents(actor: Actor, work: Working, child_id: UUID | None = None) -> Any:
    """All I gave and took back, newest first; of a child whose guardian I am, what was of theirs."""
    actor.scope("consents.keep")
    return await (consents.of(work, actor.id) if child_id is None else consents.of_child(work, child_id, guardian=actor.id))


@router.post("", status_code=201, response_model=ConsentView)
async def give_consent(new: NewConsent, actor: Actor, request: Request, work: Working) -> Any:
    """Agree to one purpose, and nothing else with it."""
    actor.scope("consents.keep")
    whose, guardian = (actor.id, None) if new.child_id is None else (new.child_id, actor.id)
    what = {"version": new.version, "text_hash": new.hash, "channel": said(request)["client_id"]}
    return await consents.give(work, whose, new.purpose, **what, guardian=guardian)


@router.post("/withdrawal", response_model=ConsentView)
async def withdraw_consent(gone: Withdrawal, actor: Actor, request: Request, work: Working) -> Any:
    """Take one back; services obey within five minutes, and `GET /api/v1/consents` says which have."""
    actor.scope("consents.keep")
    through = said(request)["client_id"]
    if gone.child_id is None:
        return await consents.withdraw(work, actor.id, gone.purpose, channel=through)
    return await consents.take_back(work, gone.child_id, gone.purpose, channel=through, guardian=actor.id)
