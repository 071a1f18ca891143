"""Programs that may ask for tokens: what a client is, what it may be granted, how it is told from others."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from chassis.errors import BadRequest, Unauthenticated
from chassis.rights import API, OWN
from services.identity.domain import sign_in, subjects

CODE, REFRESH, CREDENTIALS = "authorization_code", "refresh_token", "client_credentials"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
GRANTS = (CODE, REFRESH, CREDENTIALS, EXCHANGE)
ABOUT_PEOPLE = frozenset({"openid", "profile"})

_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}")
_ACT = re.compile(r"[a-z]+\.[a-z]+")  # `reports.file`
_SMART = re.compile(r"system/([A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)")  # SMART App Launch 2.2, "Scopes for requesting FHIR resources"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_SECRET_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})  # of a JWK (RFC 7518 section 6)


class ClientNotRight(Exception):
    """What was said of a client cannot stand so; the message says what."""


class ClientThere(Exception):
    """A client of this name is there, or was once; names are never used again."""


class NoSuchClient(Exception):
    """There is no client of this name; `clients list` names those there are."""


class ClientRefused(Unauthenticated):
    """The program is not known, or has not proven who it is (RFC 6749 section 5.2: invalid_client); which is not told."""

    zh = "应用身份验证失败"
    keeps = True

    def __init__(self) -> None:
        super().__init__(error="invalid_client")


class ClientMayNot(BadRequest):
    """The program is known and may not use this grant (RFC 6749 section 5.2: unauthorized_client)."""

    zh = "该应用无权使用此授权方式"
    keeps = True

    def __init__(self) -> None:
        super().__init__(error="unauthorized_client")


class ScopeRefused(BadRequest):
    """More is asked for than the program, or the token it shows, may have (RFC 6749 section 5.2: invalid_scope)."""

    zh = "申请的权限范围不被允许"
    keeps = True

    def __init__(self) -> None:
        super().__init__(error="invalid_scope")


class TargetRefused(BadRequest):
    """The program may not have tokens for this audience (RFC 8693 section 2.2.2: invalid_target)."""

    zh = "不能为该目标服务签发凭证"
    keeps = True

    def __init__(self) -> None:
        super().__init__(error="invalid_target")


@dataclass(frozen=True)
class Life:
    """How long tokens are good: one access token, a session nobody uses, a session at all."""

    access: timedelta
    idle: timedelta
    absolute: timedelta


LIVES = {
    "phone": Life(sign_in.ACCESS_LIFE, sign_in.REFRESH_IDLE, sign_in.REFRESH_ABSOLUTE),
    "screen": Life(timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=12)),  # in an office, where others pass
    "program": Life(timedelta(minutes=5), timedelta(0), timedelta(0)),  # proves itself again; has no session
}


@dataclass(eq=False)
class Client:
    """A program. A public one cannot keep a secret and proves its codes (PKCE); a confidential one signs who it is."""

    id: UUID  # the subject of tokens in its own name
    client_id: str
    name: str  # what people read when they sign in for it
    kind: str
    life: str
    owner: str  # who answers for it
    grants: list[str]
    scopes: list[str] = field(default_factory=list)
    redirect_uris: list[str] = field(default_factory=list)
    signed_out_uris: list[str] = field(default_factory=list)
    audiences: list[str] = field(default_factory=lambda: ["guohuai"])
    jwks: dict[str, Any] | None = None
    is_internal: bool = False  # a service of ours: may ask about tokens
    subject_type: str = subjects.PUBLIC
    sector: str | None = None  # of pairwise subjects: programs of one sector know a person by the same one
    created_at: datetime | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.subject_type == subjects.PAIRWISE and self.sector is None:
            self.sector = subjects.sector_of(self.redirect_uris, self.client_id)
        wrong = list(_faults(self))
        if wrong:
            raise ClientNotRight("; ".join(wrong))

    def is_live(self, now: datetime) -> bool:
        """Whether it may ask for anything now."""
        return self.ended_at is None and (self.expires_at is None or self.expires_at > now)

    def may(self, grant: str) -> None:
        """ClientMayNot unless it was registered for this grant."""
        if grant not in self.grants:
            raise ClientMayNot

    def granted(self, asked: str, *, within: frozenset[str] | None = None) -> str:
        """The scopes that are given for those asked for (all of them, if none is named); ScopeRefused for one too many."""
        wanted = list(dict.fromkeys(asked.split())) or [one for one in self.scopes if within is None or covered(one, within)]
        for limit in (frozenset(self.scopes), within):
            if limit is not None and not all(covered(one, limit) for one in wanted):
                raise ScopeRefused
        return " ".join(wanted)

    def aimed(self, audience: str | None) -> str:
        """Whom a token is for: the one asked for, or its first; TargetRefused for one it may not have."""
        if audience is not None and audience not in self.audiences:
            raise TargetRefused
        return audience or self.audiences[0]


def covered(scope: str, held: frozenset[str]) -> bool:
    """Whether what is held includes the scope.

    `api` includes every act; of SMART's, `system/Appointment.crus` includes `system/Appointment.rs`.
    """
    if scope in held or (API in held and _ACT.fullmatch(scope)):
        return True
    asked = _SMART.fullmatch(scope)
    if asked is None or not asked[2]:
        return False
    same = [found[2] for one in held if (found := _SMART.fullmatch(one)) and found[1] == asked[1]]
    return any(set(asked[2]) <= set(letters) for letters in same)


def _faults(client: Client) -> list[str]:
    return [
        *_faults_of_kind(client),
        *subjects.faults(client),
        *_faults_of_partner(client),
        *(f"{one} is no scope" for one in client.scopes if not _is_scope(one)),
        *(f"{one} is no grant of ours" for one in client.grants if one not in GRANTS),
        *(f"{one} is no address we would lead somebody to" for one in (*client.redirect_uris, *client.signed_out_uris)
          if not is_safe_address(one)),
        *(["the name is a to z, digits and hyphens"] if not _NAME.fullmatch(client.client_id) or client.client_id == OWN else []),
        *(["somebody must answer for it, and people must be told its name"] if not client.owner or not client.name else []),
        *(["codes need a redirect address"] if CODE in client.grants and not client.redirect_uris else []),
        *(["tokens need an audience"] if not client.audiences else []),
    ]


def _faults_of_kind(client: Client) -> list[str]:
    if client.kind not in {"public", "confidential"} or client.life not in LIVES:
        return ["kind is public or confidential; life is phone, screen or program"]
    if client.kind == "public":
        proves = client.jwks is not None or client.is_internal or {CREDENTIALS, EXCHANGE} & set(client.grants)
        return ["a public client has no keys, is no service of ours, and gets nothing in its own name"] if proves else []
    keys = (client.jwks or {}).get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(one, dict) and one.get("kid") for one in keys):
        return ["a confidential client is known by its public keys, each with a kid"]
    return ["these keys are private: they belong to the client alone"] if any(_SECRET_PARTS & set(one) for one in keys) else []


def _faults_of_partner(client: Client) -> list[str]:
    """Our doors say people's own ids, so nobody who is not to know these does anything there in their name."""
    acts = [one for one in client.scopes if one == API or _ACT.fullmatch(one)]
    if client.subject_type != subjects.PAIRWISE or not acts or not {CODE, EXCHANGE} & set(client.grants):
        return []
    return [f"{' '.join(acts)}: who knows people by pairwise subjects acts for nobody"]


def _is_scope(scope: str) -> bool:
    smart = _SMART.fullmatch(scope)
    return scope in {*ABOUT_PEOPLE, API} or bool(_ACT.fullmatch(scope)) or (smart is not None and bool(smart[2]))


def is_safe_address(address: str) -> bool:
    """An https address, or a loopback one for development; with nothing in it that two programs could read in two ways."""
    if not address.isascii() or not address.isprintable() or re.search(r"[\s\\#*<>\"]|/\.\.?(/|$)|%", address):
        return False
    try:
        parts = urlsplit(address)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return False
    if parts.netloc != f"{host}{port}" or not host:  # a user in it, capitals, an empty port
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
