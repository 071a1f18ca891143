"""A service is refused at its start when nobody decided who may use an operation, and tells its state to who asks."""

import asyncio
import os
import sys

import pytest
from builders.doors import Doors

from chassis.rights import Rule
from chassis.service import PUBLIC, NoPermissionNamed, _check_rights, router
from deploy.local.layout import Layout
from services.reports.app import service


def test_a_route_that_names_no_right_is_refused() -> None:
    careless = router("/api/v1/careless")

    @careless.get("")
    async def anything() -> dict[str, str]:
        return {}

    with pytest.raises(NoPermissionNamed, match="/api/v1/careless"):
        _check_rights(careless, service.rights)


def test_a_route_that_names_the_right_of_another_service_is_refused() -> None:
    careless = router("/api/v1/careless")

    @careless.get("")
    async def anything() -> str:
        return "reports.read"

    _check_rights(careless, {"reports.read": Rule()})
    with pytest.raises(NoPermissionNamed):
        _check_rights(careless, {"gate.open": Rule()})


def test_a_public_route_needs_none() -> None:
    welcoming = router("/welcome", tags=[PUBLIC])

    @welcoming.get("")
    async def welcome() -> str:
        return "hello"

    _check_rights(welcoming, {})


async def test_the_probes_answer_without_a_token(reports_doors: Doors) -> None:
    async with reports_doors.client() as nobody:
        for path in ("/livez", "/readyz", "/metrics"):
            assert (await nobody.get(path)).status_code == 200


async def test_without_its_database_it_is_alive_and_not_ready(
    reports_doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(reports_doors.running.database, "ping", away)
    async with reports_doors.client() as nobody:
        assert (await nobody.get("/livez")).status_code == 200
        answer = await nobody.get("/readyz")
    assert answer.status_code == 503




_BEGUN = """
import gc, uvicorn, uvloop
from chassis.main import main
from services.reports.app import service

def begun(work, **_):
    print(gc.get_freeze_count())
    getattr(work, "close", int)()

uvicorn.run = uvloop.run = begun
main(service)
"""


@pytest.mark.parametrize("kind", ["api", "worker"])
async def test_what_the_start_made_is_not_looked_through_for_garbage_again(kind: str, stack: Layout) -> None:
    """A full collection over what is loaded stopped every request for up to 90 ms."""
    environment = {**os.environ, **stack.environment("reports", kind)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BEGUN, kind, env=environment, stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert int(said.split()[-1]) > 50_000
