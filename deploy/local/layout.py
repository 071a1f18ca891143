"""Where everything is on this machine: ports, data folder, secrets, and the environment of each process."""

import hashlib
import json
import os
import pwd
import secrets
import socket
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from deploy import mllp
from deploy.processes import OWNERS, SERVICES, Process

ROOT = Path(__file__).resolve().parents[2]
_PARTS = {
    "envoy-admin": 70, "postgres": 432, "relay": 478, "rabbitmq": 672, "rabbitmq-management": 673, "rabbitmq-prometheus": 674,
    "rabbitmq-epmd": 690, "rabbitmq-distribution": 691, "store": 900, "providers": 950,
    "collector": 960, "hospital": 970, "hospital-mllp": 971, "mllp": 972,
}
RELAYED = range(500, 600)  # ports by which the relay of video rooms passes media on
_OUTSIDE = ("DATABASE_URL", "RABBITMQ_URL", "RABBITMQ_MANAGEMENT_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY",
            "OTEL_EXPORTER_OTLP_ENDPOINT")
WECHAT_APP_ID, WECHAT_PAGE_APP_ID = "wx0123456789abcdef", "wx00000000000page0"  # of the simulator
_REPLACED_BY = {
    "postgres": "DATABASE_URL", "store": "S3_ENDPOINT", "collector": "OTEL_EXPORTER_OTLP_ENDPOINT",
    **{part: "RABBITMQ_URL" for part in _PARTS if part.startswith("rabbitmq")},
}


