"""Access tokens (RFC 9068) and identity tokens (OpenID Connect Core 1.0): made, signed with one spelling, read again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from sqlalchemy import bindparam, select

from chassis.auth import AUDIENCE, HALF_ORDER, MAX_TOKEN_BYTES
from chassis.db import Work
from chassis.prepared import Prepared
from chassis.rights import OWN
from services.identity.actions import keys, subjects
from services.identity.domain import clients
from services.identity.domain.second_factor import Proved
from services.identity.store.periods import goes_on
from services.identity.store.tables import assignments, installation

ACCESS, IDENTITY = "at+jwt", "JWT"
_ISSUER = Prepared(select(installation.c.issuer))
_HELD = Prepared(
    select(assignments.c.role).where(assignments.c.person_id == bindparam("person"), goes_on(assignments.c, bindparam("now")))
)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Access:
    """What an access token says: who, for which program, to whom, how long."""

    subject: UUID  # the person, as we know them; or the program
    client_id: str = OWN
    life: timedelta = clients.LIVES["phone"].access
    audience: str = AUDIENCE
    scope: str = ""
    family: UUID | None = None  # the session it belongs to, of a person
    proved: Proved | None = None  # how its person proved who they are, where that is known
    acting: dict[str, str] | None = None  # the program that acts for the person (RFC 8693 section 4.1)
    sector: str | None = None  # of a partner, who knows the person by an id of its own

    @property
    def seconds(self) -> int:
        return int(self.life.total_seconds())


@dataclass(frozen=True)
class SignedIn:
    """What an identity token says: who proved themselves when and how, in answer to which request."""

    person: UUID
    family: UUID
    proved: Proved
    nonce: str | None


async def access(work: Work, said: Access) -> str:
    """A signed access token."""
    is_own = said.acting is None and said.family is not None and said.sector is None
    roles = [row.role for row in await work.rows(_HELD, person=said.subject, now=work.now)] if is_own else []
    subject = await subjects.known_as(work, said.subject, said.sector)
    return signed_access(await keys.active(work), said, subject, now=work.now, roles=roles if is_own else None)


def signed_access(key: keys.SigningKey, said: Access, subject: UUID, *, now: datetime, roles: Sequence[str] | None) -> str:
    """The same, of all that was looked up for it: as whom the subject is known, and in which roles they serve.

    What somebody serves as is a hint for clients, never a proof; partners are not told (None).
    """
    claims: dict[str, Any] = {
        "sub": str(subject), "aud": said.audience, "iat_ms": int(now.timestamp() * 1000), "jti": str(uuid4()),
        "client_id": said.client_id,
    }
    if said.scope:
        claims["scope"] = said.scope
    if said.family is not None:
        claims["sid"] = str(said.family)
    if said.proved is not None:
        claims |= said.proved.claims
    if said.acting is not None:
        claims["act"] = said.acting
    if roles is not None:
        claims["roles"] = sorted({"resident", *roles})
    return _signed(key, ACCESS, claims, now, said.seconds)


async def identity(work: Work, client: clients.Client, said: SignedIn, *, access_token: str) -> str:
    """Who signed in, told to the program they signed in for (OpenID Connect Core 1.0 sections 2 and 3.1.3.6)."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {
        "sub": str(await subjects.known_as(work, said.person, client.sector)), "aud": client.client_id,
        "sid": str(said.family), **said.proved.claims,
        "at_hash": urlsafe_b64encode(half).decode(),
        **({"nonce": said.nonce} if said.nonce is not None else {}),
    }
    return _signed(await keys.active(work), IDENTITY, claims, work.now, int(clients.LIVES[client.life].access.total_seconds()))


async def read(work: Work, token: str, kind: str = ACCESS, *, over: bool = False) -> dict[str, Any] | None:
    """The claims of a token that we signed and that is not over (or may be, where that is no matter); None of every other."""
    if len(token) > MAX_TOKEN_BYTES or not token.isascii():
        return None
    try:
        said = jwt.decode(token, await keys.known(work), algorithms=["ES256"])
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    ours = said.header.get("typ") == kind and said.claims.get("iss") == await issuer(work)
    return said.claims if ours and (over or said.claims["exp"] > work.now.timestamp()) else None


async def issuer(work: Work) -> str:
    """Who we say we are."""
    return str(await work.value(_ISSUER))


def _signed(key: keys.SigningKey, kind: str, claims: dict[str, Any], now: datetime, seconds: int) -> str:
    moment = int(now.timestamp())
    whole = {"iss": key.issuer, "iat": moment, "exp": moment + seconds, **claims}
    return _lower(jwt.encode({"alg": "ES256", "typ": kind, "kid": key.kid}, whole, key.key, algorithms=["ES256"]))


def _lower(token: str) -> str:
    """The same signature with the smaller of s and n-s: a token of ours has one spelling."""
    head, _, signature = token.rpartition(".")
    raw = urlsafe_b64decode(signature.encode())
    s = int.from_bytes(raw[32:], "big")
    if s <= HALF_ORDER:
        return token
    return f"{head}.{urlsafe_b64encode(raw[:32] + (_ORDER - s).to_bytes(32, 'big')).decode()}"
