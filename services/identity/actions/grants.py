"""What a program gets at the token endpoint in its own name."""

from dataclasses import dataclass

from chassis.db import Work
from services.identity.actions import tokens
from services.identity.domain import clients
from services.identity.domain.clients import Client


@dataclass(frozen=True)
class Granted:
    """An access token alone."""

    access_token: str
    expires_in: int
    scope: str


async def in_its_own_name(work: Work, client: Client, *, scope: str, audience: str | None) -> Granted:
    """A program's own token (RFC 6749 section 4.4; SMART Backend Services): no person, no roles, no session."""
    client.may(clients.CREDENTIALS)
    said = tokens.Access(
        client.id, client.client_id, clients.LIVES[client.life].access, audience=client.aimed(audience),
        scope=client.granted(scope),
    )
    return Granted(await tokens.access(work, said), said.seconds, said.scope)
