"""What an actor is given to act for a principal (RFC 8693): a token that says both, for minutes and what the proxy allows."""

from datetime import timedelta
from uuid import UUID

from chassis.auth import AUDIENCE
from chassis.db import Work
from chassis.errors import NotFound
from chassis.rights import OWN
from services.identity.actions import proxies, sessions, tokens
from services.identity.actions.grants import Granted
from services.identity.domain import proxies as rules
from services.identity.domain.clients import TargetRefused
from services.identity.domain.exchange import ByProxy, ExchangeRefused
from services.identity.store import queries


async def to_act(work: Work, shown: ByProxy, *, scope: str, audience: str | None) -> Granted:
    """The subject is the proxy, the actor who shows a token of our own sign-in. None is given while the proxy is being ended.

    ExchangeRefused for any other token, an ended session, and a proxy that is over or somebody else's, which are not told apart.
    """
    if audience not in {None, AUDIENCE}:
        raise TargetRefused
    actor, family, left = await _actor(work, shown.actor)
    try:
        held = await proxies.of_actor(work, shown.proxy, actor)
    except NotFound:
        raise ExchangeRefused from None
    ends = await proxies.until(work, held)
    if ends is None or await queries.leads(work, held.principal_id) != held.principal_id:
        raise ExchangeRefused
    said = tokens.Access(
        held.principal_id, rules.PROGRAM, min(rules.TOKEN, left, ends - work.now), scope=held.granted(scope), family=family,
        acting={"sub": str(actor)},
    )
    held.used_at = work.now
    await work.audit("proxies.exchange", f"proxy/{held.id}", actor=actor)
    return Granted(await tokens.access(work, said), said.seconds, said.scope)


async def _actor(work: Work, token: str) -> tuple[UUID, UUID, timedelta]:
    """Whose token it is, of which session, and how long it is good: one of our own sign-in, of nobody who acts already."""
    said = await tokens.read(work, token)
    is_own = said is not None and said.get("client_id") == OWN and "sid" in said and "act" not in said
    if said is None or not is_own:
        raise ExchangeRefused
    await work.taking_turns(UUID(said["sub"]).bytes)  # nothing is given while their sessions are ended
    if not await sessions.lives(work, UUID(said["sid"])):
        raise ExchangeRefused
    left = timedelta(seconds=said["exp"] - int(work.now.timestamp()))
    return UUID(said["sub"]), UUID(said["sid"]), left
