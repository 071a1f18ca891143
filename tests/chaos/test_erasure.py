"""Being forgotten on the real platform: workers die in the middle, a service is away; then nothing of the person is left."""

import asyncio
import time
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from builders.faults import down, fetch, kill, revived
from builders.signing import sign_in
from builders.wire import until

from chassis.files import Files
from chassis.settings import Settings
from contracts.part import PARTS
from deploy.local.layout import Layout
from deploy.processes import OWNERS
from services.identity.domain import demo
from services.reports.seed.scenes import draw
from simulators.miniprogram import Client, Refused

pytestmark = [pytest.mark.proof, pytest.mark.timeout(400)]

ME, SECRET, CODE = "/api/v1/people/me", "槐下密语三四五六七", "314159"
PLACE = f"{demo.COURTYARDS[0].path}.b01.u1"


async def change(stack: Layout, owner: str, sql: str, *values: Any) -> None:
    connection = await asyncpg.connect(stack.whole_url(owner))
    try:
        await connection.execute(sql, *values)
    finally:
        await connection.close()


async def proof(stack: Layout, who: Client) -> dict[str, str]:
    """A code for this; the provider sends a phone one a minute, so it is known here without being sent."""
    await change(stack, "identity", "update codes set created_at = created_at - interval '2 minutes'")
    challenge = (await who.http.post(f"{ME}/proof-code")).raise_for_status().json()["challenge_id"]
    given = Settings.model_validate(settings_of(stack, "identity")).keys.blind(f"proof/{challenge}", CODE)
    await change(stack, "identity", "update codes set code_hmac = $1 where id = $2", given, UUID(challenge))
    return {"challenge_id": challenge, "code": CODE}


async def lives(who: Client) -> list[str]:
    """They file with a photo, hear of it, agree to something; the keys of the photo's upload."""
    photo = await who.upload("reports", "report-photo", draw(int(time.time())))
    draft = {"text": f"{SECRET}，灯坏了", "category": "lighting", "place": {"area": PLACE}, "client_token": str(uuid4())}
    made = await who.post("/api/v1/reports", {**draft, "photos": [photo]})
    await who.post(f"/api/v1/reports/{made['id']}/withdrawal")
    read = next(one for one in await who.get("/api/v1/consents/texts") if one["purpose"] == "hospital")
    await who.post("/api/v1/consents", {"purpose": "hospital", "version": read["version"], "hash": read["hash"]})
    return [photo]


async def found(stack: Layout, secrets: list[str]) -> list[str]:
    """Every table of every database in which one of these stands: as text, or as the bytes of it."""
    hits = []
    for owner in OWNERS:
        connection = await asyncpg.connect(stack.whole_url(owner))
        try:
            names = [row[0] for row in await connection.fetch(
                "select quote_ident(tablename) from pg_tables where schemaname = 'public'"
            )]
            for name in names:
                for secret in secrets:
                    asked = f"select 1 from {name} t where t::text like $1 or t::text like $2 limit 1"
                    if await connection.fetch(asked, f"%{secret}%", f"%{secret.encode().hex()}%"):
                        hits.append(f"{owner}.{name}: {secret}")
        finally:
            await connection.close()
    return hits


async def test_workers_die_and_a_service_is_away_and_it_ends_the_same(stack: Layout) -> None:
    phone = f"136{time.time_ns() // 1000 % 10**8:08d}"
    began = time.monotonic()
    async with Client(stack.origin) as owner:
        await sign_in(owner, phone)
        me = UUID(owner.person)
        await lives(owner)

        async def ready() -> Any:
            return await fetch(stack, "reports", "select * from uploads where owner_id = $1 and state = 'ready'", me)

        (upload,) = await until(ready, 60)
        await change(stack, "reports", "update uploads set created_at = now() - interval '1 hour' where owner_id = $1", me)
        asked = await owner.post(f"{ME}/export", await proof(stack, owner))
        erasure = UUID((await owner.post(f"{ME}/erasure", await proof(stack, owner)))["id"])
        assert not await is_swept(stack, upload, asked["id"])
        await erased(stack, erasure)
        with pytest.raises(Refused) as refused:
            await owner.get("/api/v1/people/me")
        assert refused.value.status == 401
    parts = await fetch(stack, "identity", "select service from request_parts where request_id = $1 and act = 'erase'", erasure)
    assert sorted(row["service"] for row in parts) == sorted(PARTS)
    assert await found(stack, [phone, SECRET]) == []
    for owner_of in PARTS:
        assert await fetch(stack, owner_of, "select 1 from person_keys where person_id = $1", me) == []

    await until(lambda: is_swept(stack, upload, asked["id"]), 60)
    await asyncio.sleep(max(0.0, began + 62 - time.monotonic()))
    await change(stack, "identity", "update codes set created_at = created_at - interval '2 minutes'")
    async with Client(stack.origin) as somebody:
        await sign_in(somebody, phone)
        assert somebody.person != str(me)
        assert (await somebody.get("/api/v1/reports"))["items"] == []


def settings_of(stack: Layout, owner: str = "reports") -> dict[str, str]:
    return {name.lower(): value for name, value in stack.environment(owner, "worker").items()}


async def is_swept(stack: Layout, upload: Any, export: str) -> bool:
    """Nothing of the photo nor of the copy that nobody fetched is in the store."""
    stores = [Files(one, Settings.model_validate(settings_of(stack))) for one in PARTS]
    mine = Files("reports", Settings.model_validate(settings_of(stack)))
    kept = [await mine.size(key) for key in (upload["key"], upload["web_key"], upload["thumb_key"])]
    return not any([*kept, *[await one.size(one.key_beside(export, "export")) for one in stores]])


async def erased(stack: Layout, erasure: UUID) -> None:
    """The days are over while a service is away, and the others' workers die in the middle; in the end it is closed."""

    async def stands(*states: str) -> bool:
        rows = await fetch(stack, "identity", "select state from erasures where id = $1", erasure)
        return rows[0]["state"] in states

    async with down(stack, "notify-worker"):
        over = "update erasures set cools_until = now() - interval '1 s', next_at = now() - interval '1 s' where id = $1"
        await change(stack, "identity", over, erasure)
        await until(lambda: stands("looking"), 60)
        await asyncio.sleep(5)
        assert await stands("looking")  # nobody knows what the one that is away would say
    for name in ("health-worker", "reports-worker", "identity-worker"):
        await revived(stack, name, kill(stack, name))
    await until(lambda: stands("closed"), 180)
