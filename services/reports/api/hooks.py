"""推送: addresses of the community's own systems that are told how reports go on, and the log of what they were told."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field

from chassis.outgoing import LONGEST, Caller
from chassis.pages import Page, Paging
from chassis.route import Actor, Working
from chassis.service import Body
from chassis.service import router as new_router
from services.reports.actions import hooks as acts
from services.reports.api.reports import Path
from services.reports.clients import handshake
from services.reports.domain.hook import KINDS, LONGEST_NAME, Outcome, State

router = new_router("/api/v1/hooks", tags=["hooks"])


Told = Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})$".replace(".", r"\."))]


class NewHook(Body):
    """Which address is told of the reports of which area; a name by which staff know it."""

    area: Path
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]
    endpoint: Annotated[str, Field(max_length=LONGEST)]
    kinds: Annotated[
        list[Told] | None, Field(min_length=1, max_length=len(KINDS), description="what it is told of; of everything without")
    ] = None


class SecretReplacement(Body):
    """Which of its secrets is replaced."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class HookView(BaseModel):
    """An address; `silenced` once it did not answer for a day."""

    id: UUID
    area: str
    name: str
    endpoint: str
    state: State
    version: Annotated[int, Field(description="of its secret")]
    made_by: UUID
    made_at: datetime
    replaced_at: datetime | None
    failing_since: datetime | None
    kinds: Annotated[list[str] | None, Field(description="what it is told of; null: of everything")]


class HookWithSecret(HookView):
    """The same with its secret, `whsec_…`, which is shown this once."""

    secret: str


class DeliveryView(BaseModel):
    """One thing it was told, or is to be; `id` is the `webhook-id`, `status` what was answered last."""

    id: UUID
    report_id: UUID
    seq: int
    kind: str
    said: dict[str, Any]
    made_at: datetime
    due_at: datetime
    tries: int
    status: int | None
    outcome: Outcome | None
    done_at: datetime | None


class DeliveryFilter(Paging):
    """Which."""

    outcome: Outcome | None = None
    waiting: bool = False


async def _entry(new: NewHook, actor: Actor, request: Request) -> acts.Entry:
    """Where its address leads is looked up before anything is held, and for nobody who may not enter one."""
    actor.may("hooks.write")
    caller: Caller = getattr(request.app.state, "caller", Caller())
    found = await caller.leads(new.endpoint) if actor.scope("hooks.write").areas else []
    origin = urlsplit(request.app.state.running.settings.public_origin).hostname or ""
    kinds = sorted(set(new.kinds)) if new.kinds else None
    agrees = await handshake.agrees(caller, new.endpoint, found, origin)
    return acts.Entry(new.area, new.name, new.endpoint, bool(found), agrees, origin, kinds)


@router.post("", status_code=201, response_model=HookWithSecret)
async def enter_hook(entry: Annotated[acts.Entry, Depends(_entry)], actor: Actor, work: Working) -> dict[str, Any]:
    """Tell an https address from now on; what is sent is signed with the secret in this answer (Standard Webhooks)."""
    return await acts.enter(work, by=actor, entry=entry)


@router.get("", response_model=Page[HookView])
async def list_hooks(actor: Actor, work: Working, asked: Annotated[Paging, Query()]) -> Page[dict[str, Any]]:
    """Those of where one keeps them, newest first."""
    return await acts.listed(work, by=actor, paging=asked)


@router.get("/{hook_id}", response_model=HookView)
async def read_hook(hook_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """One, without its secret."""
    return await acts.one(work, hook_id, by=actor)


@router.post("/{hook_id}/rotation", response_model=HookWithSecret)
async def rotate_hook_secret(hook_id: UUID, ends: SecretReplacement, actor: Actor, work: Working) -> dict[str, Any]:
    """Another secret; for a day both are signed with, so that nothing is lost while the other side changes it."""
    return await acts.replace_secret(work, hook_id, by=actor, version=ends.version)


@router.post("/{hook_id}/resumption", response_model=HookView)
async def resume_hook(hook_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """It was silenced and answers again: what was left of the last days is told as well."""
    return await acts.begin_again(work, hook_id, by=actor)


@router.post("/{hook_id}/ending", response_model=HookView)
async def end_hook(hook_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """It is told nothing any more."""
    return await acts.end(work, hook_id, by=actor)


@router.get("/{hook_id}/deliveries", response_model=Page[DeliveryView])
async def list_hook_deliveries(
    hook_id: UUID, actor: Actor, work: Working, asked: Annotated[DeliveryFilter, Query()]
) -> Page[dict[str, Any]]:
    """What it was told in the last month, newest first."""
    known = {"outcome": asked.outcome and asked.outcome.value, "waiting": asked.waiting}
    return await acts.deliveries(work, hook_id, by=actor, paging=asked, asked=known)


@router.post("/{hook_id}/deliveries/{delivery_id}/replay", response_model=DeliveryView)
async def replay_hook_delivery(hook_id: UUID, delivery_id: UUID, actor: Actor, work: Working) -> dict[str, Any]:
    """Tell it once more, under the same `webhook-id`."""
    return await acts.replay(work, hook_id, delivery_id, by=actor)
