"""A passkey in a real browser, through the gateway: made, signs in, also for a program, steps up; good nowhere else."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from builders.browser import CHALLENGE
from builders.factors import problem
from builders.faults import fetch
from builders.wire import until
from playwright.async_api import Page, Route, async_playwright, expect

from deploy.local.layout import PYTHON, ROOT, Layout
from services.identity.domain import demo
from simulators.miniprogram import Client

LOGIN, ADMIN = "guard", "admin"
PAGE = "/static/passkeys.html"
_DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}

pytestmark = [pytest.mark.proof, pytest.mark.timeout(180)]


async def forgotten(stack: Layout) -> None:
    """The two of the demo who are tried have no passkey, whatever a test left."""
    persons = [demo.stable(f"staff {login}") for login in (LOGIN, ADMIN)]
    for table in ("passkeys", "recovery_codes"):
        await fetch(stack, "identity", f"delete from {table} where person_id = any($1) returning person_id", persons)


@pytest.fixture
async def desk(stack: Layout) -> AsyncIterator[Page]:
    """A tab of Chromium whose device keeps passkeys, and verifies its person."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "Chromium is not there: apt-get install chromium"
    await forgotten(stack)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(base_url=stack.origin, locale="zh-CN")
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable")
        await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})
        yield page
        await browser.close()
    await forgotten(stack)


async def notices(guard: Client) -> list[dict[str, Any]]:
    """What they were told of their ways in."""
    found = (await guard.get("/api/v1/notices?limit=100"))["items"]
    return [one for one in found if one["subject"].startswith("person/") and one["title"] == "新增登录方式"]


async def register(page: Page) -> None:
    """Sign in by password and keep a passkey for this device."""
    await page.goto(PAGE)
    await page.fill("#sign-in [name=login]", LOGIN)
    await page.fill("#sign-in [name=password]", demo.PASSWORD)
    await page.click("#sign-in button")
    await page.fill("#add [name=name]", "门岗电脑")
    await page.fill("#add [name=password]", demo.PASSWORD)
    await page.click("#add button")
    await expect(page.locator("#mine li")).to_contain_text("门岗电脑")
    assert len((await page.locator("#codes").inner_text()).split()) == 10


async def test_it_is_made_and_signs_in_and_its_person_finds_a_notice(desk: Page, stack: Layout) -> None:
    async with Client(stack.origin) as guard:  # a session of before
        await guard.sign_in_by_password(LOGIN, demo.PASSWORD)
        earlier = {one["id"] for one in await notices(guard)}
        await register(desk)

        async def told() -> list[dict[str, Any]]:
            return [one for one in await notices(guard) if one["id"] not in earlier]

        (notice,) = await until(told)
        assert (notice["title"], "通行密钥" in notice["text"]) == ("新增登录方式", True)
    await desk.goto(PAGE)
    await desk.click("#by-passkey")
    await expect(desk.locator("#mine li")).to_contain_text("上次使用")
    await desk.goto(PAGE)
    await desk.fill("#sign-in [name=login]", LOGIN)
    await desk.fill("#sign-in [name=password]", demo.PASSWORD)
    await desk.click("#sign-in button")
    await expect(desk.locator("#second")).to_be_visible()  # the password alone signs nobody in any more
    await desk.click("#by-passkey")
    await expect(desk.locator("#mine li")).to_contain_text("门岗电脑")


async def test_a_session_of_the_password_is_stepped_up_before_a_passkey_goes(desk: Page) -> None:
    await register(desk)
    asked: list[str] = []
    desk.on("response", lambda said: asked.append(f"{said.status} {urlsplit(said.url).path}"))
    desk.on("dialog", lambda dialog: dialog.accept())
    await desk.click("#mine button:has-text('移除')")
    await expect(desk.locator("#said")).to_contain_text("已在所有设备上退出登录")
    await expect(desk.locator("#sign-in")).to_be_visible()
    await expect(desk.locator("#desk")).to_be_hidden()
    removals = [one.split()[0] for one in asked if one.endswith("/removal")]
    assert removals == ["401", "204"]
    assert "200 /sign-in/step-up/passkey" in asked


