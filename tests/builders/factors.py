"""A member of staff and what they hold: a password, an authenticator, recovery codes on paper."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from builders.doors import Doors, keyed
from builders.world import Person

from chassis import crypto
from services.identity.actions import people
from services.identity.domain.second_factor import hotp

HERE = "127.0.0.1"


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and name of a refusal."""
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


def fresh(secret: bytes, ahead: int = 0) -> str:
    """What the authenticator shows, or will show so many steps later."""
    return hotp(secret, int(time.time()) // 30 + ahead)


def lately(*methods: str, ago: float = 0) -> dict[str, Any]:
    """What a token says of somebody who showed their second factor so many seconds ago."""
    return {"amr": ["pwd", *methods], "auth_time": int(time.time() - ago), "acr": "2fa"}


async def code_of(doors: Doors, challenge: str) -> str:
    """What the phone shows."""
    row = (await doors.rows("select sealed_message from codes where id = :id", id=challenge))[0]
    place = crypto.Place("codes", "message", challenge)
    return str(json.loads(crypto.unseal(doors.running.settings.keys.kek, place, bytes(row.sealed_message)))["code"])


@dataclass
class Staff:
    """Somebody at identity's doors."""

    doors: Doors
    person: str
    login: str = "wang"
    password: str = "right-password"
    secret: bytes = b""
    recovery: list[str] = field(default_factory=list)
    texted: dict[str, str] = field(default_factory=dict)

    async def asks(self, path: str, *, program: dict[str, Any] | None = None, **body: str) -> httpx.Response:
        """One of the doors of the second factor, with a token."""
        return await self.posts(f"/api/v1/people/me/second-factor{path}", body, **(program or {}))

    async def posts(self, path: str, body: Any = None, **claims: Any) -> httpx.Response:
        """Any door, with a token that says this as well."""
        async with self.doors.client(Person(id=UUID(self.person)), **claims) as client:
            return await client.post(path, json=body, headers=keyed())

    async def me(self) -> dict[str, Any]:
        """What they see of themselves."""
        async with self.doors.client(Person(id=UUID(self.person))) as client:
            return dict((await client.get("/api/v1/people/me")).json())

    async def take_over(self) -> None:
        """Enrol, and prove it by the code of this step; the next one is still to come."""
        self.secret = self.secret_of(await self.asks("", password=self.password))
        answer = await self.asks("/proof", code=fresh(self.secret))
        assert answer.status_code == 200, answer.text
        self.recovery = answer.json()["recovery_codes"]

    @staticmethod
    def secret_of(answer: httpx.Response) -> bytes:
        """What an authenticator reads."""
        assert answer.status_code == 200, answer.text
        return base64.b32decode(answer.json()["secret"])

    def next_code(self) -> str:
        """The code of the step that comes, which is good already."""
        return fresh(self.secret, 1)

    def wrong(self) -> str:
        """Six digits of no step that is near."""
        near = {fresh(self.secret, n) for n in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
                    if code not in near)

    async def sign_in(self, path: str, address: str = HERE, **body: str) -> httpx.Response:
        """A request of a client at such an address."""
        transport = httpx.ASGITransport(self.doors.app, raise_app_exceptions=False, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=self.doors.issuer) as client:
            return await client.post(f"/sign-in/{path}", json=body)

    async def by_password(self, *, password: str = "") -> httpx.Response:
        """The first step."""
        return await self.sign_in("password", login=self.login, password=password or self.password)

    async def half(self) -> str:
        """What the first step gives."""
        return str((await self.by_password()).json()["challenge"])

    async def shows(self, half: str, code: str, *, address: str = HERE) -> httpx.Response:
        """The second step."""
        return await self.sign_in("second-factor", address, challenge=half, code=code)

    async def by_code(self, code: str) -> httpx.Response:
        """Both steps."""
        return await self.shows(await self.half(), code)

    async def by_phone(self, phone: str) -> httpx.Response:
        """The code by SMS as the first step."""
        challenge = (await self.sign_in("code", phone=phone)).json()["challenge_id"]
        self.texted = {"challenge_id": challenge, "phone": phone, "code": await code_of(self.doors, challenge)}
        return await self.sign_in("phone", **self.texted)


async def employed(doors: Doors, login: str = "wang", person: UUID | None = None) -> Staff:
    """Somebody with a password alone."""
    staff = Staff(doors, "", login)
    person = await doors.running.database.do(
        lambda work: people.employ(work, login=login, password=staff.password, name="王芳", person_id=person)
    )
    staff.person = str(person)
    return staff
