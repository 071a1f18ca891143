"""A code to one's own phone, and how it is shown with an act that cannot be taken back."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import Field

from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import proofs
from services.identity.api.fresh import said
from services.identity.api.second_factor import kept_by_nobody
from services.identity.api.sign_in import ChallengeView, address
from services.identity.domain.proof import Shown

router = new_router("/api/v1/people/me/proof-code", tags=["people"])
router.dependencies.append(Depends(kept_by_nobody))


class Proof(Body):
    """Nothing of who has a second factor and showed it within ten minutes; else the code, or the password of who has no phone."""

    challenge_id: UUID | None = None
    code: Annotated[str | None, Field(pattern=r"^[0-9]{6}$")] = None
    password: Annotated[str | None, Field(min_length=1, max_length=256, pattern=r"^[^\x00]+$")] = None


def shown(request: Request, proof: Proof) -> Shown:
    """All that a request shows of who sends it."""
    return Shown(said(request), address(request), **proof.model_dump())


@router.post("", status_code=202, response_model=ChallengeView)
async def send_proof_code(actor: Actor, request: Request, work: Working) -> ChallengeView:
    """A code to my phone, good for what wants me to show anew that it is me; within the budgets of every code."""
    actor.scope("people.prove")
    challenge = await proofs.send(work, actor.id, address=address(request))
    return ChallengeView(challenge_id=challenge.id, expires_at=challenge.expires_at)
