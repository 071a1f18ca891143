"""Somebody else's system that is told of things, over TLS: what it was sent, and what it answers."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.outgoing import Caller, is_public

NAME = "told.elsewhere.example"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
AGREED = b"HTTP/1.1 200 OK\r\nwebhook-allowed-origin: *\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
BUSY = b"HTTP/1.1 503 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass
class Receiver:
    """Its door."""

    port: int = 0
    answer: bytes = OK
    agrees: bytes = AGREED
    asked: list[dict[str, str]] = field(default_factory=list)
    waits: float = 0
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    looked: int = 0

    @property
    def endpoint(self) -> str:
        return f"https://{NAME}:{self.port}/hook"

    @property
    def told(self) -> list[tuple[str, str]]:
        """Which kinds, of which report, as they came."""
        said = [json.loads(body) for _, body in self.heard]
        return [(one["data"]["report_id"], one["type"]) for one in said]

    def caller(self, *found: str) -> Caller:
        """As the worker calls, but that the name leads here."""
        async def resolve(_: str, __: int) -> list[str]:
            self.looked += 1
            return list(found or ("127.0.0.1",))

        return Caller(resolve, (lambda _: True) if not found else is_public, lambda: self.trusted)

    async def took(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line]
        headers = {name.lower(): value for name, value in lines}
        if head.startswith("OPTIONS"):
            self.asked.append(headers)
        else:
            self.heard.append((headers, await reader.readexactly(int(headers["content-length"]))))
        await asyncio.sleep(self.waits)
        writer.write(self.agrees if head.startswith("OPTIONS") else self.answer)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()


def _certificate(folder: Any) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False).sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "hook.pem", folder / "hook.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return str(certificate), str(secret)


@asynccontextmanager
async def receiving(folder: Any) -> AsyncIterator[Receiver]:
    """It runs."""
    certificate, secret = _certificate(folder)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate, secret)
    made = Receiver(trusted=ssl.create_default_context(cafile=certificate))
    server = await asyncio.start_server(made.took, "127.0.0.1", 0, ssl=serving)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
