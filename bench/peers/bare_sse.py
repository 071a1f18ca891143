"""The floor: asyncio alone, one ready-made line written to everybody. `python -m bench.peers.bare_sse PORT`; SIGUSR1 sends one."""

import asyncio
import signal
import sys

_LINE = b"id: 0197a000-0000-7000-8000-000000000000\nevent: reports.report_submitted.v1\ndata: " + b"x" * 150 + b"\n\n"
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: still here\n\n"
_open: set[asyncio.Transport] = set()


class Stream(asyncio.Protocol):
    """One client."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"GET / "):
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        elif data.endswith(b"\r\n\r\n"):
            self.transport.write(_HEAD)
            _open.add(self.transport)

    def connection_lost(self, _: Exception | None) -> None:
        _open.discard(self.transport)


def _tell() -> None:
    for one in _open:
        one.write(_LINE)


async def main(port: int) -> None:
    """Serve until ended."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, _tell)
    server = await loop.create_server(Stream, "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1])))
