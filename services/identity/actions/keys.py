"""The signing key: made at the first start, published as JWKS, used for every access token."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joserfc.jwk import ECKey
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from chassis.process import Running
from services.identity.store.tables import installation, signing_keys

_FIRST_KEY = 0x6B6579  # the advisory lock under which the first key is made


class IssuerChanged(Exception):
    """PUBLIC_ORIGIN is not the issuer this data was made for: set it back, or begin with new data."""


@dataclass(frozen=True)
class SigningKey:
    """The active key."""

    kid: str
    key: ECKey


async def prepare(running: Running) -> None:
    """Make the first key and remember the issuer; refuse to run under another."""
    await running.database.do(lambda work: _prepare(work, running.settings.public_origin))


async def _prepare(work: Work, issuer: str) -> None:
    await work.session.execute(select(func.pg_advisory_xact_lock(_FIRST_KEY)))
    await work.session.execute(insert(installation).values(id=1, issuer=issuer).on_conflict_do_nothing())
    kept = await work.session.scalar(select(installation.c.issuer))
    if kept != issuer:
        raise IssuerChanged(f"this data was made for {kept}, not for {issuer}")
    if await work.session.scalar(select(signing_keys.c.kid).where(signing_keys.c.state == "active")) is None:
        await _make(work)


async def _make(work: Work) -> None:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    kid = str(key.kid)
    await work.session.execute(insert(signing_keys).values(
        kid=kid, state="active", public_jwk=key.as_dict(private=False), created_at=work.now,
        wrapped_private=crypto.seal(work.vault.keys.kek, _place(kid), json.dumps(key.as_dict(private=True)).encode()),
    ))


async def active(work: Work) -> SigningKey:
    """The key that signs now."""
    row = (await work.session.execute(select(signing_keys).where(signing_keys.c.state == "active"))).one()
    return _opened(row.kid, bytes(row.wrapped_private), work.vault.keys.kek)


@lru_cache(maxsize=4)
def _opened(kid: str, wrapped: bytes, kek: bytes) -> SigningKey:
    return SigningKey(kid, ECKey.import_key(json.loads(crypto.unseal(kek, _place(kid), wrapped))))


async def published(work: Work) -> dict[str, Any]:
    """The public keys, as a JWK set (RFC 7517)."""
    return {"keys": list(await work.session.scalars(select(signing_keys.c.public_jwk).order_by(signing_keys.c.created_at)))}


def _place(kid: str) -> crypto.Place:
    return crypto.Place("signing_keys", "private", kid)
