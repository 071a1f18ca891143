"""The darkroom: a process of its own that decodes what strangers sent, ended when it takes too long or dies."""

import asyncio
import contextlib
import json
import sys
from types import TracebackType
from typing import Self

from services.reports.actions.images import NotAPhoto, Photo

_SECONDS = 8.0  # a photo of a good phone takes a tenth of one


class Darkroom:
    """Open while there is something to develop; the process begins with the first photo."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, broken: BaseException | None, at: TracebackType | None) -> None:
        await self._end()

    async def develop(self, content: bytes) -> Photo:
        """The photo's two sizes; NotAPhoto with the reason, which is also that it could not be done in time."""
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._asked(await self._running(), content)
        except TimeoutError:
            await self._end()
            raise NotAPhoto("too-costly") from None
        except (OSError, EOFError, ValueError) as dead:  # it was killed, by itself or by the machine
            await self._end()
            raise NotAPhoto("too-costly") from dead

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.reports.actions.images", env={},  # no keys beside a stranger's file
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )
        return self._process

    async def _asked(self, process: asyncio.subprocess.Process, content: bytes) -> Photo:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(len(content).to_bytes(4, "big") + content)
        await process.stdin.drain()
        said = json.loads(await process.stdout.readuntil(b"\n"))
        if "reason" in said:
            raise NotAPhoto(said["reason"])
        web, thumb = [await process.stdout.readexactly(said[name]) for name in ("web", "thumb")]
        looks = bytes.fromhex(said["looks"]) if said["looks"] is not None else None
        return Photo(web, thumb, said["width"], said["height"], looks)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
