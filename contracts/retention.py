"""How long each class of personal data is kept (保存期限), and the one way in which every service ends it.

PIPL article 19: no longer than the purpose needs. What the law wants kept longer is `least`: no policy goes below it, and
who starts on one that does is refused. Ages are days; a community may have its own in `retention.json`, all else has the default.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from prometheus_client import Counter

Batch = Callable[[Any], Awaitable[int]]
BATCH = 200  # rows a transaction, so that nobody waits for one that ends ten years
ENDED = Counter("guohuai_retention_ended", "Rows whose time was over, deleted or de-identified", ["class"])


class RetentionUnlawful(Exception):
    """A policy keeps something shorter than the law wants, or speaks of what is no class: nothing starts on it."""


@dataclass(frozen=True)
class Kept:
    """A class of personal data: how many days it is kept, at least how many the law wants, and what becomes of it."""

    days: int
    least: int
    becomes: Literal["deleted", "de-identified"]
    law: str


_LOGS = "Cybersecurity Law article 21(3): logs, six months"
_NONE = "PIPL article 19: the purpose alone"
CLASSES: Mapping[str, Kept] = {
    "reports.reporter": Kept(1095, 183, "de-identified", "民法典 article 188: three years for a claim; " + _LOGS),
    "health.booking": Kept(1095, 183, "de-identified", "民法典 article 188; visits' records are the hospital's. " + _LOGS),
    "health.note": Kept(1095, 183, "deleted", "with the booking; the record that is kept for years is the hospital's. " + _LOGS),
    "health.breach": Kept(1095, 183, "deleted", "民法典 article 188: three years for a claim; " + _LOGS),
    "health.contract": Kept(1095, 183, "deleted", "民法典 article 188: three years for a claim, from its end; " + _LOGS),
    "health.evidence": Kept(1095, 183, "deleted", "as long as a booking that rests on it; " + _LOGS),
    "health.wait": Kept(183, 183, "deleted", _LOGS),
    "notify.notice": Kept(365, 30, "deleted", _NONE),
    "gate.command": Kept(400, 183, "de-identified", _LOGS),
    "identity.session": Kept(200, 183, "deleted", _LOGS),
    "identity.access": Kept(1095, 183, "deleted", "PIPL articles 44 and 55 to 56: what one was told of, three years; " + _LOGS),
    "identity.import": Kept(1095, 183, "deleted", _LOGS),
    "identity.invitation": Kept(200, 183, "deleted", _LOGS),
}


def _read(said: str) -> Mapping[str, Mapping[str, int]]:
    """Community → class → days; RetentionUnlawful."""
    policy: dict[str, dict[str, int]] = json.loads(said)["communities"]
    for community, ages in policy.items():
        for name, days in ages.items():
            if name not in CLASSES or days < CLASSES[name].least:
                raise RetentionUnlawful(f"{community}: {name} {days}")
    return policy


POLICY = _read(Path(__file__).with_name("retention.json").read_text(encoding="utf-8"))


def due(name: str, at: Any, now: datetime, *, area: Any = None, policy: Mapping[str, Mapping[str, int]] = POLICY) -> Any:
    """Which rows of a class are over: `at` is the column of their time, `area` of their place, where they have one."""
    over = at <= now - timedelta(days=CLASSES[name].days)
    for community, ages in policy.items() if area is not None else ():
        if name in ages:
            here = area.op("<@", is_comparison=True)(community)
            over = (here & (at <= now - timedelta(days=ages[name]))) | (~here & over)
    return over


async def end(do: Callable[[Batch], Awaitable[int]], name: str, batch: Batch) -> None:
    """Batch after batch, each a transaction of its own, until nothing is due: who is killed goes on later, twice is once."""
    while count := await do(batch):
        ENDED.labels(name).inc(count)
