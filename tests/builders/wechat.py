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
    openid: str = field(default_factory=lambda: f"o{uuid4().hex[:27]}")  # in the mini-program
    page_openid: str = field(default_factory=lambda: f"p{uuid4().hex[:27]}")  # at the official account
    unionid: str = ""  # in both of them, once they are bound to one account of the open platform

    async def login(self, **other: str) -> str:
        """A code of `wx.login`."""
        return await self._code(kind="login", **other)

    async def button(self, **other: str) -> str:
        """A code of the phone button."""
        return await self._code(kind="phone", **{"phone": self.phone, **other})

    async def page(self, **other: str) -> str:
        """A code of a page within WeChat."""
        return await self._code(kind="page", **{"openid": self.page_openid, **other})

    async def proof(self) -> dict[str, str]:
        """Both."""
        return {"js_code": await self.login(), "phone_code": await self.button()}

    async def _code(self, **said: str) -> str:
        async with httpx.AsyncClient() as phone:
            made = await phone.post(f"{self.wechat}/wechat/codes", json={"openid": self.openid, "unionid": self.unionid, **said})
            return str(made.raise_for_status().json()["code"])


def account(doors: Doors, phone: str = PHONE, **other: str) -> Account:
    """A new one, at the WeChat this service asks."""
    settings: Any = doors.running.settings
    return Account(settings.wechat_endpoint, phone, **other)


async def sent(doors: Doors, address: str = "127.0.0.1", *, door: str = "wechat", **proof: Any) -> httpx.Response:
    """The answer to a proof from this address."""
    transport = httpx.ASGITransport(doors.app, raise_app_exceptions=False, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url=doors.issuer, timeout=20) as client:
        return await client.post(f"/sign-in/{door}", json=proof)
