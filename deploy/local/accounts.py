"""The demo's accounts, as people and programs may read them, and how to sign in with one."""

import re
from typing import Any

from contracts.area import lineage
from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client


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
    return "".join(names[path] for path in lineage(area)[1:] or [area])


async def token(layout: Layout, who: str) -> str:
    """An access token of a staff login, of a phone, or of `resident`, the first of the residents."""
    phone = demo.residents()[0].phone if who == "resident" else who
    async with Client(f"http://127.0.0.1:{layout.gateway}") as client:
        if re.fullmatch(r"1\d{10}", phone):
            await client.sign_in_by_code(phone)
        else:
            await client.sign_in_by_password(who, demo.PASSWORD)
        return client.token
