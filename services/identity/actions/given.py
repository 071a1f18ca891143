"""Tokens that were given: asked about by our services, taken back by whom they were given to."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.auth import AUDIENCE
from chassis.db import Work
from chassis.rights import OWN
from services.identity.actions import proxies, sessions, subjects, tokens
from services.identity.domain.clients import Client, ClientMayNot
from services.identity.store.reach import DOOR
from services.identity.store.tables import clients, people

_TOLD = ("iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "sid", "act", "amr", "acr", "auth_time")


async def about(work: Work, asking: Client, token: str) -> dict[str, Any]:
    """What a service of ours is told of an access token that may be shown to it (RFC 7662); of any other, that it is none."""
    said = await tokens.read(work, token)
    is_for = said is not None and said["aud"] in {AUDIENCE, f"guohuai.{asking.client_id}"}
    if said is None or not asking.is_internal or not is_for or not await _is_alive(work, said):
        return {"active": False}
    told = {name: said[name] for name in _TOLD if name in said}
    return {"active": True, "token_type": "Bearer", **told, "sub": str(await subjects.person(work, said["sub"]))}


async def revoke(work: Work, token: str, asking: Client | None) -> None:
    """End what the token belongs to: a session, or what a program has in its own name (RFC 7009). Of an unknown one, nothing.

    ClientMayNot for another's, and for one that acts for a person: their session is theirs, and it is over in minutes.
    """
    if await sessions.end(work, token, asking):
        return
    said = await tokens.read(work, token)
    if said is None:
        return
    if said["client_id"] != (asking.client_id if asking is not None else OWN) or "act" in said:
        raise ClientMayNot
    if "sid" in said:
        await sessions.close(work, await subjects.person(work, said["sub"]), UUID(said["sid"]))
    else:
        sessions.void(work, UUID(said["sub"]))


async def _is_alive(work: Work, said: dict[str, Any]) -> bool:
    """What no signature says: whether the session goes on, the proxy too, the program still is one."""
    if "act" in said and "client_id" not in said["act"]:
        acts = await proxies.lives(work, UUID(said["sub"]), UUID(said["act"]["sub"]))
        return acts and await sessions.lives(work, UUID(said["sid"]))
    if "sid" in said:
        return await sessions.lives(work, UUID(said["sid"]))
    known = select(clients.c.id).where(clients.c.id == UUID(said["sub"]), clients.c.ended_at.is_(None))
    return await work.session.scalar(known) is not None


async def person(work: Work, subject: UUID, scopes: frozenset[str]) -> dict[str, Any]:
    """What a program may know of who signed in for it (OpenID Connect Core 1.0 section 5.3): who, and by `profile` the name."""
    told, person_id = {"sub": str(subject)}, await subjects.person(work, subject)
    async with work.seeing(DOOR):  # a partner's token bears another id than theirs
        row = (await work.session.execute(select(people.c.sealed_name).where(people.c.id == person_id))).first()
    if "profile" in scopes and row is not None and row.sealed_name is not None:
        told["name"] = await work.unseal(person_id, "people", "name", person_id, row.sealed_name)
    return told
