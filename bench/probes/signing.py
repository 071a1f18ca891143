"""identity: its token endpoint beside oidc-provider's, a sign-in beside its password hash, a token verified, a phone looked up."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
from joserfc import jwt

from bench.harness import LOAD_CORE, QUICK, ROUNDS, SECONDS, SERVER_CORE, Outcome, Peer, Series, cpu, in_turns, pin, program, wrk
from bench.platform import pid_of, settled
from bench.probes.scale import FEW, MANY, touched
from bench.tokens import KEY, jwks
from chassis.relay import plain
from deploy.local.layout import PYTHON, ROOT, Layout
from services.identity.domain import demo

_OIDC, _CONNECTIONS, _MOST_A_SECOND = 24760, 8, 5_000
_SESSIONS = _CONNECTIONS + 1  # a round; wrk looks at one request more before it begins
_PEERS = ROOT / "bench" / "peers"
_SCRIPT = _PEERS / "forms.lua"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SIGN_INS, _IDLE = (12, 3) if QUICK else (30, 5)
_FILL = (  # with values of each fill's own: of one before, which was rolled back, dead rows are still there
    "insert into contacts (id, person_id, kind, sealed_value, blind_index, verified_at)"
    " select gen_random_uuid(), gen_random_uuid(), 'phone', '\\x00', sha256((n || '/{salt}')::bytea), now() from generate_series(1, {count}) n;"
    " analyze contacts"
)
_WHOSE = (
    "select id, person_id, coalesce(used_at, verified_at) from contacts"
    " where kind = 'phone' and blind_index = sha256('7/{salt}'::bytea) order by verified_at, id"
)


@asynccontextmanager
async def _oidc(layout: Layout, folder: Path) -> AsyncIterator[int]:
    """The peer, on a database of its own in the same PostgreSQL."""
    place, bin_ = _PEERS / "oidc", str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join((bin_, os.environ["PATH"]))}
    if not (place / "node_modules" / ".package-lock.json").is_file():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        await _run(command, place, environment)
    connection = await asyncpg.connect(plain(layout.superuser_url))
    if not await connection.fetchval("select 1 from pg_database where datname = 'oidc'"):
        await connection.execute("create database oidc")
    await connection.close()
    environment |= {
        "PORT": str(_OIDC), "DATABASE_URL": layout.superuser_url.rpartition("/")[0] + "/oidc", "CLIENT_JWKS": jwks(),
        "NODE_ENV": "production", "SESSIONS": str(_SESSIONS * (ROUNDS + 1)), "SESSIONS_FILE": str(folder / "theirs"),
    }
    command = ["node", "--no-warnings", str(place / "provider.mjs")]
    async with program(command, f"http://127.0.0.1:{_OIDC}/.well-known/openid-configuration", environment=environment) as pid:
        yield pid


async def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )
    _, complained = await process.communicate()
    if process.returncode:
        raise RuntimeError(complained.decode()[-2000:])


async def _compared(layout: Layout, folder: Path, forms: dict[str, Callable[[float], list[str]]]) -> Outcome:
    """CPU a token of both, eight connections; `forms` gives the bodies of a round, and is asked before it begins."""
    outcome = Outcome()
    ours = pid_of(layout, "identity-api")
    pin(ours, SERVER_CORE)
    async with _oidc(layout, folder) as theirs:
        addresses = {
            "ours": f"http://127.0.0.1:{layout.service_port('identity')}/oauth/token", "oidc-provider": f"http://127.0.0.1:{_OIDC}/token",
        }

        def peer(name: str, pid: int) -> Peer:
            rounds = _written(folder / f"{name}.forms", forms[name])

            async def load(seconds: float) -> int:
                return await wrk(addresses[name], connections=_CONNECTIONS, seconds=seconds, script=_SCRIPT,
                                 arguments=("--", str(await asyncio.to_thread(next, rounds))))

            return Peer(pid, load, pid_of(layout, "postgres"))

        await in_turns({"ours": peer("ours", ours), "oidc-provider": peer("oidc-provider", theirs)}, outcome, "oidc-provider")
    outcome.notes.append("oidc-provider keeps grants, refresh tokens and used assertions in PostgreSQL, as ours does; both sign ES256.")
    return outcome


def _written(file: Path, made: Callable[[float], list[str]]) -> Iterator[Path]:
    """A file of bodies for each round."""
    while True:
        file.write_text("\n".join(made(SECONDS)) + "\n")
        yield file


async def credentials(layout: Layout, folder: Path) -> Outcome:
    """A program's token in its own name, for an assertion it signed (RFC 7523)."""
    (folder / "keys.json").write_text(jwks())
    name = f"bench-{uuid4().hex}"
    command = [PYTHON, "-m", "services.identity", "clients", "add", name, "--name", "测量", "--owner", "测量", "--internal",
               "--jwks", str(folder / "keys.json"), "--grant", "client_credentials", "--scope", "health.book"]
    await _run(command, ROOT, {**os.environ, **layout.environment("identity", "api")})

    def signed(client: str, audience: str) -> Callable[[float], list[str]]:
        return lambda seconds: [_assertion(client, audience) for _ in range(int(seconds * _MOST_A_SECOND))]

    return await _compared(layout, folder, {
        "ours": signed(name, layout.origin), "oidc-provider": signed("bench", f"http://127.0.0.1:{_OIDC}"),
    })


