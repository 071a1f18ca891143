"""What is kept of invitations: in a person's copy, when they are forgotten, and until its time is over."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select

from chassis.db import Work
from contracts.retention import BATCH, due
from services.identity.domain.invitation import DAY
from services.identity.store.invitations import invitation_tries, invitations
from services.identity.store.tables import bindings

_ours = invitations.c
CLASS = "identity.invitation"


async def of_person(work: Work, person: UUID) -> list[dict[str, Any]]:
    """For the export: whom they invited, not who came."""
    asked = select(invitations).where(_ours.owner_id == person).order_by(_ours.id)
    return [
        {"area": row.area, "kind": row.kind, "state": row.state, "made_at": row.made_at.isoformat()}
        for row in await work.session.execute(asked)
    ]


async def forget_person(work: Work, person: UUID) -> None:
    """Nothing that waits, or was taken back, stays; of a stay that came of it the bare id does, as with homes."""
    await work.session.execute(delete(invitations).where(_ours.owner_id == person, _ours.state != "taken"))


async def over(work: Work) -> int:
    """Invitations that led nowhere, or to a stay that ended, so long ago."""
    of_stay = exists().where(bindings.c.id == _ours.binding_id, due(CLASS, bindings.c.ends_at, work.now, area=bindings.c.area))
    led_nowhere = (_ours.state != "taken") & due(CLASS, _ours.expires_at, work.now, area=_ours.area)
    oldest = select(_ours.id).where(led_nowhere | of_stay).limit(BATCH).with_for_update(skip_locked=True, of=invitations)
    gone = delete(invitations).where(_ours.id.in_(oldest.scalar_subquery())).returning(_ours.id)
    return len((await work.session.execute(gone)).all())


async def forget_tries(work: Work) -> None:
    """Wrong codes that no budget counts any more."""
    await work.session.execute(delete(invitation_tries).where(invitation_tries.c.created_at < work.now - DAY))
