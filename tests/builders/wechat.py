"""A phone with WeChat: what `wx.login` and the phone button give it, also when WeChat is about to fail."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from builders.doors import Doors

PHONE, OTHER = "13900000001", "13900000002"


@dataclass(frozen=True)
class Account:
    """Somebody's WeChat account, and the phone they show by the button; where WeChat's simulator is."""

    wechat: str
    phone: str = PHONE
    openid: str = field(default_factory=lambda: f"o{uuid4().hex[:27]}")

    async def login(self, **other: str) -> str:
        """A code of `wx.login`."""
        return await self._code(kind="login", **other)

    async def button(self, **other: str) -> str:
        """A code of the phone button."""
        return await self._code(kind="phone", **{"phone": self.phone, **other})

    async def proof(self) -> dict[str, str]:
        """Both."""
        return {"js_code": await self.login(), "phone_code": await self.button()}

    async def _code(self, **said: str) -> str:
        async with httpx.AsyncClient() as phone:
            made = await phone.post(f"{self.wechat}/wechat/codes", json={"openid": self.openid, **said})
            return str(made.raise_for_status().json()["code"])


def account(doors: Doors, phone: str = PHONE) -> Account:
    """A new one, at the WeChat this service asks."""
    settings: Any = doors.running.settings
    return Account(settings.wechat_endpoint, phone)


async def sent(doors: Doors, address: str = "127.0.0.1", **proof: Any) -> httpx.Response:
    """The answer to a proof from this address."""
    transport = httpx.ASGITransport(doors.app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=doors.issuer, timeout=20) as client:
        return await client.post("/sign-in/wechat", json=proof)
