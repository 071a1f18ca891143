"""Sessions: a short access token (RFC 9068) and a refresh token that is used once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import crypto
from chassis.auth import AUDIENCE, HALF_ORDER
from chassis.db import Work
from contracts.identity import AccessRevoked
from services.identity.actions import keys
from services.identity.domain import sign_in
from services.identity.store.tables import assignments, installation, refresh_tokens

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Session:
    """What a client gets when somebody signed in."""

    person_id: UUID
    access_token: str
    refresh_token: str
    expires_in: int


async def begin(work: Work, person: UUID) -> Session:
    """A new family of tokens for a person who has just proven who they are."""
    return await _issue(work, person, family=work.new_id(), ends=work.now + sign_in.REFRESH_ABSOLUTE)


async def refresh(work: Work, token: str) -> Session:
    """The next tokens of a family.

    A token used twice ends its family, except that within 15 s the same successor is given once more: a phone that
    lost the answer is not signed out (RFC 9700 section 4.14).
    """
    asked = select(refresh_tokens).where(refresh_tokens.c.hash == _hash(token)).with_for_update()
    row = (await work.session.execute(asked)).first()
    if row is None:
        raise sign_in.GrantRefused
    if row.used_at is not None and row.revoked_at is None and work.now - row.used_at <= sign_in.SAME_SUCCESSOR:
        return await _again(work, row)
    if row.used_at is not None or row.revoked_at is not None or row.expires_at <= work.now:
        await _end(work, refresh_tokens.c.family_id == row.family_id)
        raise sign_in.GrantRefused
    made = await _issue(work, row.person_id, family=row.family_id, ends=row.family_ends_at)
    successor = crypto.seal(work.vault.keys.kek, _place(row.hash), made.refresh_token.encode())
    change = update(refresh_tokens).where(refresh_tokens.c.hash == row.hash)
    await work.session.execute(change.values(used_at=work.now, wrapped_successor=successor))
    return made


async def _again(work: Work, row: Any) -> Session:
    token = crypto.unseal(work.vault.keys.kek, _place(row.hash), row.wrapped_successor).decode()
    used = await work.session.scalar(select(refresh_tokens.c.used_at).where(refresh_tokens.c.hash == _hash(token)))
    if used is not None:
        await _end(work, refresh_tokens.c.family_id == row.family_id)
        raise sign_in.GrantRefused
    return Session(row.person_id, await _signed(work, row.person_id, row.family_id), token, _seconds())


async def end(work: Work, token: str) -> None:
    """Sign out: the family of this refresh token ends; an unknown token is ended already (RFC 7009 section 2.2)."""
    family = await work.session.scalar(select(refresh_tokens.c.family_id).where(refresh_tokens.c.hash == _hash(token)))
    if family is not None:
        await _end(work, refresh_tokens.c.family_id == family)


async def revoke(work: Work, person: UUID, *, by: UUID) -> None:
    """Sign a person out everywhere; access tokens already given become void as the word spreads."""
    await _end(work, refresh_tokens.c.person_id == person)
    await work.audit("people.revoke", f"person/{person}", actor=by)
    moment = work.now.replace(microsecond=work.now.microsecond // 1000 * 1000)  # as finely as tokens tell when they were made
    work.announce(AccessRevoked(person_id=person, not_before=moment, recipients=(person,)))


async def _end(work: Work, which: Any) -> None:
    still = which & refresh_tokens.c.revoked_at.is_(None)
    await work.session.execute(update(refresh_tokens).where(still).values(revoked_at=work.now, wrapped_successor=None))


async def _issue(work: Work, person: UUID, *, family: UUID, ends: datetime) -> Session:
    token = secrets.token_urlsafe(32)
    await work.session.execute(insert(refresh_tokens).values(
        hash=_hash(token), family_id=family, person_id=person, created_at=work.now,
        expires_at=min(work.now + sign_in.REFRESH_IDLE, ends), family_ends_at=ends,
    ))
    return Session(person, await _signed(work, person, family), token, _seconds())


async def _signed(work: Work, person: UUID, family: UUID) -> str:
    key = await keys.active(work)
    now = int(work.now.timestamp())
    roles = select(assignments.c.role).where(
        assignments.c.person_id == person, or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > work.now)
    )
    claims = {
        "iss": await work.session.scalar(select(installation.c.issuer)), "sub": str(person), "aud": AUDIENCE,
        "iat": now, "iat_ms": int(work.now.timestamp() * 1000), "exp": now + _seconds(),
        "jti": str(uuid4()), "client_id": "guohuai", "sid": str(family),
        "roles": sorted({"resident", *await work.session.scalars(roles)}),  # a hint for clients, never a proof
    }
    return _lower(jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, claims, key.key, algorithms=["ES256"]))


def _lower(token: str) -> str:
    """The same signature with the smaller of s and n-s: a token of ours has one spelling."""
    head, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature.encode())
    s = int.from_bytes(raw[32:], "big")
    if s <= HALF_ORDER:
        return token
    return f"{head}.{urlsafe_b64encode(raw[:32] + (_ORDER - s).to_bytes(32, 'big')).decode()}"


def _seconds() -> int:
    return int(sign_in.ACCESS_LIFE.total_seconds())


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _place(key: bytes) -> crypto.Place:
    return crypto.Place("refresh_tokens", "successor", key.hex())
