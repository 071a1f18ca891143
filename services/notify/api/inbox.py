"""The inbox as a number."""

from pydantic import BaseModel

from chassis.route import Actor, Working
from chassis.service import router as new_router
from services.notify.store import queries

router = new_router("/api/v1/inbox", tags=["notices"])


class InboxView(BaseModel):
    """How many notices wait to be read."""

    unread: int


@router.get("", response_model=InboxView)
async def get_inbox(actor: Actor, work: Working) -> InboxView:
    """How much is new."""
    actor.scope("notices.read")
    return InboxView(unread=await queries.unread_count(work, actor.id))
