"""A hospital's interface engine: sends HL7 v2 messages over MLLP inside TLS, with a certificate of its own."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

from builders.doors import Doors
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.calendar import CHENGDU
from services.health import jobs
from services.health.clients import er7

START, END = b"\x0b", b"\x1c\r"


def certificate(folder: Path, name: str, *, days: int = 1) -> Path:
    """A new key and its certificate in one file, signed by itself; over already with a negative number of days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days)).sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file = folder / f"{name}.key.pem"
    file.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()) + made.public_bytes(pem))
    return file


def public(whole: Path, folder: Path, system: str) -> None:
    """What an operator lays down of a hospital: its certificate alone."""
    text = whole.read_text()
    (folder / f"{system}.pem").write_text(text[text.index("-----BEGIN CERTIFICATE"):])


def stamp(at: datetime) -> str:
    """A time as senders write it, without a zone: the hospital's own."""
    return f"{at.astimezone(CHENGDU):%Y%m%d%H%M%S}"


def message(
    trigger: str, *, said_at: datetime | None = None, when: tuple[datetime, datetime] | None = None, **said: str,
) -> bytes:
    """A message; `control`, `ours`, `ref`, `slot`, `patient`, and whatever else of its header is to be otherwise."""
    given = {
        "control": uuid4().hex[:20], "ours": "", "ref": "", "slot": "", "patient": "", "facility": "south", "to": "GUOHUAI",
        "type": "SIU", "mode": "P", "version": "2.5", "charset": "UNICODE UTF-8", **said,
    }
    ours = f"{given['ours']}^GUOHUAI" if given["ours"] else ""
    between = "^^^" + "^".join(map(stamp, when)) if when else ""
    head = f"MSH|^~\\&|HIS|{given['facility']}|{given['to']}|GUOHUAI|{stamp(said_at or datetime.now(UTC))}||"
    lines = [
        f"{head}{given['type']}^{trigger}^SIU_S12|{given['control']}|{given['mode']}|{given['version']}||||||{given['charset']}",
        f"SCH|{ours}|{given['ref']}|||||||||{between}|||||HIS||||HIS|||||Booked",
        f"PID|1||H0042^^^HIS^MR~{given['patient']}^^^GUOHUAI^PI||陈^建国||19500101|M|||||13800001234",
        "RGS|1|A", *([f"AIG|1|A|{given['slot']}|SLOT"] if given["slot"] else []), "",
    ]
    return "\r".join(lines).encode()


def request(trigger: str, *, said_at: datetime | None = None, begins: datetime | None = None, **said: str) -> bytes:
    """An SRM; `control`, `ref`, `ours`, `slot`, `doctor`, `patient`, and whatever else of its header is to be otherwise."""
    given = {
        "control": uuid4().hex[:20], "ours": "", "ref": "", "slot": "", "doctor": "", "patient": "", "facility": "south",
        "to": "GUOHUAI", "mode": "P", "version": "2.5", "charset": "UNICODE UTF-8", **said,
    }
    ours, when = f"{given['ours']}^GUOHUAI" if given["ours"] else "", stamp(begins) if begins else ""
    head = f"MSH|^~\\&|HIS|{given['facility']}|{given['to']}|GUOHUAI|{stamp(said_at or datetime.now(UTC))}||"
    lines = [
        f"{head}SRM^{trigger}^SRM_S01|{given['control']}|{given['mode']}|{given['version']}||||||{given['charset']}",
        f"ARQ|{given['ref']}|{ours}||||ROUTINE|||||{when}||||HIS||||HIS",
        f"PID|1||H0042^^^HIS^MR~{given['patient']}^^^GUOHUAI^PI||陈^建国||19500101|M|||||13800001234",
        "RGS|1|A", *([f"AIG|1|A|{given['slot']}|SLOT"] if given["slot"] else []),
        *([f"AIP|1|A|{given['doctor']}"] if given["doctor"] else []), "",
    ]
    return "\r".join(lines).encode()


@dataclass(frozen=True)
class Engine:
    """A sender: the listener's port, whom it believes, and what it shows."""

    port: int
    trusted: Path
    shown: Path | None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname = False  # a name of this machine
        tls.load_verify_locations(self.trusted)
        if self.shown is not None:
            tls.load_cert_chain(self.shown)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def told(self, *messages: bytes) -> list[tuple[str, str]]:
        """Say these, one after the other on one connection; each acknowledgment's word and error."""
        async with self.connected() as (reader, writer):
            found = []
            for one in messages:
                writer.write(START + one + END)
                found.append(word(await heard(reader), one))
            return found

    async def says(self, trigger: str, **said: object) -> tuple[str, str]:
        """The same of one message that is written here."""
        return (await self.told(message(trigger, **said)))[0]  # type: ignore[arg-type]

    async def asks(self, *requests: bytes) -> list[list[er7.Segment]]:
        """Each request's whole answer."""
        async with self.connected() as (reader, writer):
            found = []
            for one in requests:
                writer.write(START + one + END)
                found.append(await heard(reader))
            return found

    async def raw(self, *chunks: bytes) -> bytes:
        """What comes back for these bytes before the other side hangs up, or two seconds are over."""
        async with self.connected() as (reader, writer):
            with suppress(OSError):
                for one in chunks:
                    writer.write(one)
                    await writer.drain()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(2):
                    return await reader.read()
            return b"still there"

    def showing(self, shown: Path | None) -> "Engine":
        """Another sender at the same door."""
        return replace(self, shown=shown)


async def heard(reader: asyncio.StreamReader) -> list[er7.Segment]:
    """One acknowledgment."""
    async with asyncio.timeout(10):
        frame = await reader.readuntil(END)
    assert frame.startswith(START)
    return er7.parse(frame[1:-len(END)])


def word(answer: list[er7.Segment], asked: bytes) -> tuple[str, str]:
    """MSA-1 and ERR-3 of an acknowledgment of just this message."""
    control = er7.parse(asked.decode("utf-8", "replace").encode())[0].part(10)
    (acknowledged,) = [one for one in answer if one.name == "MSA"]
    assert acknowledged.part(2) == control
    return acknowledged.part(1), next((one.part(3) for one in answer if one.name == "ERR"), "")


@asynccontextmanager
async def listening(doors: Doors, folder: Path, *systems: str) -> AsyncIterator[dict[str, Engine]]:
    """The worker's own listener, as its settings say; an engine for each of these systems, and `nobody`, `stranger`, `old`."""
    ours, known = certificate(folder, "guohuai"), folder / "peers"
    known.mkdir()
    shown = {name: certificate(folder, name) for name in (*systems, "stranger")} | {"old": certificate(folder, "old", days=-1)}
    for name in (*systems, "old"):
        public(shown[name], known, name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {"mllp_listen": f"127.0.0.1:{port}", "mllp_certificate": str(ours), "mllp_peers": str(known)}
    with patch.object(doors.running, "settings", doors.running.settings.model_copy(update=said)):
        task = asyncio.create_task(jobs.listen(doors.running))
        try:
            await _open(port, task)
            yield {name: Engine(port, ours, file) for name, file in {**shown, "nobody": None}.items()}
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _open(port: int, task: "asyncio.Task[None]") -> None:
    for _ in range(100):
        if task.done():
            task.result()
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
