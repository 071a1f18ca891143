"""The authorization endpoint and the sign-in page behind it."""

from typing import Annotated, Any, Literal, overload
from uuid import UUID

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, ValidationError

from chassis.db import Work
from chassis.errors import Refusal, TooLarge
from chassis.problems import MEDIA_TYPE
from chassis.route import Route, Working
from chassis.service import PUBLIC
from chassis.service import router as new_router
from services.identity.actions import authorization, codes, devices, passkeys, people, phones, requirement, second_factor
from services.identity.api import pages
from services.identity.api.sign_in import Challenge, Phone, SecondCode, address, admitted, policy, silence
from services.identity.api.webauthn import Answered, party, shown
from services.identity.domain.authorization import Asked, AuthorizationRefused, FormFromElsewhere
from services.identity.domain.devices import kind
from services.identity.domain.passkeys import PasskeyRefused
from services.identity.domain.second_factor import SMS, SecondFactorRefused

_BOTH: dict[str, Any] = {"content": {"text/html": {}, MEDIA_TYPE: {}}}
_PAGES: dict[int | str, dict[str, Any]] = {303: {}, **dict.fromkeys((400, 401, 403, 422, 429, 503), _BOTH)}


class PageRoute(Route):
    """A refusal is shown to the person, on the page they were at; what no browser of theirs sends is a problem document."""

    async def _refused(self, request: Request, broken: Exception) -> Response:
        made = await super()._refused(request, broken)
        if not isinstance(broken, Refusal) or isinstance(broken, TooLarge):
            return made
        told, settings = broken.detail or broken.zh, request.app.state.running.settings
        given = {name: str(value) for name, value in (await request.form()).items()} if request.method == "POST" else {}
        try:
            page, _ = authorization.reopened(settings.keys.kek, given.get("request", ""), settings.clock.now())
        except AuthorizationRefused:
            return pages.notice("无法登录", said=told, status=made.status_code)
        if "second" in given:
            return _second_again(request, page, given["second"], told, made.status_code)
        sent = {"phone": given.get("phone", ""), "challenge": given.get("challenge_id", "")}
        return pages.sign_in(page, _passkey(request), **sent, wrong=told, status=made.status_code)


def _second_again(request: Request, page: authorization.Page, half: str, told: str, status: int) -> Response:
    try:
        passkey = _passkey(request, half)
    except SecondFactorRefused:  # it is over: from the beginning
        return pages.sign_in(page, _passkey(request), wrong=told, status=status)
    return pages.second_step(page, half, passkey, wrong=told, status=status)


@overload
def _passkey(request: Request) -> passkeys.Asked: ...
@overload
def _passkey(request: Request, half: str) -> passkeys.Asked | None: ...
def _passkey(request: Request, half: str | None = None) -> passkeys.Asked | None:
    """A question for whoever sits there; for the second step, if they have a passkey."""
    settings = request.app.state.running.settings
    kek, now = settings.keys.kek, settings.clock.now()
    begun = second_factor.opened(kek, half, now) if half is not None else None
    if begun is not None and "passkey" not in begun.by:
        return None
    return passkeys.ask_to_sign_in(kek, party(request), now, begun)


router = new_router("/oauth", tags=["oauth", PUBLIC])
router.route_class = PageRoute


class SignInForm(BaseModel):
    """What the page sends: account and password, or a phone, then the code that came to it; the second step; or a passkey."""

    request: Annotated[str, Field(max_length=12_000)]
    login: Annotated[str, Field(max_length=64)] = ""
    password: Annotated[str, Field(max_length=256)] = ""
    phone: Phone = ""
    challenge_id: UUID | None = None
    code: Annotated[str, Field(pattern=r"^\d{6}$")] | Literal[""] = ""
    second: Challenge | None = None
    second_code: SecondCode | Literal[""] = ""
    ticket: Challenge | None = None
    passkey: Annotated[str, Field(max_length=12_000)] = ""


def _parameters() -> dict[str, Any]:
    asked = (*Asked.__dataclass_fields__,)
    return {"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}, "required": False} for name in asked]}


@router.get("/authorize", response_class=HTMLResponse, responses=_PAGES, openapi_extra=_parameters())
async def authorize(request: Request, work: Working) -> Response:
    """Ask the person in front of the browser to sign in for a program: code and PKCE S256, nothing else (OAuth 2.1)."""
    begun = await authorization.begin(work, request.query_params.multi_items())
    return pages.elsewhere(begun) if isinstance(begun, str) else pages.sign_in(begun, _passkey(request))


@router.post("/sign-in", response_class=HTMLResponse, responses=_PAGES)
async def sign_in(form: Annotated[SignInForm, Form()], request: Request, work: Working) -> Response:
    """What the page sends; then the browser is led back to the program with a code that is good once for a minute."""
    _must_be_ours(request, request.app.state.running.settings.public_origin)
    return await _answered(work, form, request)


def _must_be_ours(request: Request, origin: str) -> None:
    """Every browser says which page a form came from; another's may sign nobody in (and nobody out) here."""
    if request.headers.getlist("origin") != [origin] or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise FormFromElsewhere


async def _answered(work: Work, form: SignInForm, request: Request) -> Response:
    page, asked = authorization.reopened(work.vault.keys.kek, form.request, work.now)
    if form.phone and form.challenge_id is None:
        challenge = await codes.ask(work, phone=form.phone, address=address(request))
        return pages.sign_in(page, _passkey(request), phone=form.phone, challenge=str(challenge.id))
    methods: tuple[str, ...]
    if form.ticket is not None or form.second is not None:
        person, methods = await _second(work, form, request)
    else:
        person, method = await _first(work, form, request)
        half = await second_factor.wanted(work, person, method)
        if half is not None:
            return pages.second_step(page, half, _passkey(request, half))
        await requirement.must_be_met(work, policy(request), person, method)
        methods = (method,)
    await admitted(work, request, person)
    await devices.seen(work, person, kind(request.headers.get("user-agent", "")))
    return pages.elsewhere(await authorization.answer(work, asked, person, methods=methods))


async def _second(work: Work, form: SignInForm, request: Request) -> tuple[UUID, tuple[str, ...]]:
    """Who it is by a passkey, which may be all they show, or by a code after the first step; and by what."""
    if form.ticket is None:
        person, proved = await second_factor.finish(
            work, form.second or "", code=form.second_code, address=address(request)
        )
    else:
        person, proved = await passkeys.sign_in(work, party(request), shown(form.ticket, _read(form.passkey)))
    return person, proved.methods


def _read(written: str) -> Answered:
    """PasskeyRefused of what no script of ours wrote, or none did."""
    try:
        return Answered.model_validate_json(written)
    except ValidationError:
        raise PasskeyRefused from None


async def _first(work: Work, form: SignInForm, request: Request) -> tuple[UUID, str]:
    """Who it is, and by what (RFC 8176). This page asks for no second thing after a code: it says what a number lacks."""
    if form.challenge_id is not None:
        person, _ = await phones.prove(
            work, challenge_id=form.challenge_id, phone=form.phone, code=form.code, silence=silence(request)
        )
        return person, SMS
    return await people.prove(work, login=form.login, password=form.password, address=address(request)), "pwd"
