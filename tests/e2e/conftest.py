"""Before a poster: a phone's browser, who hangs posters, and one that hangs while a test lasts."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from builders.tab import Tab, hung, opened

from deploy.local.layout import Layout
from services.identity.domain import demo
from simulators.miniprogram import Client, Refused


@pytest.fixture
async def tab(stack: Layout) -> AsyncIterator[Tab]:
    """The narrowest phone, set to another language: the page is Chinese all the same."""
    async with opened(stack.origin) as made:
        yield made


@pytest.fixture
async def officer(stack: Layout) -> AsyncIterator[Client]:
    """Who hangs posters."""
    async with Client(stack.origin) as made:
        yield await made.sign_in_by_password("officer", demo.PASSWORD)


@pytest.fixture
async def poster(officer: Client) -> AsyncIterator[dict[str, Any]]:
    """A poster of its own: nothing was filed by it yet."""
    made = await hung(officer)
    yield made
    with suppress(Refused):  # a test has taken it down already
        await officer.post(f"/api/v1/anchors/{made['id']}/revocation")