def _assertion(client: str, audience: str) -> str:
    now = int(time.time())
    said = {"iss": client, "sub": client, "aud": audience, "jti": uuid4().hex, "iat": now, "exp": now + 290}
    made = jwt.encode({"alg": "ES256", "kid": "bench", "typ": "JWT"}, said, KEY, algorithms=["ES256"])
    return f"grant_type=client_credentials&scope=health.book&client_assertion_type={_ASSERTION}&client_assertion={made}"


async def refresh(layout: Layout, folder: Path) -> Outcome:
    """A refresh token for its successor and an access token; a session is used by one connection at a time."""
    ours = iter([await _session(layout) for _ in range(_SESSIONS * (ROUNDS + 1))])

    def forms(tokens: Iterator[str], more: str) -> Callable[[float], list[str]]:
        return lambda _: [f"grant_type=refresh_token{more}&refresh_token={next(tokens)}" for _ in range(_SESSIONS)]

    def theirs() -> Iterator[str]:
        yield from (folder / "theirs").read_text().split()

    return await _compared(layout, folder, {"ours": forms(ours, ""), "oidc-provider": forms(theirs(), "&client_id=phone")})


async def _session(layout: Layout) -> str:
    async with httpx.AsyncClient(base_url=layout.origin, timeout=15) as client:
        answer = await client.post("/sign-in/password", json={"login": demo.STAFF[0].login, "password": demo.PASSWORD})
        return str(answer.raise_for_status().json()["refresh_token"])


async def sign_in(layout: Layout) -> Outcome:
    """CPU of a sign-in by password beside that of its hash alone, which is the price of a guess."""
    outcome, whole, alone = Outcome(), Series(), Series()
    await settled(layout)
    pid = pid_of(layout, "identity-api")
    pin(pid, SERVER_CORE)
    for _ in range(ROUNDS):
        used = cpu(pid)
        await asyncio.sleep(_IDLE)
        idle, used, began = (cpu(pid) - used) / _IDLE, cpu(pid), time.monotonic()  # what it does anyway is no sign-in's
        for _ in range(_SIGN_INS):
            await _session(layout)
        whole.values.append((cpu(pid) - used - idle * (time.monotonic() - began)) / _SIGN_INS * 1e6)
        alone.values.append(await _here("hash", _SIGN_INS))
    outcome.keep("sign-in µs", whole)
    outcome.keep("argon2 µs", alone, reference=True)
    return outcome


async def verified() -> Outcome:
    """CPU of an access token that is met for the first time."""
    outcome, series = Outcome(), Series()
    for _ in range(ROUNDS):
        series.values.append(await _here("verify", 2_000))
    outcome.keep("a token verified µs", series, reference=True)
    return outcome


async def _here(what: str, count: int) -> float:
    """Microseconds of CPU each in a process of its own, on the server's core."""
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", SERVER_CORE, sys.executable, "-m", "bench.peers.alone", what, str(count), stdout=asyncio.subprocess.PIPE,
    )
    return float((await process.communicate())[0])


async def looked_up(layout: Layout) -> Outcome:
    """Blocks PostgreSQL touches to find whose phone it is (`queries.of_number`), with few people and with many."""
    outcome = Outcome()
    pin(pid_of(layout, "postgres"), LOAD_CORE)
    for label, count in (("10 k people", FEW), ("many people", MANY)):
        said = {"count": count, "salt": uuid4().hex}
        outcome.figures[f"blocks at {label}"] = await touched(layout, "identity", _FILL.format(**said), _WHOSE.format(**said))
    outcome.notes.append(f"{MANY:,} people stand for many.")
    return outcome
