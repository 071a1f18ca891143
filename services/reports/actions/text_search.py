"""搜索正文: words in what people wrote, which is sealed: it is opened in memory, and nothing searchable is kept of it."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from chassis.db import Work
from chassis.pages import Paging
from chassis.rights import Actor
from services.reports.actions import looking
from services.reports.domain.worklist import Filters

MOST = 1000  # texts opened for one question
_AT_ONCE = 100


@dataclass(frozen=True)
class Found:
    """What has all the words, newest first; where to go on, and how many were looked at."""

    items: list[dict[str, Any]]
    next: str | None
    looked: int


async def search(work: Work, *, by: Actor, q: str, limit: int, cursor: str | None, **filters: object) -> Found:
    """Of the reports this person may see, those whose text has all of one to four words, until there are enough of them.

    It ends after a thousand texts, or with the hundred in which the last of `limit` was found. SoughtUnfit.
    """
    by.scope("reports.read")  # who may not look is told so, whatever they look for
    words = [_plain(word) for word in Filters(q=q).words]
    found: list[dict[str, Any]] = []
    looked, at = 0, Paging(limit=_AT_ONCE, cursor=cursor)
    while True:
        page = await looking.worklist(work, by=by, paging=at, mine=False, **filters)
        looked += len(page.items)
        found += [one for one in page.items if one["text"] != looking.FORGOTTEN and _has(_plain(one["text"]), words)]
        if page.next is None or len(found) >= limit or looked >= MOST:
            break
        at = Paging(limit=_AT_ONCE, cursor=page.next)
    if by.assignments:  # what was looked for is said nowhere: it may be a name
        await work.audit("reports.search", f"person/{by.id}", actor=by.id, reason=f"{looked} looked at, {len(found)} found")
    return Found(found, page.next, looked)


def _plain(said: str) -> str:
    """However wide the letters and figures are, and however large."""
    return unicodedata.normalize("NFKC", said).casefold()


def _has(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)
