"""What a program signs to prove who it is (RFC 7523 with the limits of SMART Backend Services)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.identity.domain.clients import ClientRefused

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "ES384", "RS384")  # the two SMART names, and ours
LONGEST = timedelta(minutes=5)  # SMART: no more than five minutes in the future
SKEW = timedelta(seconds=30)
_TYPES = frozenset({None, "JWT", "client-authentication+jwt"})
_LONGEST_ID = 256


@dataclass(frozen=True)
class Credentials:
    """How a program says who it is: by its name alone, or by what it has signed."""

    client_id: str = ""
    assertion_type: str = ""
    assertion: str = ""


@dataclass(frozen=True)
class Once:
    """An assertion is good once, until it is over."""

    jti: str
    expires_at: datetime


def checked(header: dict[str, Any], claims: dict[str, Any], client_id: str, audiences: Collection[str], now: datetime) -> Once:
    """The id under which a good assertion is used up; ClientRefused for every other (RFC 7523 section 3)."""
    audience = claims.get("aud")
    aimed = audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
    says_who = claims.get("iss") == client_id == claims.get("sub") and isinstance(aimed, str) and aimed in audiences
    jti, expires = claims.get("jti"), _moment(claims.get("exp"))
    if not says_who or header.get("typ") not in _TYPES or not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_ID:
        raise ClientRefused
    if expires is None or not now - SKEW < expires <= now + LONGEST + SKEW:
        raise ClientRefused
    for name in ("iat", "nbf"):
        begins = _moment(claims.get(name))
        if name in claims and (begins is None or begins > now + SKEW):
            raise ClientRefused
    return Once(jti, expires)


def _moment(said: Any) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None
