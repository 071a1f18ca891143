"""A phone's browser at the page behind a poster, and residents whose phones are sent codes."""

import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from builders.wire import until
from playwright.async_api import BrowserContext, Page, Request, Route, async_playwright, expect

from deploy.local.layout import ROOT, Layout
from gateway.api.home import worker
from services.identity.domain import demo
from simulators.miniprogram import CannotSignIn, Client

_OURS = [one for one in demo.residents() if one.room.startswith(demo.GUOHUAI)][:-6]  # the last ones have journeys of their own
_TURN = count(int(time.time()))
WORDS = "路灯不亮，晚上看不清路"
YARD = f"{demo.GUOHUAI}.g03.dgy1"
_NARROW = {"width": 320, "height": 640}


async def hung(officer: Client) -> dict[str, Any]:
    """A poster of its own: nothing was filed by it yet."""
    spot = {"place": {"area": YARD}, "asset": f"路灯 {uuid4().hex[:8]}", "category": "lighting"}
    return dict(await officer.post("/api/v1/anchors", spot))


async def filed(officer: Client, poster: dict[str, Any]) -> list[dict[str, Any]]:
    """What was reported by this poster."""
    return list((await officer.get("/api/v1/reports", anchor_id=poster["id"]))["items"])


def phones() -> Iterator[str]:
    """Of residents, one after the other: a phone is sent one code a minute, and other tests have theirs sent too."""
    return (_OURS[next(_TURN) % len(_OURS)].phone for _ in _OURS)


async def resident(stack: Layout) -> Client:
    """Somebody who lives there."""
    for number in phones():
        made = Client(stack.origin)
        try:
            return await made.sign_in_by_code(number)
        except CannotSignIn:
            await made.http.aclose()
    raise CannotSignIn


@dataclass
class Tab:
    """A tab of Chromium, and every request it made."""

    page: Page
    asked: list[Request] = field(default_factory=list)

    @classmethod
    async def of(cls, context: BrowserContext) -> "Tab":
        """A new one, beside others of the same phone."""
        made = cls(await context.new_page())
        made.page.on("request", lambda request: made.asked.append(request))  # noqa: PLW0108 - playwright marks what it calls
        return made

    async def reopened(self) -> "Tab":
        """This one is closed, and another is opened on the same phone."""
        context = self.page.context
        await self.page.close()
        return await Tab.of(context)

    def to(self, path: str, method: str = "POST") -> list[Request]:
        return [one for one in self.asked if (one.method, urlsplit(one.url).path) == (method, path)]

    async def write(self, code: str, text: str = WORDS) -> None:
        await self.page.goto(f"/s/{code}")
        await self.page.fill("#text", text)

    async def challenged(self) -> tuple[str, str]:
        """A phone that may be sent a code, and the challenge."""
        for number in phones():
            await self.page.fill("#phone", f"{number[:3]} {number[3:7]} {number[7:]}")
            async with self.page.expect_response("**/sign-in/code") as said:
                await self.page.click("#ask")
            if (answer := await said.value).ok:
                return number, (await answer.json())["challenge_id"]
        raise CannotSignIn

    async def sign_in(self, tap: Callable[[Page], Any] = lambda page: page.click("#enter")) -> str:
        """From the report's button on, by the code that came to the simulated phone; the phone."""
        await self.page.click("#send")
        number, challenge = await self.challenged()

        async def arrived() -> str:
            messages = (await self.page.request.get("/demo/messages"))
            return next((one["code"] for one in await messages.json() if one["out_id"] == challenge), "")

        await self.page.fill("#code", await until(arrived))
        await tap(self.page)
        return number

    async def as_(self, token: str) -> None:
        """Signed in already: a phone is sent a code once a minute, and tests are faster."""
        await self.page.evaluate("(said) => { token = said; }", token)

    async def decided(self) -> None:
        """As `asked_or`, of what takes its time."""
        with suppress(AssertionError):
            await expect(self.page.locator("#same")).to_be_visible(timeout=3000)
            await self.page.click("#anew")

    async def asked_or(self, other: str) -> None:
        """Of what others filed for the same place none is meant: it goes on to `other`."""
        await expect(self.page.locator(f"#same, {other}").locator("visible=true")).to_have_count(1)
        if await self.page.locator("#same").is_visible():
            await self.page.dblclick("#anew")
        await expect(self.page.locator(other)).to_be_visible()

    async def fits(self) -> None:
        """Nothing has to be scrolled sideways."""
        wide, there = await self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= there


async def beside(route: Route) -> None:
    """The scripts as they lie beside this test, where a mutant may be among them; that the edge serves them: test_pages."""
    await route.fulfill(path=ROOT / "gateway" / "static" / urlsplit(route.request.url).path.rpartition("/")[2])


async def renewed(route: Route) -> None:
    """The worker as the page beside this test has it."""
    await route.fulfill(body=worker(), content_type="text/javascript")


@asynccontextmanager
async def opened(origin: str, *flags: str, works: bool = False) -> AsyncIterator[Tab]:
    """A tab of Chromium as narrow as a phone is, set to English; `works` lets the page keep a service worker."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium is not None, "Chromium is not there: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", *flags])
        context = await browser.new_context(
            base_url=origin, locale="en-US", viewport=_NARROW,  # type: ignore[arg-type]
            service_workers="allow" if works else "block",
        )
        await context.route("**/static/*.js", beside)
        await context.route("**/s/worker.js", renewed)
        yield await Tab.of(context)
        await browser.close()
