"""Signing in: residents by a code to their phone or through WeChat, staff by password."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field

from chassis.db import Work
from chassis.route import Working
from chassis.service import PUBLIC, Body
from chassis.service import router as new_router
from services.identity.actions import codes, devices, networks, people, phones, second_factor, sessions, wechat
from services.identity.clients import wechat as wire
from services.identity.domain.devices import kind
from services.identity.domain.networks import AddressRefused
from services.identity.domain.policy import Policy

router = new_router("/sign-in", tags=["sign-in", PUBLIC])

Phone = Annotated[str, Field(max_length=20, examples=["13800138000"])]


class CodeWanted(Body):
    """The phone a code goes to."""

    phone: Phone


class ChallengeView(BaseModel):
    """Answer with the code and this id before it is over."""

    challenge_id: UUID
    expires_at: datetime


class PhoneProof(Body):
    """The code that came to the phone."""

    challenge_id: UUID
    phone: Phone
    code: Annotated[str, Field(pattern=r"^\d{6}$")]


WechatCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,256}$")]


class WechatProof(Body):
    """The code of `wx.login`; and of the phone button (`getPhoneNumber`), once the account leads to nobody yet.

    What WeChat itself says (openid, phone) is taken from nobody else.
    """

    js_code: WechatCode
    phone_code: WechatCode | None = None


class WechatPageProof(Body):
    """The code of a page within WeChat (`connect/oauth2/authorize`); and a code by SMS, once the account leads to nobody yet."""

    code: WechatCode
    sms: PhoneProof | None = None

    def came_from(self, address: str) -> wechat.Proof:
        """As the act takes it."""
        texted = wechat.Texted(**self.sms.model_dump()) if self.sms is not None else None
        return wechat.Proof(self.code, None, address, is_page=True, texted=texted)


class PasswordProof(Body):
    """Account and password of a member of staff."""

    login: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256)]


SecondCode = Annotated[str, Field(pattern=r"^([0-9]{6}|[A-Za-z2-9]{5}-?[A-Za-z2-9]{5})$", examples=["287082", "abcde-23456"])]
Challenge = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{40,512}$")]


class SecondProof(Body):
    """What the first proof was answered with, and a code of the second factor: six digits, or a recovery code."""

    challenge: Challenge
    code: SecondCode


class SessionView(BaseModel):
    """Tokens in the form of RFC 6749 section 5.1, and who it is."""

    person_id: UUID
    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    refresh_token: str
    is_new: bool = False


def shown(session: sessions.Session, *, is_new: bool = False) -> SessionView:
    """The session as the client gets it."""
    return SessionView(
        person_id=session.person_id, access_token=session.access_token, refresh_token=session.refresh_token,
        expires_in=session.expires_in, is_new=is_new,
    )


def policy(request: Request) -> Policy:
    """Who must have a second factor here."""
    settings = request.app.state.running.settings
    roles = frozenset(filter(None, settings.second_factor_roles.split(",")))
    return Policy(roles, timedelta(days=settings.second_factor_grace_days))


def silence(request: Request) -> timedelta:
    """After how long a number that nobody signs in by is silent."""
    return timedelta(days=request.app.state.running.settings.phone_silence_days)


def address(request: Request) -> str:
    """Where a request came from, as budgets count it."""
    return request.client.host if request.client else "unknown"


async def admitted(work: Work, request: Request, person: UUID) -> None:
    """AddressRefused of an admin who comes from a network that is not in the list of their area; counted as theirs."""
    if not await networks.allows(work, person, address(request)):
        request.state.actor = (await request.app.state.running.directory.actor(person))[0]
        raise AddressRefused


async def noticed(work: Work, request: Request, session: sessions.Session) -> sessions.Session:
    """The session, if its person may sign in from there; if they came with a new kind of device, they are told."""
    await admitted(work, request, session.person_id)
    device = kind(request.headers.get("user-agent", ""))
    await devices.seen(work, session.person_id, device)
    await sessions.began_on(work, session, device)
    return session


@router.post("/code", status_code=202, response_model=ChallengeView)
async def send_code(wanted: CodeWanted, request: Request, work: Working) -> ChallengeView:
    """Send a six-digit code; the answer is the same whether the phone is known or not."""
    challenge = await codes.ask(work, phone=wanted.phone, address=address(request))
    return ChallengeView(challenge_id=challenge.id, expires_at=challenge.expires_at)


@router.post("/phone", response_model=SessionView)
async def sign_in_by_phone(proof: PhoneProof, request: Request, work: Working) -> SessionView:
    """Sign in with the code; somebody new is registered by it.

    A number that serves several people: 401 `person-wanted`. One nobody signed in by for long: 401 `phone-silent`.
    """
    person, is_new = await phones.prove(work, **proof.model_dump(), silence=silence(request))
    session = await second_factor.begin(work, person, "sms", policy(request))
    return shown(await noticed(work, request, session), is_new=is_new)


@router.post("/wechat", response_model=SessionView)
async def sign_in_by_wechat(proof: WechatProof, request: Request, work: Working) -> SessionView:
    """Sign in as the person a WeChat account leads to; with a phone it is linked to who has that phone, or to somebody new."""
    shown_by, servers = wechat.Proof(**proof.model_dump(), address=address(request)), wire.of(request.app.state.running.settings)
    session, is_new = await wechat.sign_in(work, servers, shown_by, policy(request), silence(request))
    return shown(await noticed(work, request, session), is_new=is_new)


@router.post("/wechat/page", response_model=SessionView)
async def sign_in_by_wechat_page(proof: WechatPageProof, request: Request, work: Working) -> SessionView:
    """The same on a page that is opened within WeChat: by unionid who has the mini-program is known, else a code by SMS links."""
    shown_by, servers = proof.came_from(address(request)), wire.of_pages(request.app.state.running.settings)
    session, is_new = await wechat.sign_in(work, servers, shown_by, policy(request), silence(request))
    return shown(await noticed(work, request, session), is_new=is_new)


@router.post("/password", response_model=SessionView)
async def sign_in_by_password(proof: PasswordProof, request: Request, work: Working) -> SessionView:
    """Sign in as staff; who has a second factor gets 401 `second-factor-wanted` with the `challenge` of the next step."""
    person = await people.prove(work, login=proof.login, password=proof.password, address=address(request))
    return shown(await noticed(work, request, await second_factor.begin(work, person, "pwd", policy(request))))


@router.post("/second-factor", response_model=SessionView)
async def sign_in_by_second_factor(proof: SecondProof, request: Request, work: Working) -> SessionView:
    """Sign in with the second factor, within five minutes of the first proof; each code is good once."""
    person, proved = await second_factor.finish(work, proof.challenge, code=proof.code, address=address(request))
    return shown(await noticed(work, request, await sessions.begin(work, person, proved=proved)))