@dataclass(frozen=True)
class Layout:
    """One installation on this machine."""

    data: Path
    base: int
    gateway: int
    mode: str = "demo"  # or `test`: a shorter retry ladder; or `bench`: no traces

    @property
    def outside(self) -> dict[str, str]:
        """Parts that run already, as the caller's environment names them; they are used and not started.

        `DATABASE_URL` is an administrator's, `RABBITMQ_URL` too, and comes with `RABBITMQ_MANAGEMENT_URL`;
        `S3_ENDPOINT` comes with `S3_ACCESS_KEY` and `S3_SECRET_KEY`; `OTEL_EXPORTER_OTLP_ENDPOINT` is any collector's.
        """
        return {name: os.environ[name] for name in _OUTSIDE if os.environ.get(name)}

    def is_ours(self, part: str) -> bool:
        """Whether we start the part ourselves."""
        return _REPLACED_BY.get(part) not in self.outside and (part != "collector" or self.mode != "bench")

    def port(self, part: str) -> int:
        """The port of a part."""
        return self.gateway if part == "gateway" else self.base + _PARTS[part]

    def ports(self) -> dict[str, int]:
        """Everything that will listen."""
        ours = {f"{owner}-{kind}": self.base + Process(owner, kind).offset for owner in OWNERS for kind in ("api", "worker")}
        return {"gateway": self.gateway, **{part: self.port(part) for part in _PARTS if self.is_ours(part)}, **ours}

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.gateway}"

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Passwords made at the first start, kept in the data folder, readable by nobody else."""
        file = self.data / "secrets.json"
        known: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
        wanted = ["postgres", "rabbitmq", "cookie", "store-key", "store-secret", "sms-key", "sms-secret", "wechat-secret"]
        wanted += ["hospital-token", "real-name-secret", "wechat-page-secret", "relay", "check-secret"]
        wanted += [f"{kind}-{owner}" for kind in ("database", "owner", "broker") for owner in OWNERS]
        missing = {name: secrets.token_hex(20) for name in wanted if name not in known}
        if missing:
            self._write_private(file, json.dumps(known | missing, indent=1).encode())
        return known | missing

    def _write_private(self, file: Path, content: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(content)

    def key_file(self, owner: str, purpose: str) -> Path:
        """A key of 32 random bytes."""
        file = self.data / "keys" / owner / purpose
        if not file.is_file():
            self._write_private(file, secrets.token_bytes(32))
        return file

    def database_url(self, owner: str, database: str | None = None) -> str:
        password = self.secrets[f"database-{owner}"]
        return f"postgresql+asyncpg://{owner}:{password}@{self._place('postgres')}/{database or owner}"

    def owner_url(self, owner: str, database: str | None = None) -> str:
        """The way in of a service's migrations; its processes do not know it."""
        password = self.secrets[f"owner-{owner}"]
        return f"postgresql+asyncpg://{owner}_owner:{password}@{self._place('postgres')}/{database or owner}"

    @property
    def database_passwords(self) -> dict[str, str]:
        """Of both roles of each service, as `deploy.databases` makes them."""
        owners = {f"{owner}_owner": self.secrets[f"owner-{owner}"] for owner in OWNERS}
        return {owner: self.secrets[f"database-{owner}"] for owner in OWNERS} | owners

    def broker_url(self, owner: str) -> str:
        return f"amqp://{owner}:{self.secrets[f'broker-{owner}']}@{self._place('rabbitmq')}/"

    @property
    def superuser_url(self) -> str:
        """The administrator's way into PostgreSQL."""
        ours = f"postgresql://postgres:{self.secrets['postgres']}@127.0.0.1:{self.port('postgres')}/postgres"
        return self.outside.get("DATABASE_URL", ours).replace("postgresql+asyncpg://", "postgresql://", 1)

    def whole_url(self, database: str) -> str:
        """The administrator's way into one database, for who must see and change all of it: tests and figures."""
        return urlsplit(self.superuser_url)._replace(path=f"/{database}").geturl()

    @property
    def admin_broker_url(self) -> str:
        """The administrator's way into the broker; ends with a slash, a virtual host may follow."""
        ours = f"amqp://guohuai:{self.secrets['rabbitmq']}@127.0.0.1:{self.port('rabbitmq')}/"
        return self.outside.get("RABBITMQ_URL", ours).rstrip("/") + "/"

    @property
    def management_url(self) -> str:
        """The broker's management API."""
        return self.outside.get("RABBITMQ_MANAGEMENT_URL", f"http://127.0.0.1:{self.port('rabbitmq-management')}")

    @property
    def store_url(self) -> str:
        """The object store, as processes on this machine reach it."""
        return self.outside.get("S3_ENDPOINT", f"http://127.0.0.1:{self.port('store')}")

    @property
    def collector_url(self) -> str:
        """Where traces go; nowhere while figures are taken."""
        if self.mode == "bench":
            return ""
        return self.outside.get("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{self.port('collector')}")

    def _hospitals(self) -> dict[str, str]:
        """The simulated hospitals' systems by their names: two over FHIR, two over SOAP, one over HL7 v2."""
        over_http = {name: f"http://127.0.0.1:{self.port('hospital')}/{name}/fhir" for name in ("east", "west")}
        over_soap = {name: f"soap+http://127.0.0.1:{self.port('hospital')}/{name}/soap" for name in ("north", "lake")}
        return {**over_http, **over_soap, "south": f"mllp://127.0.0.1:{self.port('hospital-mllp')}/south"}

    @cached_property
    def mllp(self) -> Path:
        """Where the certificates are by which the hospital over HL7 v2 and we know each other."""
        return mllp.make(self.data / "mllp", ("south",))

    def _place(self, part: str) -> str:
        """Host and port of PostgreSQL or RabbitMQ."""
        url = self.outside.get(_REPLACED_BY[part])
        return urlsplit(url).netloc.rpartition("@")[2] if url else f"127.0.0.1:{self.port(part)}"

    def service_port(self, owner: str, kind: str = "api") -> int:
        return self.base + Process(owner, kind).offset

    def environment(self, owner: str, kind: str) -> dict[str, str]:
        """What a process of a service is told; what the caller's environment sets already wins."""
        mine = {
            "DATABASE_URL": self.database_url(owner), "DATABASE_DIRECT_URL": self.database_url(owner),
            "RABBITMQ_URL": self.broker_url(owner), "PUBLIC_ORIGIN": self.origin,
            "JWKS_URL": f"http://127.0.0.1:{self.service_port('identity')}/.well-known/jwks.json",
            "PORT": str(self.service_port(owner, kind)), "S3_ENDPOINT": self.store_url,
            "S3_ACCESS_KEY": self.outside.get("S3_ACCESS_KEY", self.secrets["store-key"]),
            "S3_SECRET_KEY": self.outside.get("S3_SECRET_KEY", self.secrets["store-secret"]),
            "KEK_FILE": str(self.key_file(owner, "kek")), "INDEX_KEY_FILE": str(self.key_file(owner, "index")),
            "ANCHOR_KEY_FILE": str(self.key_file(owner, "anchor")),
            "CLOCK_FILE": str(self.data / "clock"), "SMS_ENDPOINT": f"http://127.0.0.1:{self.port('providers')}",
            "SMS_ACCESS_KEY": self.secrets["sms-key"], "SMS_SECRET_KEY": self.secrets["sms-secret"],
            "WECHAT_ENDPOINT": f"http://127.0.0.1:{self.port('providers')}", "WECHAT_APP_ID": WECHAT_APP_ID,
            "WECHAT_SECRET": self.secrets["wechat-secret"],
            "WECHAT_PAGE_APP_ID": WECHAT_PAGE_APP_ID, "WECHAT_PAGE_SECRET": self.secrets["wechat-page-secret"],
            "REAL_NAME_ENDPOINT": f"http://127.0.0.1:{self.port('providers')}", "REAL_NAME_KEY": "guohuai",
            "REAL_NAME_SECRET": self.secrets["real-name-secret"],
            "TEXT_CHECK_ENDPOINT": f"http://127.0.0.1:{self.port('providers')}/tms",
            "PHOTO_CHECK_ENDPOINT": f"http://127.0.0.1:{self.port('providers')}/ims",
            "CHECK_SECRET_ID": "guohuai", "CHECK_SECRET_KEY": self.secrets["check-secret"],
            "SECOND_FACTOR_ROLES": "",  # everybody may be any of the demo
            "HOSPITAL_TOKEN": self.secrets["hospital-token"], "MLLP_PORT": str(self.port("hospital-mllp")),
            "HOSPITAL_SYSTEMS": ",".join(f"{name}={address}" for name, address in self._hospitals().items()),
            "MLLP_LISTEN": f"127.0.0.1:{self.port('mllp')}", "MLLP_PEERS": str(self.mllp / "peers"),
            "MLLP_CERTIFICATE": str(self.mllp / "guohuai.pem"),
            "HOSPITAL_TOKENS": ",".join(f"{name}={self.secrets['hospital-token']}" for name in self._hospitals()),
            "TURN_URLS": ",".join(f"turn:127.0.0.1:{self.port('relay')}?transport={way}" for way in ("udp", "tcp")),
            "TURN_SECRET": self.secrets["relay"],
            "UPSTREAMS": ",".join(f"{name}=http://127.0.0.1:{self.service_port(name)}" for name in SERVICES),
            "WORKERS": ",".join(f"{name}=http://127.0.0.1:{self.service_port(name, 'worker')}" for name in OWNERS),
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector_url,
            "TRACES_URL": f"{self.collector_url}/traces" if self.is_ours("collector") else "",
            "SMS_VIEW_URL": f"http://127.0.0.1:{self.port('providers')}/messages",
            "DEMO_FILE": str(self.data / "accounts.json"),
        }
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "LOG_LEVEL") if name in os.environ}
        return {**inherited, **mine, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}


