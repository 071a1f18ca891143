"""Phone additions: a phone for who was registered without one, or a number that several of a household share."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Field

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import phone_additions as acts
from services.identity.api.sign_in import Phone, address, silence
from services.identity.domain.phones import PhoneAddition
from services.identity.store import queries

router = new_router("/api/v1/phone-additions", tags=["phone-additions"])

State = Literal["asked", "agreed", "accepted", "refused", "over"]


class NewPhoneAddition(Body):
    """The person, and the phone of whoever stands here and will read out its code."""

    person_id: UUID
    phone: Phone


class Agreement(Body):
    """The code that came to the phone."""

    code: Annotated[str, Field(pattern=r"^\d{6}$")]


class SecondNumber(Body):
    """The number, as the person tells it to the second member of staff."""

    phone: Phone


class PhoneAdditionFilter(Paging):
    """Which."""

    state: State | None = None


class PhoneAdditionView(BaseModel):
    """What was asked for, without the number: whoever accepts it is told that by the person, not here."""

    id: UUID
    person_id: UUID
    area: str
    state: State
    asked_by: UUID
    asked_at: datetime
    agreed_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None


@router.get("", response_model=Page[PhoneAdditionView])
async def list_phone_additions(actor: Actor, work: Working, asked: Annotated[PhoneAdditionFilter, Query()]) -> Any:
    """Phone additions in the areas one serves, the newest first."""
    return await queries.PHONE_ADDITIONS.page(work, asked, actor.scope("phones.give"), state=asked.state)


@router.post("", status_code=201, response_model=PhoneAdditionView)
async def ask_for_phone(new: NewPhoneAddition, actor: Actor, request: Request, work: Working) -> PhoneAddition:
    """Send a code to a phone that somebody of my area is to sign in by, alone or as one of its household."""
    actor.may("phones.give")
    return await acts.ask(
        work, by=actor, person=new.person_id, phone=new.phone, address=address(request), silence=silence(request)
    )


@router.post("/{addition_id}/agreement", response_model=PhoneAdditionView)
async def agree_to_phone(addition_id: UUID, shown: Agreement, actor: Actor, work: Working) -> PhoneAddition:
    """Whoever holds the phone agrees, by its code."""
    actor.may("phones.give")
    return await acts.agree(work, addition_id, by=actor, code=shown.code)


@router.post("/{addition_id}/acceptance", response_model=PhoneAdditionView)
async def accept_phone(
    addition_id: UUID, look: SecondNumber, actor: Actor, request: Request, work: Working
) -> PhoneAddition:
    """The second look, by another member of staff: the person signs in by the phone from now on."""
    actor.may("phones.give")
    return await acts.accept(work, addition_id, by=actor, phone=look.phone, silence=silence(request))


@router.post("/{addition_id}/refusal", response_model=PhoneAdditionView)
async def refuse_phone(addition_id: UUID, actor: Actor, work: Working) -> PhoneAddition:
    """Nothing comes of it; the number is forgotten."""
    actor.may("phones.give")
    return await acts.refuse(work, addition_id, by=actor)
