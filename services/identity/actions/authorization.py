"""Codes: a program's request becomes a page, the page a proof of who it is, the proof a code that is good once for a minute."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from services.identity.actions import clients, sessions, tokens
from services.identity.domain import authorization as rules
from services.identity.domain.authorization import Asked, AuthorizationRefused
from services.identity.domain.clients import REFRESH, Client
from services.identity.domain.second_factor import Proved
from services.identity.domain.sign_in import GrantRefused
from services.identity.store.tables import authorization_codes

_PAGE = crypto.Place("authorization", "request", "page")


@dataclass(frozen=True)
class Page:
    """A good request: what the sign-in page shows, and what it carries, sealed."""

    name: str  # of the program
    back: str  # where it will lead
    scope: str  # what the program gets
    sealed: str


@dataclass(frozen=True)
class Redeemed:
    """What a code gave."""

    session: sessions.Session
    id_token: str | None
    may_refresh: bool


async def begin(work: Work, pairs: Iterable[tuple[str, str]]) -> Page | str:
    """The page, or the address that tells the program what is wrong; AuthorizationRefused where nobody may be led."""
    asked = Asked.read(pairs)
    client = rules.to_its_address(asked, await clients.named(work, asked.client_id))
    wrong = rules.fault(asked, client)
    if wrong:
        return rules.address(asked, await tokens.issuer(work), error=wrong)
    asked = replace(asked, scope=client.granted(asked.scope))
    kept = {"asked": asked.kept, "name": client.name, "until": (work.now + rules.PAGE_LIFE).isoformat()}
    sealed = crypto.seal(work.vault.keys.kek, _PAGE, json.dumps(kept).encode())
    return Page(client.name, asked.redirect_uri, asked.scope, urlsafe_b64encode(sealed).decode())


def reopened(kek: crypto.Keyring, sealed: str, now: datetime) -> tuple[Page, Asked]:
    """What a page carried; AuthorizationRefused if it is not ours or over."""
    try:
        kept = json.loads(crypto.unseal(kek, _PAGE, urlsafe_b64decode(sealed.encode())))
    except (crypto.Unreadable, ValueError):
        raise AuthorizationRefused from None
    if datetime.fromisoformat(kept["until"]) <= now:
        raise AuthorizationRefused
    asked = Asked(**kept["asked"])
    return Page(kept["name"], asked.redirect_uri, asked.scope, sealed), asked


async def answer(work: Work, asked: Asked, person: UUID, *, methods: tuple[str, ...]) -> str:
    """Where the browser goes with a new code for a person who has just proven who they are."""
    client = rules.to_its_address(asked, await clients.named(work, asked.client_id))
    code = secrets.token_urlsafe(32)
    await work.session.execute(insert(authorization_codes).values(
        hash=_hash(code), client_id=client.client_id, person_id=person, redirect_uri=asked.redirect_uri,
        challenge=asked.code_challenge, nonce=asked.nonce, scope=client.granted(asked.scope), method=" ".join(methods),
        created_at=work.now, expires_at=work.now + rules.CODE_LIFE,
    ))
    await work.audit("authorization.grant", f"client/{client.id}", actor=person)
    return rules.address(asked, await tokens.issuer(work), code=code)


async def redeem(work: Work, client: Client, *, code: str, redirect_uri: str, verifier: str) -> Redeemed:
    """The session a code stands for. It is tried once: a second time, and what the first gave ends (RFC 6749 section 4.1.2)."""
    asked = select(authorization_codes).where(authorization_codes.c.hash == _hash(code)).with_for_update()
    row = (await work.session.execute(asked)).first()
    if row is None:
        raise GrantRefused
    if row.used_at is not None:
        await sessions.close(work, row.person_id, row.family_id)
        raise GrantRefused
    family = work.new_id()
    change = update(authorization_codes).where(authorization_codes.c.hash == row.hash)
    await work.session.execute(change.values(used_at=work.now, family_id=family))
    is_its_own = row.client_id == client.client_id and row.redirect_uri == redirect_uri and row.expires_at > work.now
    if not is_its_own or not rules.is_proved(row.challenge, verifier):
        raise GrantRefused
    proved = Proved(tuple(row.method.split()), row.created_at)
    session = await sessions.begin(work, row.person_id, client=client, scope=row.scope, family=family, proved=proved)
    told = None
    if "openid" in row.scope.split():
        said = tokens.SignedIn(row.person_id, family, proved, row.nonce)
        told = await tokens.identity(work, client, said, access_token=session.access_token)
    return Redeemed(session, told, REFRESH in client.grants)


async def forget(work: Work) -> None:
    """Codes that are over, once what they gave is over as well: until then a second use must still end it."""
    over = authorization_codes.c.expires_at <= work.now - rules.KEPT_AFTER
    await work.session.execute(delete(authorization_codes).where(over))


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
