"""What a program gets at the token endpoint: in its own name, or to act for a person."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.db import Work
from services.identity.actions import clients, keys, sessions, subjects, tokens
from services.identity.domain import clients as rules
from services.identity.domain.assertions import Credentials
from services.identity.domain.clients import Client
from services.identity.domain.exchange import ExchangeRefused, Shown


@dataclass(frozen=True)
class Granted:
    """An access token alone."""

    access_token: str
    expires_in: int
    scope: str


async def in_its_own_name(work: Work, client: Client, *, scope: str, audience: str | None) -> Granted:
    """A program's own token (RFC 6749 section 4.4; SMART Backend Services): no person, no roles, no session."""
    said = _own(client, scope, audience)
    return Granted(await tokens.access(work, said), said.seconds, said.scope)


async def in_its_own_name_plainly(work: Work, given: Credentials, *, scope: str, audience: str | None) -> Granted:
    """The same for what a program signed, with as few questions as it needs: it is used up last, so that nothing refused is."""
    key = await keys.active(work)
    client, once = await clients.proven(work, given, key.issuer)
    said = _own(client, scope, audience)
    await clients.use_up(work, client, once)
    return Granted(tokens.signed_access(key, said, said.subject, now=work.now, roles=None), said.seconds, said.scope)


def _own(client: Client, scope: str, audience: str | None) -> tokens.Access:
    client.may(rules.CREDENTIALS)
    return tokens.Access(
        client.id, client.client_id, rules.LIVES[client.life].access, audience=client.aimed(audience),
        scope=client.granted(scope),
    )


async def to_act(work: Work, client: Client, shown: Shown, *, scope: str, audience: str | None) -> Granted:
    """A person's token for a program that acts for them (RFC 8693): it says both, lives no longer, and may no more.

    ExchangeRefused for a token that is none of ours, over, of an ended session, of no person, or of somebody acting already.
    """
    client.may(rules.EXCHANGE)
    said = await tokens.read(work, shown.token)
    if said is None or "sid" not in said or "act" in said:
        raise ExchangeRefused
    person = await subjects.person(work, said["sub"])
    await work.taking_turns(person.bytes)  # nothing is given while their sessions are ended
    if not await sessions.lives(work, UUID(said["sid"])):
        raise ExchangeRefused
    within = frozenset(said["scope"].split()) if said.get("scope") else None  # our own sign-in's tokens are bounded by nothing
    left = timedelta(seconds=said["exp"] - int(work.now.timestamp()))
    made = tokens.Access(
        person, client.client_id, min(left, rules.LIVES[client.life].access),
        audience=client.aimed(audience),
        scope=client.granted(scope, within=within), family=UUID(said["sid"]),
        acting={"sub": str(client.id), "client_id": client.client_id}, sector=client.sector,
    )
    await work.audit("tokens.exchange", f"person/{made.subject}", actor=client.id, reason=client.client_id)
    return Granted(await tokens.access(work, made), made.seconds, made.scope)
