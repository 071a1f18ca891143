"""The demo's accounts, as people and programs may read them, and how to sign in with one."""

import asyncio
import re
from typing import Any

import httpx

from deploy.local.layout import Layout
from services.identity.domain import demo


class CannotSignIn(Exception):
    """Who was asked for is unknown, or the answer was no; the message says what to do."""


def accounts(layout: Layout) -> dict[str, Any]:
    """Addresses, staff logins and residents' phones; nobody in it is real."""
    names = {path: name for path, _, name in demo.places()}
    return {
        "origin": layout.origin, "docs": f"{layout.origin}/docs", "status": f"{layout.origin}/status",
        "ports": layout.ports(), "password": demo.PASSWORD,
        "staff": [
            {"login": one.login, "name": one.name, "role": one.role, "area": one.area, "where": _where(names, one.area)}
            for one in demo.STAFF
        ],
        "residents": [
            {"phone": one.phone, "name": one.name, "room": one.room, "where": _where(names, one.room)}
            for one in demo.residents()
        ],
    }


def _where(names: dict[str, str], area: str) -> str:
    codes = area.split(".")
    return "".join(names[".".join(codes[:length])] for length in range(2, len(codes) + 1) if length != 4)  # noqa: PLR2004


async def token(layout: Layout, who: str) -> str:
    """An access token of a staff login, of a phone, or of `resident`, the first of the residents."""
    phone = demo.residents()[0].phone if who == "resident" else who
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{layout.gateway}", timeout=15) as client:
        if re.fullmatch(r"1\d{10}", phone):
            return await by_code(client, phone)
        answer = await client.post("/sign-in/password", json={"login": who, "password": demo.PASSWORD})
    return _token_of(answer)


async def by_code(client: httpx.AsyncClient, phone: str) -> str:
    """Sign in as a person would: ask for a code, read the phone, type it in."""
    asked = await client.post("/sign-in/code", json={"phone": phone})
    if not asked.is_success:
        raise CannotSignIn(_why(asked))
    challenge = asked.json()["challenge_id"]
    for _ in range(100):
        for message in (await client.get("/demo/messages")).json():
            if message["out_id"] == challenge:
                proof = {"challenge_id": challenge, "phone": phone, "code": message["code"]}
                return _token_of(await client.post("/sign-in/phone", json=proof))
        await asyncio.sleep(0.1)
    raise CannotSignIn("no code came to the phone in 10 s: is the providers' simulator up? (make status)")


def _token_of(answer: httpx.Response) -> str:
    if not answer.is_success:
        raise CannotSignIn(_why(answer))
    return str(answer.json()["access_token"])


def _why(answer: httpx.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.text[:200]}"
    wait = answer.headers.get("retry-after")
    return f"{said.get('title')}: {said.get('detail')}" + (f" (again in {wait} s)" if wait else "")