def from_environment() -> Layout:
    """The layout that `DATA`, `PORT_BASE` and `GATEWAY_PORT` ask for."""
    mode = os.environ.get("MODE", "demo")
    base = int(os.environ.get("PORT_BASE", "18000"))
    gateway = int(os.environ.get("GATEWAY_PORT", "8080" if base == 18000 else str(base + 80)))  # noqa: PLR2004
    data = Path(os.environ["DATA"]).resolve() if os.environ.get("DATA") else _default_data(mode)
    return Layout(data, base, gateway, mode)


def _default_data(mode: str) -> Path:
    """`.data` in the tree (`.data-test` for tests); elsewhere if PostgreSQL's own user could not walk there."""
    name = ".data-test" if mode == "test" else ".data"
    wished = ROOT / name
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in (ROOT, *ROOT.parents)):
        return wished
    mark = hashlib.sha256(str(wished).encode()).hexdigest()[:10]
    return Path("/var/tmp") / f"guohuai-{mark}"  # noqa: S108 - kept over a restart, unlike /tmp


def taken(ports: dict[str, int]) -> str:
    """One sentence about ports somebody else holds; empty when all are free."""
    found = []
    for part, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                found.append(f"{port} ({part})")
    if not found:
        return ""
    named = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")  # noqa: PLR2004
    return f"taken by another program: port {named}. Stop it, or choose PORT_BASE=… and GATEWAY_PORT=…"


def postgres_user() -> pwd.struct_passwd | None:
    """The unprivileged user PostgreSQL runs as when we are root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


PYTHON = sys.executable
