"""Hospitals' systems come in over MLLP (HL7 transport specification, MLLP release 1) inside TLS, each by its own certificate.

Who speaks is the certificate that the sender shows (mutual TLS, as IHE ATNA ITI-19 has it): stock interface engines can, and
nothing in a message (MSH-3, -4, -8) is a secret. Each hospital's certificate lies in a file `<system>.pem` of one folder, is
compared whole, and speaks for that system alone; several in one file overlap while one is changed for the next.
"""

import asyncio
import logging
import re
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

START, END = b"\x0b", b"\x1c\r"
LARGEST = 64 * 1024  # bytes of a frame; an appointment with all its resources has two to four thousand
HANDSHAKE, FRAME, IDLE = 5.0, 10.0, 900.0  # seconds: for TLS, from a frame's first byte to its last, between two frames
PER_SYSTEM = 16  # connections
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

Answer = Callable[[str, bytes], Awaitable[bytes | None]]  # the system that speaks, its message; none: nothing to say, and the end

log = logging.getLogger(__name__)


class NoPeers(Exception):
    """Nobody could be known; a listener that lets in anybody is none."""


def peers(folder: Path) -> dict[bytes, str]:
    """Which certificate (DER) is which system's; NoPeers if there is none, or two systems share one."""
    found: dict[bytes, str] = {}
    for file in sorted(folder.glob("*.pem")):
        for one in _PEM.findall(file.read_text(encoding="ascii")):
            der = ssl.PEM_cert_to_DER_cert(one)
            if found.setdefault(der, file.stem) != file.stem:
                raise NoPeers(f"{file.stem} and {found[der]} have the same certificate")
    if not found:
        raise NoPeers(f"no certificates in {folder}")
    return found


def context(certificate: Path, known: dict[bytes, str]) -> ssl.SSLContext:
    """TLS 1.2 or newer, that ends before a word is said unless one of these certificates is shown, in its time."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(certificate)
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # each is its own root, whoever signed it
    for der in known:
        made.load_verify_locations(cadata=der)
    return made


@dataclass
class Listener:
    """The door of all hospitals' systems in this process."""

    known: dict[bytes, str]
    answer: Answer
    _open: Counter[str] = field(default_factory=Counter, init=False)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set, init=False)

    async def serve(self, host: str, port: int, tls: ssl.SSLContext, ready: Callable[[int], None] = lambda _: None) -> None:
        """Until it is cancelled; whoever is connected then is sent away, and says again what was not acknowledged."""
        server = await asyncio.start_server(
            self._connected, host, port, limit=LARGEST, ssl=tls, ssl_handshake_timeout=HANDSHAKE,
        )
        ready(server.sockets[0].getsockname()[1])
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for one in self._writers:
                one.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        system = self.known.get(writer.get_extra_info("ssl_object").getpeercert(binary_form=True) or b"")
        if system is None or self._open[system] >= PER_SYSTEM:
            writer.close()
            return
        self._open[system] += 1
        self._writers.add(writer)
        try:
            while await self._answered(system, reader, writer):
                pass
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError) as gone:
            log.debug("a hospital's system went away", extra={"facts": {"system": system, "why": type(gone).__name__}})
        finally:
            self._open[system] -= 1
            self._writers.discard(writer)
            writer.close()

    async def _answered(self, system: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One message and its answer; false if there was none, and the connection has no more use."""
        async with asyncio.timeout(IDLE):
            first = await reader.readexactly(1)
        if first != START:
            return False
        async with asyncio.timeout(FRAME):
            frame = await reader.readuntil(END)
        said = await self.answer(system, frame[:-len(END)])
        if said is None:
            return False
        writer.write(START + said + END)
        async with asyncio.timeout(FRAME):
            await writer.drain()
        return True
