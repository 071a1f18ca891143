"""What a program shows to be given a person's token (RFC 8693)."""

from dataclasses import dataclass
from uuid import UUID

from chassis.errors import BadRequest

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind
PROXY = "urn:guohuai:token-type:proxy"


class ExchangeRefused(BadRequest):
    """Only a living access token of a person is exchanged, for another, once (RFC 8693 section 2.2.2: invalid_request)."""

    zh = "无法代表该用户换取凭证"
    keeps = True

    def __init__(self) -> None:
        super().__init__(error="invalid_request")


@dataclass(frozen=True)
class Shown:
    """The token of the person; a second level of acting (an actor token) is not offered."""

    token: str
    kind: str
    wanted: str = ""
    actor: str = ""

    def __post_init__(self) -> None:
        if self.kind != ACCESS_TOKEN or self.wanted not in {"", ACCESS_TOKEN} or self.actor:
            raise ExchangeRefused


@dataclass(frozen=True)
class ByProxy:
    """Who acts for another: the proxy is the subject, for whose principal it stands, and the actor's own token the actor."""

    subject: str
    actor: str
    actor_kind: str
    wanted: str = ""

    def __post_init__(self) -> None:
        if self.actor_kind != ACCESS_TOKEN or self.wanted not in {"", ACCESS_TOKEN}:
            raise ExchangeRefused

    @property
    def proxy(self) -> UUID:
        """Which; ExchangeRefused of what is no id."""
        try:
            return UUID(self.subject)
        except ValueError:
            raise ExchangeRefused from None
