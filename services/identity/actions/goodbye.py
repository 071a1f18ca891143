"""Signing out from a program's page (OpenID Connect RP-Initiated Logout 1.0)."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from chassis.db import Work
from services.identity.actions import clients, sessions, subjects, tokens


@dataclass(frozen=True)
class Leaving:
    """Whose session, and where the browser goes afterwards: nowhere, unless the address is one of the program's own."""

    person: UUID
    family: UUID
    back: str


async def meant(work: Work, hint: str, *, back: str, state: str) -> Leaving | None:
    """The session an identity token of ours tells of, though it be over; None of any other."""
    said = await tokens.read(work, hint, tokens.IDENTITY, over=True)
    client = await clients.named(work, said["aud"]) if said is not None else None
    if said is None:
        return None
    led = back if client is not None and back in client.signed_out_uris else ""
    joined = f"{led}{'&' if '?' in led else '?'}{urlencode({'state': state})}" if led and state else led
    return Leaving(await subjects.person(work, said["sub"]), UUID(said["sid"]), joined)


async def leave(work: Work, leaving: Leaving) -> None:
    """End the session; one that is over stays so."""
    await sessions.close(work, leaving.person, leaving.family)
    await work.audit("sessions.leave", f"person/{leaving.person}", actor=leaving.person)
