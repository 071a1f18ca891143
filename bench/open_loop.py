"""`python -m bench.open_loop URL RATE SECONDS [TOKEN]`: requests at a fixed rate, latency counted from when each was due."""

import asyncio
import json
import random
import sys
import time
from urllib.parse import urlsplit

from bench.harness import percentile

_CONNECTIONS = 16


async def main(url: str, rate: float, seconds: float, bearer: str) -> None:
    """Print p50, p95 and p99 in microseconds, and how many were lost."""
    place = urlsplit(url)
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    head = f"GET {target} HTTP/1.1\r\nhost: {place.netloc}\r\n"
    request = (head + (f"authorization: Bearer {bearer}\r\n" if bearer else "") + "\r\n").encode()
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(_CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection(place.hostname, place.port))
    took: list[float] = []

    async def one(due: float) -> None:
        reader, writer = await idle.get()
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append((time.perf_counter() - due) * 1e6)
        idle.put_nowait((reader, writer))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode()[:200])

    due, tasks, chance = time.perf_counter(), [], random.Random(1)  # noqa: S311 - gaps between requests
    ends = due + seconds
    while due < ends:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due)))
        due += chance.expovariate(rate)
    await asyncio.gather(*tasks)
    print(json.dumps({"p50": percentile(took, 50), "p95": percentile(took, 95), "p99": percentile(took, 99), "count": len(took)}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else ""))
