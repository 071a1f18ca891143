"""The line to one hospital's system: how long it is waited for, how many wait at once, and when it is left alone.

Addresses, answers and errors are quoted nowhere: what a hospital says may name a patient.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WAIT = 3.0  # seconds for one answer
_AT_ONCE = 16  # whoever comes while so many wait asks later
_FAILURES, _PAUSE = 5, timedelta(seconds=10)  # after so many in a row it is left alone for so long

log = logging.getLogger(__name__)


class Unasked(Exception):
    """It cannot have heard: it was not asked, or could not be reached, or said that it does nothing now."""


class Silent(Exception):
    """It may have heard, and gave no answer that is one."""


@dataclass
class Line:
    """Whether it has answered lately."""

    name: str
    _failures: int = field(default=0, init=False)
    _left_alone_until: datetime | None = field(default=None, init=False)
    _waiting: int = field(default=0, init=False)

    @asynccontextmanager
    async def open(self, at: datetime) -> AsyncIterator[None]:
        """For one question; Unasked at once while it has not answered so often that asking would only make others wait."""
        if self._left_alone_until is not None and at < self._left_alone_until:
            raise Unasked
        if self._waiting >= _AT_ONCE:
            raise Unasked
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT):
                yield
        except TimeoutError:
            raise self.failed(at, Silent("no answer in time")) from None
        except (Silent, Unasked) as failed:
            raise self.failed(at, failed) from None
        else:
            self._failures = 0
        finally:
            self._waiting -= 1

    def failed(self, at: datetime, failed: Silent | Unasked) -> Silent | Unasked:
        """Count it; it is left alone when there are too many."""
        self._failures += 1
        if self._failures >= _FAILURES:
            self._left_alone_until = at + _PAUSE
        facts = {"system": self.name, "why": str(failed), "in_a_row": self._failures}
        log.warning("a hospital did not answer", extra={"facts": facts})
        return failed
