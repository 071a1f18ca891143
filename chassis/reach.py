"""Whose rows a transaction sees where a table has row security: nobody's, unless it was said as it began.

The policies of a service's migrations read it as settings that end with the transaction: `guohuai.reach`, a word of the service's
own, `guohuai.person`, `guohuai.areas` (an array of ltree) and `guohuai.now`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

_SAID = """select set_config('guohuai.reach', $1, true), set_config('guohuai.person', $2, true),
    set_config('guohuai.areas', $3, true), set_config('guohuai.now', $4, true)"""


@dataclass(frozen=True)
class Reach:
    """For whom a transaction looks; without a word it sees nothing, and nothing is said."""

    word: str = ""
    person: UUID | None = None
    areas: tuple[str, ...] = ()

    async def say(self, driver: Any, now: datetime) -> None:
        """Until this transaction ends, or another is said."""
        areas = ",".join(self.areas)  # labels of letters, digits and underscores: nothing of an array's own signs
        await driver.execute(_SAID, self.word, str(self.person or ""), f"{{{areas}}}", now.isoformat())


NOBODY = Reach()
SERVICE = Reach("service")  # what a service does by itself: consumers, jobs, commands
