"""`python -m bench.peers.alone hash|verify COUNT`: microseconds of CPU one costs, with nothing around it."""

import asyncio
import sys
import time
from uuid import uuid4

from joserfc.jwk import KeySet

from bench.tokens import KEY, token
from chassis.auth import Verifier
from chassis.clock import Clock
from services.identity.actions.people import HASHER

_ISSUER = "http://localhost"


class _Known(Verifier):
    """A verifier that has fetched the keys."""

    async def _fetch(self) -> None:
        self._keys, self._fetched = KeySet([KEY]), time.monotonic()


async def _verified(count: int) -> float:
    verifier, tokens = _Known(_ISSUER, "", Clock()), [token(uuid4(), _ISSUER) for _ in range(count)]
    began = time.process_time()
    for one in tokens:
        await verifier.verify(one)
    return time.process_time() - began


def _hashed(count: int) -> float:
    said = HASHER.hash("a password")
    began = time.process_time()
    for _ in range(count):
        HASHER.verify(said, "a password")
    return time.process_time() - began


def main(what: str, count: int) -> None:
    """Print it."""
    used = asyncio.run(_verified(count)) if what == "verify" else _hashed(count)
    print(used / count * 1e6)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
