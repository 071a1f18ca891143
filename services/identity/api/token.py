"""The token endpoint: one door, one act a grant."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request, Response
from pydantic import BaseModel, Field

from chassis.db import Work
from chassis.rights import OWN
from chassis.route import Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.identity.actions import authorization, clients, grants, proxy_tokens, sessions
from services.identity.api.answers import OAuthRoute
from services.identity.api.sign_in import admitted, policy
from services.identity.domain import clients as rules
from services.identity.domain.assertions import Credentials
from services.identity.domain.exchange import ACCESS_TOKEN, PROXY, ByProxy, ExchangeRefused, Shown
from services.identity.domain.sign_in import GrantUnknown

router = new_router("/oauth", tags=["oauth", PUBLIC])
router.route_class = OAuthRoute

Word = Annotated[str, Field(max_length=64)]
Opaque = Annotated[str, Field(max_length=256)]
Text = Annotated[str, Field(max_length=2048)]
Signed = Annotated[str, Field(max_length=8192)]


class Proof(BaseModel):
    """How a program says who it is: its name, or what it signed (RFC 7521 section 4.2)."""

    client_id: Word = ""
    client_assertion_type: Opaque = ""
    client_assertion: Signed = ""

    @property
    def is_given(self) -> bool:
        return bool(self.client_id or self.client_assertion or self.client_assertion_type)

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.client_id, self.client_assertion_type, self.client_assertion)


class TokenRequest(Proof):
    """What is asked for; each grant reads its own part of it, and nobody what is not named here."""

    grant_type: Opaque
    code: Opaque = ""
    redirect_uri: Text = ""
    code_verifier: Opaque = ""
    refresh_token: Opaque = ""
    scope: Text = ""
    subject_token: Signed = ""
    subject_token_type: Opaque = ""
    actor_token: Signed = ""
    actor_token_type: Opaque = ""
    requested_token_type: Opaque = ""
    audience: Opaque | None = None
    resource: Opaque | None = None


class TokenView(BaseModel):
    """Tokens in the form of RFC 6749 section 5.1, and whose they are."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    scope: str | None = None
    refresh_token: str | None = None
    id_token: str | None = None
    issued_token_type: str | None = None
    person_id: UUID | None = None
    is_new: bool | None = None


async def asking(work: Work, proof: Proof) -> rules.Client | None:
    """The program that asks; None of our own sign-in, which gives no name."""
    if not proof.is_given or proof.credentials == Credentials(OWN):
        return None
    return await clients.authenticated(work, proof.credentials)


def told(session: sessions.Session) -> TokenView:
    """A session as the program gets it."""
    return TokenView(
        access_token=session.access_token, expires_in=session.expires_in, scope=session.scope or None,
        refresh_token=session.refresh_token, person_id=None if session.is_pairwise else session.person_id, is_new=False,
    )


def told_alone(made: grants.Granted) -> TokenView:
    """An access token as the program gets it."""
    return TokenView(access_token=made.access_token, expires_in=made.expires_in, scope=made.scope or None)


async def _redeemed(work: Work, asked: TokenRequest, _: Request) -> TokenView:
    client = await clients.authenticated(work, asked.credentials)
    client.may(rules.CODE)
    made = await authorization.redeem(
        work, client, code=asked.code, redirect_uri=asked.redirect_uri, verifier=asked.code_verifier
    )
    hidden = {} if made.may_refresh else {"refresh_token": None}
    return told(made.session).model_copy(update={"id_token": made.id_token, **hidden})


async def _refreshed(work: Work, asked: TokenRequest, request: Request) -> TokenView:
    client = await asking(work, asked)
    if client is not None:
        client.may(rules.REFRESH)
    session = await sessions.refresh(work, asked.refresh_token, client, policy=policy(request))
    if client is None or client.kind == "public":  # a program that signs comes from where its servers are
        await admitted(work, request, session.person_id)
    return told(session)


async def _in_its_own_name(work: Work, asked: TokenRequest, _: Request) -> TokenView:
    client = await clients.authenticated(work, asked.credentials)
    return told_alone(await grants.in_its_own_name(work, client, scope=asked.scope, audience=asked.audience or asked.resource))


async def _exchanged(work: Work, asked: TokenRequest, _: Request) -> TokenView:
    made = await (_by_proxy(work, asked) if asked.subject_token_type == PROXY else _by_program(work, asked))
    return told_alone(made).model_copy(update={"issued_token_type": ACCESS_TOKEN})


async def _by_program(work: Work, asked: TokenRequest) -> grants.Granted:
    client = await clients.authenticated(work, asked.credentials)
    shown = Shown(asked.subject_token, asked.subject_token_type, asked.requested_token_type, asked.actor_token)
    return await grants.to_act(work, client, shown, scope=asked.scope, audience=asked.audience or asked.resource)


async def _by_proxy(work: Work, asked: TokenRequest) -> grants.Granted:
    """A person acts for another in our own app, and through no program."""
    if await asking(work, asked) is not None:
        raise ExchangeRefused
    shown = ByProxy(asked.subject_token, asked.actor_token, asked.actor_token_type, asked.requested_token_type)
    return await proxy_tokens.to_act(work, shown, scope=asked.scope, audience=asked.audience or asked.resource)


_GRANTS: dict[str, Callable[[Work, TokenRequest, Request], Awaitable[TokenView]]] = {
    rules.CODE: _redeemed, rules.REFRESH: _refreshed, rules.CREDENTIALS: _in_its_own_name,
    rules.EXCHANGE: _exchanged,
}


@router.post("/token", response_model=TokenView, response_model_exclude_none=True)
async def exchange_token(
    work: Working, request: Request, response: Response, asked: Annotated[TokenRequest, Form()]
) -> TokenView:
    """Tokens for what is shown: a code, a refresh token, or what a program has signed in its own name (RFC 6749)."""
    response.headers["cache-control"] = "no-store"
    if asked.grant_type not in _GRANTS:
        raise GrantUnknown
    return await _GRANTS[asked.grant_type](work, asked, request)
