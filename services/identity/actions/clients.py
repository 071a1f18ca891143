"""Clients: registered and ended by command; who asks is found out for every request."""

import json
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from sqlalchemy import DateTime, Text, Uuid, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from chassis.db import Work
from chassis.prepared import Prepared
from services.identity.actions import sessions, subjects, tokens
from services.identity.domain import assertions
from services.identity.domain.assertions import Credentials
from services.identity.domain.clients import Client, ClientRefused, ClientThere, NoSuchClient
from services.identity.store.tables import client_assertions, clients

_NAMED = Prepared(select(clients).where(clients.c.client_id == bindparam("client")))
_LIVES = (  # held, so that whoever ends it comes before or after: nothing is given meanwhile
    select(clients.c.id).where(clients.c.id == bindparam("client", type_=Uuid), clients.c.ended_at.is_(None))
    .with_for_update(read=True, key_share=True).cte("lives")
)
_ONCE = Prepared(
    insert(client_assertions).from_select(
        ["client_id", "jti", "expires_at"],
        select(_LIVES.c.id, bindparam("jti", type_=Text), bindparam("expires_at", type_=DateTime(timezone=True))),
    ).on_conflict_do_nothing().returning(client_assertions.c.jti)
)


async def register(work: Work, client: Client) -> None:
    """A client; ClientThere if its name was ever used."""
    await subjects.check_sector(work, client)
    client.created_at = work.now
    work.session.add(client)
    try:
        await work.session.flush()
    except IntegrityError as taken:
        raise ClientThere(client.client_id) from taken
    await work.audit("clients.register", f"client/{client.id}", actor=None, reason=client.owner)


async def end(work: Work, client_id: str) -> None:
    """It gets nothing any more, and what it was given in its own name is void; once ended, it stays so."""
    client = await work.session.scalar(select(Client).where(_named(client_id)).with_for_update())
    if client is None:
        raise NoSuchClient(client_id)
    if client.ended_at is None:
        client.ended_at = work.now
        sessions.void(work, client.id, since=await sessions.by_the_clock(work))  # it waited for the row
        await work.audit("clients.end", f"client/{client.id}", actor=None)


async def listed(work: Work) -> list[Client]:
    """All there ever were."""
    return list(await work.session.scalars(select(Client).order_by(_column("client_id"))))


async def named(work: Work, client_id: str) -> Client | None:
    """The live client of this name."""
    row = await work.row(_NAMED, client=client_id)
    if row is None:
        return None
    client = Client(**row)  # nothing that is changed in it is kept
    return client if client.is_live(work.now) else None


async def authenticated(work: Work, given: Credentials) -> Client:
    """Who asks; ClientRefused if that is not proven. A public client has nothing to prove it with but its name."""
    if given.assertion or given.assertion_type:
        client, once = await proven(work, given, await tokens.issuer(work))
        await use_up(work, client, once)
        return client
    named_ = await named(work, given.client_id)
    if named_ is None or named_.kind != "public":
        raise ClientRefused
    return named_


async def proven(work: Work, given: Credentials, issuer: str) -> tuple[Client, assertions.Once]:
    """Who signed it for us, and as what it is used up, which it is not yet; ClientRefused."""
    subject = _subject(given.assertion)
    client = await named(work, subject)
    if given.assertion_type != assertions.JWT_BEARER or client is None or client.jwks is None:
        raise ClientRefused
    if given.client_id not in {"", subject}:
        raise ClientRefused
    try:
        said = jwt.decode(given.assertion, _keys(client.jwks), algorithms=assertions.ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as bad:
        raise ClientRefused from bad
    return client, assertions.checked(said.header, said.claims, subject, {issuer, f"{issuer}/oauth/token"}, work.now)


async def use_up(work: Work, client: Client, once: assertions.Once) -> None:
    """From now on it proves nothing; ClientRefused if it does not already."""
    using = {"client": client.id, "jti": once.jti, "expires_at": once.expires_at + assertions.SKEW}
    if await work.value(_ONCE, **using) is None:
        raise ClientRefused


def _subject(assertion: str) -> str:
    """Whom an assertion claims to be of; nothing is believed of it yet."""
    try:
        subject = json.loads(extract_compact(assertion.encode()).payload or b"")["sub"]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ClientRefused from None
    return subject if isinstance(subject, str) and "\0" not in subject else ""


def _keys(jwks: Any) -> KeySet:
    return KeySet.import_key_set(jwks)


async def forget_assertions(work: Work) -> None:
    """Those that are over are refused for that."""
    await work.session.execute(delete(client_assertions).where(client_assertions.c.expires_at <= work.now))


def _named(client_id: str) -> Any:
    return _column("client_id") == client_id


def _column(name: str) -> Any:
    return getattr(Client, name)
