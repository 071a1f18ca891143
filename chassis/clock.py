"""The only place that asks the time.

In the demo one small file shifts the clock of all processes together: it holds the offset in seconds.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_LOOK_AGAIN = 0.5


class Clock:
    """The time, moved by what the offset file says; without a file, the time itself."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._offset = timedelta()
        self._looked = -_LOOK_AGAIN

    def now(self) -> datetime:
        """The present moment, in UTC."""
        if self._file is not None and time.monotonic() - self._looked >= _LOOK_AGAIN:
            self._looked = time.monotonic()
            self._offset = _offset(self._file)
        return datetime.now(UTC) + self._offset


def _offset(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text() or 0))
    except (OSError, ValueError):
        return timedelta()
