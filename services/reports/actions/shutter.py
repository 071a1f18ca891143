"""The process that covers faces and plates, ended when it takes too long or dies; it begins with the first photo."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from services.reports.domain.publication import Box

_SECONDS = 45.0  # a photo takes one of a core that is idle; it yields to everybody else, so that it may take long
_EYES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a thread costs 40 MB of address space


class NotCovered(Exception):
    """The photo was too much for it: nobody outside is shown it."""


@dataclass(frozen=True)
class Covered:
    """What is covered, in a picture of which size, and the copy: JPEG without metadata."""

    boxes: list[Box]
    size: tuple[int, int]
    copy: bytes


class Shutter:
    """Open while there is something to cover."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, broken: BaseException | None, at: TracebackType | None) -> None:
        await self._end()

    async def cover(self, content: bytes, boxes: Sequence[Box] | None) -> Covered:
        """A copy in which these are covered; without them, what is looked for and found. NotCovered."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._asked(await self._running(), content, boxes)
        except (OSError, EOFError, ValueError) as dead:  # in time or not (TimeoutError is an OSError)
            await self._end()
            raise NotCovered from dead

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.reports.actions.blinds", env=_EYES,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )
        return self._process

    async def _asked(self, process: asyncio.subprocess.Process, content: bytes, boxes: Sequence[Box] | None) -> Covered:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        asked = {"length": len(content), "boxes": None if boxes is None else [asdict(one) for one in boxes]}
        process.stdin.write(json.dumps(asked).encode() + b"\n" + content)
        await process.stdin.drain()
        said = json.loads(await process.stdout.readuntil(b"\n"))
        copy = await process.stdout.readexactly(said["copy"])
        return Covered([Box(**one) for one in said["boxes"]], (said["size"][0], said["size"][1]), copy)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
