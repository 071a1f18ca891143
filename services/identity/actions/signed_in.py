"""Where somebody is signed in: their sessions that go on, and the end of one of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from chassis.db import Work
from chassis.errors import NotFound
from services.identity.actions import sessions
from services.identity.store.tables import clients, refresh_tokens

MOST = 100
_it = refresh_tokens.c


@dataclass(frozen=True)
class SignedIn:
    """One session: at which program (of no name: our own sign-in), from what device, by what was shown, and its times."""

    id: UUID
    client_id: str
    program: str | None
    device: str | None
    methods: list[str]
    began_at: datetime
    used_at: datetime
    ends_at: datetime
    is_current: bool


async def listed(work: Work, person: UUID, current: UUID | None) -> list[SignedIn]:
    """Those that go on, the one used last first; a hundred at most."""
    used = func.max(_it.created_at)
    asked = (
        select(
            _it.family_id, _it.client_id, clients.c.name,
            func.max(_it.device).label("device"), func.max(_it.methods).label("methods"),
            func.min(_it.created_at).label("began_at"), used.label("used_at"), func.max(_it.expires_at).label("ends_at"),
        )
        .outerjoin(clients, clients.c.client_id == _it.client_id)
        .where(_it.person_id == person, _it.revoked_at.is_(None), _it.family_ends_at > work.now)
        .group_by(_it.family_id, _it.client_id, clients.c.name).having(func.max(_it.expires_at) > work.now)
    )
    return [
        SignedIn(
            row.family_id, row.client_id, row.name, row.device, row.methods.split(), row.began_at, row.used_at, row.ends_at,
            row.family_id == current,
        )
        for row in await work.session.execute(asked.order_by(used.desc(), _it.family_id).limit(MOST))
    ]


async def end(work: Work, person: UUID, session: UUID) -> None:
    """One of theirs; NotFound of anybody else's and of what is over. Their other devices are refused once and go on."""
    if not await sessions.close(work, person, session):
        raise NotFound
    await work.audit("sessions.end", f"person/{person}", actor=person)
