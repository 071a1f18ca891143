"""reports beside Django REST Framework doing the same on the same tables: look at one, list twenty, file one."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bench.harness import SERVER_CORE, Outcome, Peer, in_turns, pin, program, wrk
from bench.platform import pid_of, rows, settled
from deploy.local.accounts import token
from deploy.local.layout import ROOT, Layout
from services.identity.domain import demo

_PEERS = ROOT / "bench" / "peers"
_VENV = ROOT / ".venv-bench"
_DRF, _CONNECTIONS, _THREADS = 24750, 8, 8
_AREA = f"{demo.GUOHUAI}.g03.dgy1.b03.u2"


def install() -> None:
    """Django and what it needs, in an environment of its own, by hashes."""
    if not (_VENV / ".installed").is_file():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", _VENV], check=True)
        python, lock = str(_VENV / "bin" / "python"), str(_PEERS / "requirements.lock")
        pip = ["python3", "-m", "pip", "--python", python, "install", "-q", "--require-hashes", "-r", lock]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        (_VENV / ".installed").touch()


@asynccontextmanager
async def _django(layout: Layout) -> AsyncIterator[int]:
    install()
    place = urlsplit(layout.database_url("reports"))
    async with httpx.AsyncClient() as client:
        keys = (await client.get(f"{layout.origin}/.well-known/jwks.json")).text
    environment = {
        "PATH": os.environ["PATH"], "DATABASE_PASSWORD": place.password or "", "DATABASE_PORT": str(place.port), "JWKS": keys,
        "KEK_FILE": str(layout.key_file("reports", "kek")), "PUBLIC_ORIGIN": layout.origin, "PYTHONPATH": str(ROOT),
        "S3_SECRET_KEY": layout.environment("reports", "api")["S3_SECRET_KEY"],
    }
    command = [str(_VENV / "bin" / "gunicorn"), "bench.peers.drf:application", "--bind", f"127.0.0.1:{_DRF}", "--workers", "1",
               "--worker-class", "gthread", "--threads", str(_THREADS), "--keep-alive", "75", "--log-level", "warning"]
    async with program(command, f"http://127.0.0.1:{_DRF}/api/v1/reports", environment=environment) as pid:
        yield pid


async def measured(layout: Layout, path: str, script: Path | None = None) -> Outcome:
    """CPU of the service's process a request, eight connections; the database's beside it."""
    outcome = Outcome()
    await settled(layout)
    ours = pid_of(layout, "reports-api")
    pin(ours, SERVER_CORE)
    headers = {"Authorization": f"Bearer {await token(layout, 'officer')}"}
    arguments = ("--", _AREA) if script else ()
    async with _django(layout) as theirs:

        def load(port: int) -> Peer:
            return Peer(theirs if port == _DRF else ours, lambda seconds: wrk(
                f"http://127.0.0.1:{port}{path}", connections=_CONNECTIONS, seconds=seconds, headers=headers, script=script,
                arguments=arguments,
            ), pid_of(layout, "postgres"))

        await in_turns({"ours": load(layout.service_port("reports")), "DRF": load(_DRF)}, outcome, "DRF")
    return outcome


async def get(layout: Layout) -> Outcome:
    """One report whole."""
    found = await rows(layout, "reports", "select id from reports where area <@ $1::text::ltree and resolved_at is not null limit 1", _AREA)
    return await measured(layout, f"/api/v1/reports/{found[0]['id']}")


async def listed(layout: Layout) -> Outcome:
    """Twenty of those the officer sees."""
    return await measured(layout, "/api/v1/reports?limit=20")


async def create(layout: Layout) -> Outcome:
    """A report filed: key, number, row, step, clocks, event, kept answer."""
    made = await measured(layout, "/api/v1/reports", _PEERS / "create.lua")
    await asyncio.sleep(1)
    made.notes.append("Both write the same rows in one transaction; the relay's work is in neither figure.")
    return made
