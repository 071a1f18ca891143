"""The real parts under the tests: one platform for the session, on ports and in a folder of its own."""

import asyncio
import gc
import importlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import hypothesis
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from builders import doors as building
from builders.faults import settled

from chassis import migrate
from deploy import databases, topology
from deploy.local import run
from deploy.local.layout import PYTHON, ROOT, Layout, from_environment
from deploy.local.supervisor import is_up
from deploy.processes import OWNERS, Process

os.environ.setdefault("PORT_BASE", "28000")
os.environ.setdefault("GATEWAY_PORT", "28080")
os.environ.setdefault("MODE", "test")
hypothesis.settings.register_profile("found", phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate])  # for the mutants


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, object, object]:
    """No collection of garbage while a traceback is made.

    Python 3.11 counts the depth of two trees in one counter (CPython issue 106905): what is collected while source is parsed, and
    says so with a traceback of its own, would end the whole run with a SystemError.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def _local(*words: str) -> int:
    environment = {**os.environ, "DETACH": "1"}
    return subprocess.run([PYTHON, "-m", "deploy.local", *words], cwd=ROOT, env=environment, check=False).returncode


@pytest.fixture(scope="session")
def layout() -> Layout:
    """Where the tests' platform is."""
    return from_environment()


@pytest.fixture(scope="session")
async def stack(layout: Layout) -> AsyncIterator[Layout]:
    """The whole platform, seeded, and come to rest: whichever test is first finds what the last would find.

    One that is up already, or coming up, is used and left up (`KEEP=1` leaves ours up too).
    """
    was_up = is_up(layout) and _local("up") == 0 and _local("status") == 0
    if not was_up:
        assert _local("reset") == 0
        assert _local("up") == 0, "the platform did not come up"
        await settled(layout)
    yield layout
    if not was_up and os.environ.get("KEEP") != "1":
        assert _local("down") == 0


@pytest.fixture(scope="session")
async def apart(stack: Layout) -> AsyncIterator[str]:
    """Databases and a virtual host that the platform's own processes do not touch; yields where the test's keys are."""
    await databases.make(stack.superuser_url, stack.database_passwords, building.SUFFIX)
    for owner in OWNERS:
        await migrate.upgrade(owner, stack.owner_url(owner, owner + building.SUFFIX))
    async with building.jwks(stack.base + 980) as url:
        yield url


@pytest.fixture(scope="session")
async def wire(stack: Layout, apart: str) -> topology.Broker:
    """A virtual host with the whole topology, for relays and consumers that run inside a test."""
    known = run.broker(stack)
    broker = topology.Broker(
        known.management_url, known.admin, known.admin_password, known.passwords, known.rungs, vhost=building.VHOST
    )
    await topology.declare(broker)
    return broker


@pytest.fixture(scope="session")
async def every_door(stack: Layout, apart: str) -> AsyncIterator[dict[str, building.Doors]]:
    """All services, each on its own database of the tests."""
    services = {owner: importlib.import_module(f"{Process(owner, 'api').module}.app").service for owner in OWNERS}
    opened = {
        owner: building.Doors(service, building.settings(service, stack, apart), stack) for owner, service in services.items()
    }
    yield opened
    for door in opened.values():
        await door.close()


def _cleaned(owner: str) -> object:
    @pytest.fixture(name=f"{owner}_doors")
    async def cleaned(every_door: dict[str, building.Doors]) -> building.Doors:
        await every_door[owner].clean()
        return every_door[owner]

    return cleaned


identity_doors, reports_doors, gate_doors = _cleaned("identity"), _cleaned("reports"), _cleaned("gate")
health_doors, notify_doors, edge_doors = _cleaned("health"), _cleaned("notify"), _cleaned("edge")


@pytest.fixture
async def emptied(stack: Layout, wire: topology.Broker) -> topology.Broker:
    """The virtual host, with nothing left in any queue."""
    await topology.empty(wire)
    await asyncio.sleep(0)
    return wire
