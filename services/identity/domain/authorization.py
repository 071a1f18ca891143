"""What a program may ask a person's browser for: a code, proved with PKCE, to an address that was registered (OAuth 2.1)."""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, Self
from urllib.parse import quote, urlencode

from chassis.errors import BadRequest, Forbidden
from services.identity.domain.clients import CODE, Client, ClientMayNot, ScopeRefused
from services.identity.domain.sign_in import same

CODE_LIFE = timedelta(seconds=60)
PAGE_LIFE = timedelta(minutes=10)
KEPT_AFTER = timedelta(days=1)  # so long a second use of a code still ends what the first gave
_LONGEST, _LONGEST_OF_ALL = 2048, 6000  # characters of one parameter, and of all
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # of SHA-256, in base64url
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 section 4.1
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})


class AuthorizationRefused(BadRequest):
    """The program or its address is not registered, or the page is over: nobody is led anywhere (RFC 6749 section 4.1.2.1)."""

    zh = "登录请求无效，请回到应用重新发起登录"


class FormFromElsewhere(Forbidden):
    """The sign-in form is sent by our own page alone."""

    zh = "请在本站的登录页面上提交"


@dataclass(frozen=True)
class Asked:
    """The parameters of a request, as they came; those nobody knows are ignored (RFC 6749 section 3.1)."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""
    max_age: str | None = None
    response_mode: str = "query"
    request: str | None = None
    request_uri: str | None = None

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """AuthorizationRefused for a parameter that is there twice or too long: two readers could read two things."""
        known = {one.name for one in fields(cls)}
        said: dict[str, str] = {}
        for name, value in pairs:
            if name in known:
                if name in said or len(value) > _LONGEST or "\0" in value:
                    raise AuthorizationRefused
                said[name] = value
        if sum(map(len, said.values())) > _LONGEST_OF_ALL:
            raise AuthorizationRefused
        return cls(**said)

    @property
    def kept(self) -> dict[str, Any]:
        """What the sign-in page carries, sealed."""
        return asdict(self)


def to_its_address(asked: Asked, client: Client | None) -> Client:
    """The program, if it is one, and the address is exactly one of its own; else nobody is led anywhere."""
    if client is None or asked.redirect_uri not in client.redirect_uris:
        raise AuthorizationRefused
    return client


def fault(asked: Asked, client: Client) -> str:
    """The error that the program is told at its address, empty if all is well (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6)."""
    prompts = set(asked.prompt.split())
    is_malformed = (
        not _CHALLENGE.fullmatch(asked.code_challenge) or asked.code_challenge_method != "S256"
        or asked.response_mode != "query" or not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1)
        or (asked.max_age is not None and not re.fullmatch(r"[0-9]{1,9}", asked.max_age))
    )
    found = {
        "request_not_supported": asked.request is not None, "request_uri_not_supported": asked.request_uri is not None,
        "unsupported_response_type": asked.response_type != "code", "invalid_request": is_malformed,
        "unauthorized_client": not _may(client), "invalid_scope": not _is_granted(asked, client),
        "login_required": prompts == {"none"},  # nobody is signed in at the page: each time somebody proves who they are
    }
    return next((error for error, is_so in found.items() if is_so), "")


def _may(client: Client) -> bool:
    try:
        client.may(CODE)
    except ClientMayNot:
        return False
    return True


def _is_granted(asked: Asked, client: Client) -> bool:
    try:
        client.granted(asked.scope)
    except ScopeRefused:
        return False
    return True


def address(asked: Asked, issuer: str, **said: str) -> str:
    """Where the browser goes with the answer, which names its issuer (RFC 9207)."""
    answer = {**said, **({"state": asked.state} if asked.state is not None else {}), "iss": issuer}
    return f"{asked.redirect_uri}{'&' if '?' in asked.redirect_uri else '?'}{urlencode(answer, quote_via=quote)}"


def is_proved(challenge: str, verifier: str) -> bool:
    """Whether who redeems a code is who asked for it (RFC 7636 section 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    shown = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return same(challenge.encode(), shown)
