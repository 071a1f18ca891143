"""Merges: two who were registered are one person; proposed, looked at by somebody else, undone within thirty days."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel

from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.identity.actions import merges as acts
from services.identity.api.fresh import StepUpRoute, said
from services.identity.api.sign_in import policy
from services.identity.domain.merge import Merge, Reason, SplitReason
from services.identity.store.merges import MERGES

router = new_router("/api/v1/merges", tags=["merges"])
router.route_class = StepUpRoute

State = Literal["waiting", "merged", "refused", "over", "split"]


class NewMerge(Body):
    """Two who are one, in any order, and why; who of them stays follows from what is known of them."""

    person_id: UUID
    other_id: UUID
    reason: Reason


class SecondSight(Body):
    """Who stays and who leads there, as the second member of staff has looked at both."""

    survivor_id: UUID
    source_id: UUID


class Undoing(Body):
    """Why they are two."""

    reason: SplitReason


class MovesView(BaseModel):
    """What becomes the survivor's, of the source: a phone or an account `moves`, or `stays` where the survivor has one."""

    phone: Literal["moves", "stays", "none"]
    wechat: Literal["moves", "stays", "none"]
    bindings: int
    facts: int
    proxies: int


class MergeView(BaseModel):
    """Two who are one: while it waits, with what would move."""

    id: UUID
    survivor_id: UUID
    source_id: UUID
    area: str
    reason: Reason
    state: State
    moves: MovesView | None
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    until: datetime | None
    split_by: UUID | None
    split_at: datetime | None
    split_reason: SplitReason | None


class MergeFilter(Paging):
    """Which."""

    state: State | None = None


@router.get("", response_model=Page[MergeView])
async def list_merges(actor: Actor, work: Working, asked: Annotated[MergeFilter, Query()]) -> Any:
    """Those of the areas one serves, the newest first."""
    page = await MERGES.page(work, asked, actor.scope("people.merge"), state=asked.state)
    return page.model_copy(update={"items": [_view(one) for one in page.items]})


@router.post("", status_code=201, response_model=MergeView)
async def propose_merge(new: NewMerge, actor: Actor, request: Request, work: Working) -> dict[str, Any]:
    """The first look at two of my area; nothing moves yet. It wants a second factor within ten minutes."""
    actor.may("people.merge")
    asked = acts.Asked(actor, said(request), policy(request))
    return _view(await acts.propose(work, asked, (new.person_id, new.other_id), reason=new.reason))


@router.get("/{merge_id}", response_model=MergeView)
async def get_merge(merge_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """One of them, with what would move while it waits."""
    actor.may("people.merge")
    return _view(await acts.shown(work, merge_id, by=actor))


@router.post("/{merge_id}/second-sight", response_model=MergeView)
async def confirm_merge(merge_id: UUID, seen: SecondSight, actor: Actor, request: Request, work: Working) -> dict[str, Any]:
    """The second look, by another member of staff: they are one from now on, and told so."""
    actor.may("people.merge")
    asked = acts.Asked(actor, said(request), policy(request))
    return _view(await acts.confirm(work, merge_id, asked, whom=(seen.survivor_id, seen.source_id)))


@router.post("/{merge_id}/refusal", response_model=MergeView)
async def refuse_merge(merge_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """They are two."""
    actor.may("people.merge")
    return _view(await acts.refuse(work, merge_id, by=actor))


@router.post("/{merge_id}/split", response_model=MergeView)
async def split_merge(merge_id: UUID, why: Undoing, actor: Actor, request: Request, work: Working) -> dict[str, Any]:
    """They are two after all: what was the source's is theirs again; what came since stays. Within thirty days."""
    actor.may("people.merge")
    asked = acts.Asked(actor, said(request), policy(request))
    return _view(await acts.split(work, merge_id, asked, reason=why.reason))


def _view(held: Merge | dict[str, Any]) -> dict[str, Any]:
    told = held if isinstance(held, dict) else vars(held)
    noted = told["noted"]  # a prepared statement gives JSON as text
    return {**told, "moves": json.loads(noted) if isinstance(noted, str) else noted}
