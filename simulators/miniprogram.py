"""The clients as programs: the residents' mini-program and the staff's desk, talking to the gateway and nothing else.

As strict as the real ones: files go by `wx.request` PUT (at most 10 MB, exact length and type), tokens only in headers.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

_MAX_PUT = 10 * 1024 * 1024


class CannotSignIn(Exception):
    """The answer was no, or no code came; the message says why and what to do, `wait` in how many seconds to come again."""

    def __init__(self, message: str = "", wait: int = 0) -> None:
        super().__init__(message)
        self.wait = wait


class Refused(Exception):
    """The platform answered with a problem document."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.status_code} {why(answer)}")
        self.status = answer.status_code
        self.problem: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {}


@dataclass(frozen=True)
class Hint:
    """One event of the live channel."""

    id: str
    event: str
    data: dict[str, Any]


class Client:
    """Somebody with a phone or at a desk; `last` is the last answer, for those who want to read its headers."""

    def __init__(self, origin: str) -> None:
        self.http = httpx.AsyncClient(base_url=origin, timeout=15)
        self.person = ""
        self.token = ""
        self.last: httpx.Response | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, broken: BaseException | None, at: TracebackType | None) -> None:
        await self.http.aclose()

    async def sign_in_by_code(self, phone: str) -> Self:
        """As a resident: ask for a code, read it from the phone, type it in."""
        asked = await self.http.post("/sign-in/code", json={"phone": phone})
        if not asked.is_success:
            raise CannotSignIn(why(asked), int(asked.headers.get("retry-after", 0)))
        challenge = asked.json()["challenge_id"]
        proof = {"challenge_id": challenge, "phone": phone, "code": await self._code_of(challenge)}
        return self._signed_in(await self.http.post("/sign-in/phone", json=proof))

    async def sign_in_by_password(self, login: str, password: str) -> Self:
        """As staff."""
        return self._signed_in(await self.http.post("/sign-in/password", json={"login": login, "password": password}))

    async def _code_of(self, challenge: str) -> str:
        for _ in range(100):
            messages = (await self.http.get("/demo/messages")).raise_for_status().json()
            code = next((one["code"] for one in messages if one["out_id"] == challenge), None)
            if code is not None:
                return str(code)
            await asyncio.sleep(0.1)
        raise CannotSignIn("no code came to the phone in 10 s: is the providers' simulator up? (make status)")

    def _signed_in(self, answer: httpx.Response) -> Self:
        if not answer.is_success:
            raise CannotSignIn(why(answer))
        said = answer.json()
        self.person, self.token = said["person_id"], said["access_token"]
        self.http.headers["authorization"] = f"Bearer {self.token}"
        return self

    async def get(self, path: str, **query: Any) -> Any:
        """Look at something; Refused unless it is shown."""
        return self._read(await self.http.get(path, params=query))

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Do something; each call carries a new Idempotency-Key unless one is given."""
        return self._read(await self.http.post(path, json=body, headers={"idempotency-key": key or str(uuid4())}))

    def _read(self, answer: httpx.Response) -> Any:
        self.last = answer
        if not answer.is_success:
            raise Refused(answer)
        return answer.json()

    async def upload(self, service: str, kind: str, content: bytes, content_type: str = "image/jpeg") -> str:
        """Ask for a place, PUT the bytes there, return the upload's id."""
        if len(content) > _MAX_PUT:
            raise ValueError("wx.request sends at most 10 MB")
        wanted = {"kind": kind, "content_type": content_type, "size": len(content)}
        grant = await self.post(f"/api/v1/uploads?for={service}", wanted)
        async with httpx.AsyncClient(timeout=60) as bare:  # the store is not told who is signed in
            put = await bare.put(grant["url"], content=content, headers=grant["headers"])
        if not put.is_success:
            raise Refused(put)
        return str(grant["id"])

    @asynccontextmanager
    async def live(self, last_event_id: str | None = None) -> AsyncIterator[AsyncIterator[Hint]]:
        """The live channel, open once its first line has come."""
        headers = {"last-event-id": last_event_id} if last_event_id else {}
        async with self.http.stream("GET", "/api/v1/live", headers=headers, timeout=None) as stream:
            if not stream.is_success:
                await stream.aread()
                raise Refused(stream)
            lines = stream.aiter_lines()
            await anext(lines)
            yield _hints(lines)


async def _hints(lines: AsyncIterator[str]) -> AsyncIterator[Hint]:
    said: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if name:
            said[name] = value
        elif not line and "event" in said:
            yield Hint(said.get("id", ""), said["event"], json.loads(said.get("data", "{}")))
            said = {}


def why(answer: httpx.Response) -> str:
    """A refusal in words."""
    try:
        said = answer.json()
    except ValueError:
        return answer.text[:200]
    wait = answer.headers.get("retry-after")
    return f"{said.get('title')}: {said.get('detail')}" + (f" (again in {wait} s)" if wait else "")
