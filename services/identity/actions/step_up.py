"""Showing the second factor once more, for what wants it fresh (RFC 9470)."""

from typing import Any
from uuid import UUID

from chassis.db import Work
from chassis.rights import OWN
from services.identity.actions import clients, passkeys, second_factor, sessions, tokens
from services.identity.actions.grants import Granted
from services.identity.actions.second_factor import Shown
from services.identity.domain.clients import Client
from services.identity.domain.passkeys import Party
from services.identity.domain.second_factor import OTP, PASSKEY
from services.identity.domain.sign_in import GrantRefused


async def step_up(work: Work, shown: Shown, said: dict[str, Any]) -> Granted:
    """A new access token of the same session, which says that a code was shown now.

    GrantRefused if the session is over, and for a program that acts for somebody: it holds no code of theirs.
    """
    client = await _session(work, shown.person, said)
    await second_factor.spend(work, shown)
    return await _stepped(work, shown.person, said, client, by=(OTP,))


async def by_passkey(work: Work, party: Party, person: UUID, shown: passkeys.Shown, said: dict[str, Any]) -> Granted:
    """The same, by a passkey."""
    client = await _session(work, person, said)
    await passkeys.prove(work, party, person, shown)
    return await _stepped(work, person, said, client, by=PASSKEY)


async def _session(work: Work, person: UUID, said: dict[str, Any]) -> Client | None:
    """Whose session it is, None of our own sign-in."""
    if "act" in said or "sid" not in said:
        raise GrantRefused
    await second_factor.must_have(work, person)
    return await clients.named(work, said["client_id"]) if said["client_id"] != OWN else None


async def _stepped(
    work: Work, person: UUID, said: dict[str, Any], client: Client | None, *, by: tuple[str, ...]
) -> Granted:
    made = await sessions.step_up(work, person, UUID(said["sid"]), client, by=by)
    await work.audit("sign-in.step-up", f"person/{person}", actor=person)
    return Granted(await tokens.access(work, made), made.seconds, made.scope)
