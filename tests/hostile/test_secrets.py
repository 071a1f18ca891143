"""A planted phone number, ID number, name, WeChat account and second factor: in no log, no event, no dead letter, no trace, and in the clear in no database."""

import asyncio
import base64
import json
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from builders.factors import fresh
from builders.signing import sign_in
from builders.wechat import Account
from builders.wire import until

from chassis import bus
from contracts.subscriptions import QUEUES
from deploy.local.layout import Layout
from deploy.processes import OWNERS
from services.identity.domain import demo
from services.reports.seed.scenes import draw
from simulators.miniprogram import Client, Refused

NAME, ID_NUMBER = "龙傲天甲", "510104195001011232"
PLACE = f"{demo.COURTYARDS[0].path}.b01.u1"
TOLD = {"providers.log"}  # the outside world: the SMS provider is told the number, as it must be; WeChat knows its accounts


@pytest.fixture(scope="module")
async def planted(stack: Layout) -> list[str]:
    """Somebody signs in by this phone and writes all of it wherever words are taken, rightly and wrongly."""
    phone = f"137{time.time_ns() // 1000 % 10**8:08d}"
    words = f"我叫{NAME}，身份证{ID_NUMBER}，电话{phone}，请联系我。"
    async with Client(stack.origin) as resident, Client(stack.origin) as officer:
        await sign_in(resident, phone)
        await officer.sign_in_by_password("officer", demo.PASSWORD)
        await _lived(resident, officer, words)
        await _said_wrongly(resident, words, phone)
        await _compared(resident, officer, phone)
        of_wechat = await _by_wechat(stack, resident, phone)
    async with Client(stack.origin) as nurse:
        of_authenticator = await _by_second_factor(nurse, "hut")
    return [phone, ID_NUMBER, NAME, *of_wechat, *of_authenticator]


async def _by_second_factor(staff: Client, login: str) -> list[str]:
    """Somebody takes an authenticator over, signs in with it, rightly and wrongly, and is rid of it: secret, codes on paper, half a session."""
    await staff.sign_in_by_password(login, demo.PASSWORD)
    door, bare = "/api/v1/people/me/second-factor", staff.http
    secret = (await staff.post(door, {"password": demo.PASSWORD}))["secret"]
    paper = (await staff.post(f"{door}/proof", {"code": fresh(base64.b32decode(secret))}))["recovery_codes"]
    try:
        half = (await bare.post("/sign-in/password", json={"login": login, "password": demo.PASSWORD})).json()["challenge"]
        for code in (paper[0], paper[0], secret):
            await bare.post("/sign-in/second-factor", json={"challenge": half, "code": code})
        await bare.post("/sign-in/step-up", json={"code": paper[1]})
    finally:
        assert (await bare.post(f"{door}/removal", json={"code": paper[2]})).status_code == 204
    return [secret, base64.b32decode(secret).hex(), *paper[:3], half]


async def _by_wechat(stack: Layout, resident: Client, phone: str) -> list[str]:
    """They sign in through WeChat as well, rightly and wrongly; WeChat's name for them, and its key that nobody may keep.

    At identity's own port, from an address of their own: the gateway's is everybody's, and its budget may be used up.
    """
    address, key = f"198.51.100.{uuid4().int % 254 + 1}", f"{uuid4().hex}=="
    who = Account(f"http://127.0.0.1:{stack.port('providers')}", phone)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{stack.service_port('identity')}", timeout=15) as bare:
        proof = {"js_code": await who.login(session_key=key), "phone_code": await who.button()}
        answer = await bare.post("/sign-in/wechat", json=proof, headers={"x-forwarded-for": address})
        assert answer.json()["person_id"] == resident.person
        for fault in ("nonsense", "busy"):
            await bare.post("/sign-in/wechat", json={"js_code": await who.login(fault=fault, session_key=key)})
    for wrong in ({"js_code": who.openid, "phone_code": phone}, {"js_code": key, "openid": who.openid, "phone": phone}):
        await resident.http.post("/sign-in/wechat", json=wrong)
    return [who.openid, key]


async def _compared(resident: Client, officer: Client, phone: str) -> None:
    """Name and number are compared, by the worker, and staff look for both and for the phone."""
    door, headers = "/api/v1/people/me/real-name-check", {"authorization": f"Bearer {resident.token}"}
    said = {"name": NAME, "document": "id-card", "number": ID_NUMBER}
    texts = {one["purpose"]: one for one in (await resident.http.get("/api/v1/consents/texts")).json()}
    read = texts["real-name"]
    await resident.post("/api/v1/consents", {"purpose": "real-name", "version": read["version"], "hash": read["hash"]})
    assert (await resident.http.post(door, json=said, headers=headers)).status_code == 202

    async def told() -> bool:
        return bool((await resident.get(door))["state"] == "refused")

    await until(told)
    for by, value in (("id-card", ID_NUMBER), ("name", NAME), ("phone", phone)):
        await officer.post("/api/v1/people/search", {"by": by, "value": value, "reason": "identify"})


