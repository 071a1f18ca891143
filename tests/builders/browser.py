"""A person's browser at the sign-in page: it follows no script, sends its own address along, and goes where it is led."""

import base64
import hashlib
import re
import secrets
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from builders.doors import Doors
from builders.programs import BACK, asked

VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
GOOD = {
    "client_id": "desk", "redirect_uri": BACK, "response_type": "code", "scope": "openid profile", "state": "s t&a=te",
    "nonce": "n0", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}


async def opened(doors: Doors, **other: Any) -> httpx.Response:
    """The answer to a request; a parameter given as None is left out."""
    said = {name: value for name, value in {**GOOD, **other}.items() if value is not None}
    async with doors.client() as client:
        return await client.get("/oauth/authorize", params=said)


def hidden(page: httpx.Response) -> dict[str, str]:
    """What the first form of a page carries."""
    first = page.text.split("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', first)}


async def sent(doors: Doors, form: dict[str, str], *, headers: dict[str, str] | None = None) -> httpx.Response:
    """A form, sent from our own page unless it is said otherwise."""
    async with doors.client() as client:
        return await client.post("/oauth/sign-in", data=form, headers={"origin": doors.issuer} if headers is None else headers)


def led(answer: httpx.Response) -> dict[str, str]:
    """What a program reads at its address."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def code(doors: Doors, login: str = "wang", password: str = "right", **other: Any) -> str:
    """A code for a member of staff who signed in."""
    page = await opened(doors, **other)
    return led(await sent(doors, {**hidden(page), "login": login, "password": password}))["code"]


async def redeemed(doors: Doors, given: str, **other: str) -> httpx.Response:
    """The answer to a code."""
    form = {"client_id": "desk", "code": given, "redirect_uri": BACK, "code_verifier": VERIFIER, **other}
    return await asked(doors, "token", grant_type="authorization_code", **{name: value for name, value in form.items() if value})
