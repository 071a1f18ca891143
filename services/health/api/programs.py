"""Which programs speak for a hospital at the FHIR door: said by community officers and administrators."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.health.actions import programs as acts
from services.health.domain.program import Program
from services.health.store import programs as kept

router = new_router("/api/v1/hospitals", tags=["hospitals"])


class SomeProgram(Body):
    """The subject of the tokens that the program gets in its own name, as operators are told when they register it."""

    program_id: UUID


class ProgramView(BaseModel):
    """A program, and the hospital it speaks for until `ended_at`."""

    id: UUID
    hospital_id: UUID
    admitted_by: UUID
    admitted_at: datetime
    ended_at: datetime | None


@router.post("/{hospital_id}/admission", response_model=ProgramView)
async def admit_program(hospital_id: UUID, new: SomeProgram, actor: Actor, work: Working) -> Program:
    """Let a program speak for the hospital; said twice it is so once."""
    return await acts.admit(work, hospital_id, new.program_id, by=actor)


@router.post("/{hospital_id}/exclusion", status_code=204)
async def exclude_program(hospital_id: UUID, old: SomeProgram, actor: Actor, work: Working) -> None:
    """It speaks for the hospital no more, from its next request on."""
    await acts.exclude(work, hospital_id, old.program_id, by=actor)


@router.get("/{hospital_id}/programs", response_model=Page[ProgramView])
async def list_programs(hospital_id: UUID, actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Any:
    """The programs that speak, or spoke, for a hospital."""
    await acts.see(work, hospital_id, by=actor)
    return await kept.PROGRAMS.page(work, asked, actor.scope("hospitals.keep"), hospital_id=hospital_id)
