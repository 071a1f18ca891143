"""Identity's clock, which tests of it move."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from builders.doors import Doors


@pytest.fixture
def later(identity_doors: Doors, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Move this service's clock forward: `later(minutes=5)`."""

    def shift(**by: float) -> None:
        offset = timedelta(**by)
        monkeypatch.setattr(identity_doors.running.settings.clock, "now", lambda: datetime.now(UTC) + offset)

    return shift
