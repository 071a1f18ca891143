"""Lists by keyset: a cursor is where the last page ended, so a page costs the same at any depth."""

import base64
import binascii
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Column, ColumnElement, Integer, Select, bindparam, func, literal_column, select

from chassis.db import Work
from chassis.errors import Invalid
from chassis.prepared import Prepared
from chassis.rights import Scope

T = TypeVar("T")
COUNTED = 1001


class CursorRefused(Invalid):
    """The cursor was not given out by this list."""

    zh = "翻页标记无效，请从第一页重新开始"


class Page(BaseModel, Generic[T]):
    """One page; `next` is the cursor of the following one, null on the last."""

    items: list[T]
    next: str | None
    total: int
    total_is: Literal["exact", "at_least"]


class Paging(BaseModel, extra="forbid"):
    """How much, and from where; a list's own filters extend it. What it does not know is refused, not passed over."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: Annotated[str | None, Field(max_length=64)] = None

    @property
    def after(self) -> UUID | None:
        """The id the page begins after; CursorRefused if it is none of ours."""
        if self.cursor is None:
            return None
        try:
            return UUID(bytes=base64.b64decode(self.cursor, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error):
            raise CursorRefused from None


class Listing:
    """A list: its rows by a time-ordered key, newest first or, when it is rising, soonest first, and what one may ask of it.

    Each way of asking is built once.
    """

    def __init__(self, rows: Select[Any], key: Column[Any], *, rising: bool = False, **filters: ColumnElement[bool]) -> None:
        self.rows, self.key, self.filters, self.rising = rows, key, filters, rising

    async def page(self, work: Work, paging: Paging, scope: Scope | None = None, **given: Any) -> Page[dict[str, Any]]:
        """What the scope reaches; a filter is in force when its value is neither None nor False. The count stops at 1,001."""
        asked = frozenset(name for name in self.filters if given.get(name) is not None and given[name] is not False)
        after = paging.after
        counted, window = _questions(self, asked, further=after is not None)
        values = {**given, **(vars(scope) if scope is not None else {}), "limit": paging.limit + 1, "after": after}
        rows = await work.rows(window, **values)
        total = rows[0]["counted"] if rows else await work.value(counted, **values)
        shown = [dict(row) for row in rows[: paging.limit]]
        more = base64.urlsafe_b64encode(shown[-1][self.key.name].bytes).decode() if len(rows) > paging.limit else None
        return Page(items=shown, next=more, total=min(total, COUNTED - 1), total_is="exact" if total < COUNTED else "at_least")


@cache
def _questions(listing: Listing, asked: frozenset[str], *, further: bool) -> tuple[Prepared, Prepared]:
    """How many there are, alone for an empty page, and a page that says it with every row: one question, one moment."""
    rows = listing.rows.where(*(listing.filters[name] for name in sorted(asked)))
    within = rows.with_only_columns(literal_column("1"), maintain_column_froms=True).limit(COUNTED).subquery()
    counted = select(func.count()).select_from(within)
    window = rows.add_columns(counted.scalar_subquery().label("counted")).limit(bindparam("limit", type_=Integer))
    window = window.order_by(listing.key if listing.rising else listing.key.desc())
    after = bindparam("after", type_=listing.key.type)
    beyond = window.where(listing.key > after if listing.rising else listing.key < after) if further else window
    return Prepared(counted), Prepared(beyond)
