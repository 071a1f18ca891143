"""A line straight to an open connection: a message, a coroutine and its first step for each of thousands cost as much as it.

That takes names of uvicorn that are not public: they are used in this file alone, `pipe_of` looks each time whether they are
still what they were, and a connection that does not fit gets its lines through ASGI's `send` (decision 0021).
"""

from functools import lru_cache
from typing import Any


def pipe_of(send: Any) -> tuple[Any, Any]:
    """The server's flow control and transport of a response that has begun and goes out in chunks; twice None if none fit.

    That is when the server is another, or has changed.
    """
    cycle = getattr(send, "__self__", None)
    fits = (
        getattr(cycle, "chunked_encoding", None) is True and getattr(cycle, "response_complete", None) is False
        and hasattr(getattr(cycle, "flow", None), "write_paused")
        and callable(getattr(getattr(cycle, "transport", None), "write", None))
    )
    return (cycle.flow, cycle.transport) if cycle is not None and fits else (None, None)


def written(flow: Any, transport: Any, wire: bytes) -> bool:
    """Write one chunk (RFC 9112, 7.1), unless the client is behind: False, and nothing is written."""
    if flow.write_paused:
        return False
    if not transport.is_closing():
        transport.write(_chunk(wire))
    return True


@lru_cache(maxsize=16)
def _chunk(wire: bytes) -> bytes:
    """The same bytes for everybody: a copy for each of thousands has left the processor's cache before it is sent."""
    return b"%x\r\n%b\r\n" % (len(wire), wire)
