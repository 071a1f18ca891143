"""A copy of what is held of me: asked for, looked after, fetched once."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.identity.actions import exports
from services.identity.api.fresh import StepUpRoute
from services.identity.api.proofs import Proof, shown
from services.identity.api.second_factor import kept_by_nobody
from services.identity.api.sign_in import policy
from services.identity.domain.export import KeptByNobody

router = new_router("/api/v1/people/me/export", tags=["people"])
router.route_class = StepUpRoute
router.dependencies.append(Depends(kept_by_nobody))

_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}, "description": "the archive"},
    410: {"description": "fetched already, or over"},
}


class ExportView(BaseModel):
    """Where my copy stands: what each service said (`done`, `failed`), and who has not answered yet."""

    id: UUID
    state: Literal["gathering", "ready", "fetched", "over"]
    asked_at: datetime
    ready_at: datetime | None
    over_at: datetime
    parts: dict[str, str] = {}
    missing: list[str] = []


@router.post("", status_code=201, response_model=ExportView)
async def ask_for_export(proof: Proof, actor: Actor, request: Request, work: Working) -> Any:
    """All that every service holds of me, as one archive; one a day."""
    actor.scope("people.export")
    return await exports.ask(work, policy(request), actor.id, shown(request, proof))


@router.get("", response_model=ExportView)
async def get_my_export(actor: Actor, work: Working) -> Any:
    """Where the newest stands."""
    actor.scope("people.export")
    return await exports.find(work, actor.id)


@router.post("/download", response_class=Response, responses=_ZIP)
async def download_export(proof: Proof, actor: Actor, request: Request, work: Working) -> Response:
    """The archive (ZIP: JSON, and a page in Chinese), once, within 72 hours; whoever asks shows anew that it is them."""
    actor.scope("people.export")
    if "idempotency-key" in request.headers:
        raise KeptByNobody
    running = request.app.state.running
    return _archive(await exports.fetch(work, running.settings, policy(request), actor.id, shown(request, proof)))


def _archive(content: bytes) -> Response:
    headers = {"content-disposition": 'attachment; filename="guohuai-export.zip"', "cache-control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)