async def _lived(resident: Client, officer: Client, words: str) -> None:
    """A report's whole life with the words in each note."""
    draft = {"text": words, "category": "other", "place": {"area": PLACE}, "client_token": str(uuid4())}
    report = f"/api/v1/reports/{(await resident.post('/api/v1/reports', draft))['id']}"
    await officer.post(f"{report}/acceptance")
    await officer.post(f"{report}/assignment", {"assignee_id": officer.person})
    await officer.post(f"{report}/return", {"reason": words})
    await officer.post(f"{report}/assignment", {"assignee_id": officer.person})
    await officer.post(f"{report}/processing")
    photo = await officer.upload("reports", "report-photo", draw(9, after=True))
    await officer.post(f"{report}/resolution", {"note": words, "photos": [photo]})
    await resident.post(f"{report}/reopening", {"reason": words})

    async def heard() -> bool:
        notices = (await resident.get("/api/v1/notices?limit=50"))["items"]
        return any(one["template"] == "report-resolved" for one in notices)

    await until(heard, 30)
    assert words in (await resident.get(report))["text"]


async def _said_wrongly(resident: Client, words: str, phone: str) -> None:
    """In wrong fields, in queries, as passwords, logins, codes and tokens."""
    for path, body in (
        ("/api/v1/reports", {"text": words * 60, "category": words, "place": {"area": words}, "client_token": words, words: words}),
        ("/api/v1/uploads?for=reports", {"kind": words[:32], "content_type": words[:64], "size": 1}),
        ("/api/v1/appointments", {"slot_id": words}), ("/api/v1/bindings", {"person_id": words, "room": words, "kind": words}),
    ):
        with pytest.raises(Refused):
            await resident.post(path, body)
    bare = resident.http
    for path in (f"/api/v1/reports?area={phone}&cursor={phone}", f"/api/v1/areas?below={phone}", f"/api/v1/reports?status={NAME}"):
        await bare.get(path)
    await bare.post("/sign-in/password", json={"login": words[:64], "password": words})
    await bare.post("/sign-in/phone", json={"challenge_id": str(uuid4()), "phone": phone, "code": "000000"})
    await bare.post("/sign-in/code", json={"phone": f"{phone}{NAME}"})
    await bare.post("/oauth/token", data={"grant_type": words[:60], "refresh_token": words})
    for path in ("introspect", "revoke", "token"):
        said = {"token": words, "client_assertion": words, "client_id": words[:60], "subject_token": words, "code": words[:200]}
        await bare.post(f"/oauth/{path}", data={"grant_type": "authorization_code", **said})
    await bare.get("/oauth/authorize", params={"client_id": words, "redirect_uri": words, "state": phone})
    await bare.get("/oauth/end_session", params={"id_token_hint": words, "state": phone})
    form = {"request": words, "login": words[:64], "password": words}
    await bare.post("/oauth/sign-in", data=form, headers={"origin": str(bare.base_url).rstrip("/")})
    await bare.get("/api/v1/reports", headers={"authorization": f"Bearer {phone}", "x-name": phone, "accept-language": phone})


def found(secrets: list[str], text: str) -> list[str]:
    """Which of them stand there, as they are or as JSON writes them."""
    return [one for one in secrets if one in text or json.dumps(one).strip('"') in text]


async def test_no_log_has_them(planted: list[str], stack: Layout) -> None:
    for file in sorted((stack.data / "logs").glob("*.log")):
        if file.name not in TOLD:
            assert found(planted, file.read_text(errors="replace")) == [], file.name


async def test_no_database_has_them_in_the_clear(planted: list[str], stack: Layout) -> None:
    place = urlsplit(stack.superuser_url)
    program = max(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    for owner in OWNERS:
        command = [str(program), "-h", "127.0.0.1", "-p", str(place.port), "-U", place.username or "", "--inserts", owner]
        environment = {"PATH": os.environ["PATH"], "PGPASSWORD": place.password or ""}
        dumped = (await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, check=True)).stdout
        assert found(planted, dumped.decode(errors="replace")) == [], owner
        assert found([one.encode().hex() for one in planted], dumped.decode(errors="replace")) == [], f"{owner}, as bytes"


async def test_no_event_and_no_dead_letter_has_them(planted: list[str], stack: Layout) -> None:
    seen = 0
    async with bus.connected(stack.admin_broker_url, "looking") as channel:
        for queue in (*QUEUES, "guohuai.unrouted", *(f"{owner}.dead" for owner in OWNERS)):
            lying = await channel.declare_queue(queue, passive=True)
            messages = []
            while (message := await lying.get(fail=False, timeout=5)) is not None:
                messages.append(message)
                assert found(planted, f"{message.headers} {message.body.decode(errors='replace')}") == [], queue
            for message in messages:
                await message.nack(requeue=True)
            seen += 1
    assert seen > len(OWNERS)


async def test_no_trace_has_them(planted: list[str], stack: Layout) -> None:
    async with httpx.AsyncClient(base_url=stack.collector_url, timeout=30) as collector:
        traces = (await collector.get("/traces")).json()
        assert len(traces) > 10
        for line in traces:
            assert found(planted, (await collector.get(f"/traces/{line['trace_id']}")).text) == []


async def test_the_sweep_sees_what_is_there(planted: list[str], stack: Layout) -> None:
    """So that it cannot pass by looking in the wrong place: the provider, who is told, has the number."""
    async with httpx.AsyncClient(base_url=stack.origin) as visitor:
        assert found(planted, (await visitor.get("/demo/messages")).text) == planted[:1]
    names = {file.stem for file in (stack.data / "logs").glob("*.log")}
    assert names >= {"postgres", "rabbitmq", "gateway", *(f"{owner}-{kind}" for owner in OWNERS for kind in ("api", "worker"))}
