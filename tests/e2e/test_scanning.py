"""A poster from the officer's list to the grid worker's: scanned without signing in, reported from, taken down."""

from uuid import uuid4

import httpx
from builders.signing import sign_in

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

_YARD = f"{demo.GUOHUAI}.g03.dgy1"


async def test_a_poster_is_hung_scanned_reported_from_and_taken_down(stack: Layout) -> None:
    ours = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][-2]  # the first twenty are the journeys'
    async with Client(stack.origin) as officer, Client(stack.origin) as resident, Client(stack.origin) as worker:
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        await worker.sign_in_by_password("grid", demo.PASSWORD)
        await sign_in(resident, ours.phone)
        spot = {"place": {"area": _YARD}, "asset": f"健身器材 {uuid4().hex[:8]}", "category": "safety"}
        hung = await officer.post("/api/v1/anchors", spot)
        draft = {"text": "扶手松动", "anchor": hung["code"], "client_token": str(uuid4())}
        report = await resident.post("/api/v1/reports", draft)
        async with httpx.AsyncClient(base_url=stack.origin, timeout=20) as stranger:
            told = (await stranger.get(f"/api/v1/anchors/{hung['code']}")).json()
            assert (told["place"], told["asset"]) == ("国槐社区 大观苑一期", spot["asset"])
            assert (told["open"][0]["number"], told["open"][0]["status"]) == (report["number"], "submitted")
            found = await worker.get("/api/v1/reports", anchor_id=hung["id"])
            assert [(one["number"], one["category"], one["area"]) for one in found["items"]] == [
                (report["number"], "safety", _YARD),
            ]
            await officer.post(f"/api/v1/anchors/{hung['id']}/revocation")
            gone = await stranger.get(f"/api/v1/anchors/{hung['code']}")
            assert (gone.status_code, gone.json()["type"]) == (404, f"{stack.origin}/problems/anchor-unknown")
            page = await stranger.get(gone.json()["type"])
            assert "手动选择地点" in page.text


async def test_the_demo_has_posters_in_each_courtyard_of_both(stack: Layout) -> None:
    for login, community in (("officer", demo.GUOHUAI), ("officer-neighbour", demo.JINXIU)):
        async with Client(stack.origin) as officer:
            await officer.sign_in_by_password(login, demo.PASSWORD)
            found = (await officer.get("/api/v1/anchors", limit=100, hanging=True))["items"]
        assert all(one["area"].startswith(community) for one in found)
        yards = {yard.path for yard in demo.COURTYARDS if yard.path.startswith(community)}
        assert {".".join(one["area"].split(".")[:5]) for one in found} == yards
