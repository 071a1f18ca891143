"""The signing keys: one signs, one is known already and signs next, those that have signed stay until their tokens are over."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from joserfc.jwk import ECKey, KeySet
from sqlalchemy import delete, select, true, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.db import Work
from chassis.prepared import Prepared
from chassis.process import Running
from services.identity.domain import signing
from services.identity.store.tables import installation, signing_keys

_KEYS = b"signkeys"  # under which they are made, turned and withdrawn, one after the other
_ORDER = ("active", "next", "retired")
_ACTIVE = Prepared(
    select(signing_keys.c.kid, signing_keys.c.wrapped_private, installation.c.issuer)
    .select_from(signing_keys.join(installation, true())).where(signing_keys.c.state == "active")
)


class IssuerChanged(Exception):
    """PUBLIC_ORIGIN is not the issuer this data was made for: set it back, or begin with new data."""


class NoSuchKey(Exception):
    """There is no signing key of this id; `keys list` names those there are."""


@dataclass(frozen=True)
class SigningKey:
    """The active key, and who we say we are."""

    kid: str
    key: ECKey
    issuer: str


async def prepare(running: Running) -> None:
    """Make the first keys and remember the issuer; refuse to run under another."""
    await running.database.do(lambda work: _prepare(work, running.settings.public_origin))


async def _prepare(work: Work, issuer: str) -> None:
    await work.taking_turns(_KEYS)
    await work.session.execute(insert(installation).values(id=1, issuer=issuer).on_conflict_do_nothing())
    kept = await work.session.scalar(select(installation.c.issuer))
    if kept != issuer:
        raise IssuerChanged(f"this data was made for {kept}, not for {issuer}")
    for state in ("active", "next"):
        if await _in_state(work, state) is None:
            await _make(work, state)


async def rotate(work: Work) -> bool:
    """Let the next key sign, if everybody has had the time to know it; whether it does. Asked twice, it is done once."""
    await work.taking_turns(_KEYS)
    coming = await _in_state(work, "next")
    if coming is None or work.now < coming.created_at + signing.PUBLISHED_AHEAD:
        return False
    await _turn(work)
    return True


async def withdraw(work: Work, kid: str) -> None:
    """A key that was stolen: nothing it signed is good any more, as soon as those who know it ask again.

    The next key, which everybody knows, signs at once, so nobody is shut out. A key that nobody knows yet signs a minute and
    a half later: a service that meets it asks for all our keys, and so forgets the stolen one long before its ten minutes.
    """
    await work.taking_turns(_KEYS)
    dropped = await work.session.scalar(delete(signing_keys).where(signing_keys.c.kid == kid).returning(signing_keys.c.state))
    if dropped is None:
        raise NoSuchKey(kid)
    if dropped == "active":
        await _move(work, "next", "active")
    await work.session.execute(delete(signing_keys).where(signing_keys.c.state == "next"))
    if await _in_state(work, "active") is None:
        await _make(work, "active")
    await _make(work, "next", signs_from=work.now + signing.AFTER_WITHDRAWAL)
    await work.audit("keys.withdraw", f"key/{kid}", actor=None)


async def tend(work: Work) -> None:
    """By the clock: a next key that was made in a hurry signs when its time has come; what retired is forgotten at the end."""
    await work.taking_turns(_KEYS)
    coming = await _in_state(work, "next")
    if coming is not None and coming.signs_from is not None and coming.signs_from <= work.now:
        await _turn(work)
    await _rewrap(work)
    over = signing_keys.c.retired_at <= work.now - signing.PUBLISHED_AFTER
    await work.session.execute(delete(signing_keys).where(signing_keys.c.state == "retired", over))


async def _rewrap(work: Work) -> None:
    """Private halves under the first of several keys, as `chassis.rekey` does for people's."""
    for row in await listed(work) if len(work.vault.keys.kek) > 1 else ():
        wrapped = crypto.anew(work.vault.keys.kek, _place(row.kid), row.wrapped_private) if row.wrapped_private else None
        if wrapped is not None:
            await work.session.execute(update(signing_keys).where(signing_keys.c.kid == row.kid).values(wrapped_private=wrapped))


async def _turn(work: Work) -> None:
    """The active key retires, and its private half is destroyed; the next one signs; a new one is published."""
    await _move(work, "active", "retired", retired_at=work.now, wrapped_private=b"")
    await _move(work, "next", "active", signs_from=None)
    await _make(work, "next")
    await work.audit("keys.rotate", "key/active", actor=None)


async def _move(work: Work, before: str, after: str, **also: Any) -> None:
    change = update(signing_keys).where(signing_keys.c.state == before)
    await work.session.execute(change.values(state=after, **also))


async def _make(work: Work, state: str, *, signs_from: datetime | None = None) -> None:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    kid = str(key.kid)
    await work.session.execute(insert(signing_keys).values(
        kid=kid, state=state, public_jwk=key.as_dict(private=False), created_at=work.now, signs_from=signs_from,
        wrapped_private=crypto.seal(work.vault.keys.kek, _place(kid), json.dumps(key.as_dict(private=True)).encode()),
    ))


async def active(work: Work) -> SigningKey:
    """The key that signs now."""
    [row] = await work.rows(_ACTIVE)
    return opened(row, work.vault.keys.kek)


def opened(row: Any, kek: crypto.Keyring) -> SigningKey:
    """The same of a row that has `kid`, `wrapped_private` and `issuer`."""
    return _opened(row.kid, row.wrapped_private, kek, row.issuer)


@lru_cache(maxsize=4)
def _opened(kid: str, wrapped: bytes, kek: crypto.Keyring, issuer: str) -> SigningKey:
    return SigningKey(kid, ECKey.import_key(json.loads(crypto.unseal(kek, _place(kid), wrapped))), issuer)


async def listed(work: Work) -> list[Any]:
    """Every key with its state and its times: the one that signs first."""
    return sorted((await work.session.execute(select(signing_keys))).all(), key=lambda row: _ORDER.index(row.state))


async def published(work: Work) -> dict[str, Any]:
    """The public keys, as a JWK set (RFC 7517)."""
    return {"keys": [row.public_jwk for row in await listed(work)]}


async def known(work: Work) -> KeySet:
    """The public keys, to check with: what we have signed is checked by ourselves as others do."""
    return KeySet([ECKey.import_key(row.public_jwk) for row in await listed(work)])


async def _in_state(work: Work, state: str) -> Any:
    return (await work.session.execute(select(signing_keys).where(signing_keys.c.state == state))).first()


def _place(kid: str) -> crypto.Place:
    return crypto.Place("signing_keys", "private", kid)