async def test_the_page_of_a_programs_sign_in_has_a_button_that_works(desk: Page, stack: Layout) -> None:
    await register(desk)
    back = f"{stack.origin}/staff/callback"
    said = {"client_id": "dashboard", "redirect_uri": back, "response_type": "code", "scope": "openid", "state": "s",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    await desk.goto(f"/oauth/authorize?{urlencode(said)}")
    async with desk.expect_request(lambda request: request.url.startswith(f"{back}?")) as led:
        await desk.click("text=用通行密钥登录")
    answer = parse_qs(urlsplit((await led.value).url).query)
    assert (set(answer), answer["state"]) == ({"code", "state", "iss"}, ["s"])


async def test_a_page_of_another_origin_gets_nothing_that_is_good_here(desk: Page, stack: Layout) -> None:
    await register(desk)
    script = (ROOT / "gateway" / "static" / "passkey.js").read_text()

    async def elsewhere(route: Route) -> None:
        await route.fulfill(body=f"<!doctype html><title>x</title><script>{script}</script>", content_type="text/html")

    for origin in (f"http://localhost:{stack.base + 990}", stack.origin):
        async with httpx.AsyncClient(base_url=stack.origin, timeout=20) as bare:
            question: dict[str, Any] = (await bare.post("/sign-in/passkey/options", json={})).json()
            await desk.context.route(f"{origin}/phishing", elsewhere)
            await desk.goto(f"{origin}/phishing")
            credential = await desk.evaluate("(options) => usePasskey(options)", question["options"])
            answer = await bare.post("/sign-in/passkey", json={"ticket": question["ticket"], "credential": credential})
        if origin == stack.origin:
            assert answer.status_code == 200  # the same device and the same way: it was the origin
        else:
            assert problem(answer) == (401, "passkey-refused")


async def test_the_settings_page_takes_it_too(desk: Page) -> None:
    await register(desk)
    await desk.goto("/settings")
    await desk.click("#by-passkey")
    await expect(desk.locator("#refused")).to_have_text("您的职责不包含查看社区设定")  # a guard: signed in, and told so


@pytest.fixture
async def strict(stack: Layout) -> AsyncIterator[str]:
    """Identity once more, as where people live: admins must have a second factor."""
    port = stack.base + 991
    said = stack.environment("identity", "api") | {"PORT": str(port), "SECOND_FACTOR_ROLES": "admin"}
    words = (PYTHON, "-m", "services.identity", "api")
    program = await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=said, stdout=DEVNULL, stderr=DEVNULL)
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient() as bare:

        async def answers() -> bool:
            try:
                return (await bare.get(f"{address}/readyz")).is_success
            except httpx.TransportError:
                return False

        await until(answers)
    yield address
    program.terminate()
    await program.wait()


async def test_who_must_have_one_takes_it_over_on_the_way_in(desk: Page, stack: Layout, strict: str) -> None:
    async def there(route: Route) -> None:
        path = urlsplit(route.request.url).path
        async with httpx.AsyncClient(timeout=20) as bare:
            headers = {"content-type": "application/json"}
            answer = await bare.post(f"{strict}{path}", content=route.request.post_data_buffer or b"", headers=headers)
        await route.fulfill(status=answer.status_code, body=answer.content, content_type=answer.headers["content-type"])

    await desk.context.route(f"{stack.origin}/sign-in/**", there)
    await desk.goto(PAGE)
    await desk.fill("#sign-in [name=login]", ADMIN)
    await desk.fill("#sign-in [name=password]", demo.PASSWORD)
    await desk.click("#sign-in button")
    await expect(desk.locator("#said")).to_contain_text("必须开启第二步验证")
    await desk.fill("#enrol [name=name]", "办公室电脑")
    await desk.click("#enrol button:not([type])")
    await expect(desk.locator("#mine li")).to_contain_text("办公室电脑")
    assert len((await desk.locator("#codes").inner_text()).split()) == 10
