"""`python -m bench.listeners PORT`: so many open streams; tokens come on the standard input, a count a line goes out when all have heard."""

import asyncio
import sys
from functools import partial


class Listener(asyncio.Protocol):
    """One client; counts complete events, not comments."""

    def __init__(self, request: bytes, heard: "Heard") -> None:
        self._request, self._heard = request, heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._heard.opened += data.count(b": still here")
        self._heard.events += data.count(b"event: reports")


class Heard:
    """What all have heard together."""

    opened = events = 0


async def main(port: int) -> None:
    """Open them all, then say how much was heard twenty times a second, while it grows."""
    heard, loop = Heard(), asyncio.get_running_loop()
    tokens = sys.stdin.read().split()
    for n, token in enumerate(tokens):
        request = f"GET /api/v1/live HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n".encode()
        await loop.create_connection(partial(Listener, request, heard), "127.0.0.1", port)
        if n % 100 == 99:
            await asyncio.sleep(0.02)
    while True:
        print(heard.opened, heard.events, flush=True)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
