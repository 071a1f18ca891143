"""Gates and the commands to them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.gate.actions import gates as acts
from services.gate.domain.gate import Command, Gate
from services.gate.store import queries

router = new_router("/api/v1/gates", tags=["gates"])


class GateView(BaseModel):
    """A gate."""

    id: UUID
    area: str
    name: str


class NewCommand(Body):
    """Why the gate is to open."""

    reason: Literal["visitor", "resident", "emergency", "delivery"]


class CommandView(BaseModel):
    """A recorded order; it does not say that the barrier moved."""

    id: UUID
    gate_id: UUID
    commanded_by: UUID
    reason: str
    commanded_at: datetime


@router.get("", response_model=Page[GateView])
async def list_gates(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """The gates of one's own courtyard, or of the areas one serves."""
    return await queries.GATES.page(work, asked, actor.scope("gates.read"))


@router.get("/{gate_id}", response_model=GateView)
async def get_gate(gate_id: UUID, actor: Actor, work: Working) -> Gate:
    """One gate."""
    return await acts.look(work, gate_id, by=actor)


@router.post("/{gate_id}/commands", status_code=201, response_model=CommandView)
async def command_gate(gate_id: UUID, new: NewCommand, actor: Actor, work: Working) -> Command:
    """Order the gate to open; refused while it is not sure who holds which role."""
    return await acts.command(work, gate_id, by=actor, reason=new.reason)
