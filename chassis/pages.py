"""Lists by keyset: a cursor is where the last page ended, so a page costs the same at any depth."""

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import Integer, Select, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Invalid

T = TypeVar("T")
COUNTED = 1001


class CursorRefused(Invalid):
    """The cursor was not given out by this list."""

    zh = "翻页标记无效，请从第一页重新开始"


class Page(BaseModel, Generic[T]):
    """One page; `next` is the cursor of the following one, null on the last."""

    items: Sequence[T]
    next: str | None
    total: int
    total_is: Literal["exact", "at_least"]


class Paging(BaseModel):
    """How much, and from where; a list's own filters extend it."""

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


async def page(
    session: AsyncSession, asked: Select[Any], key: Any, paging: Paging, values: dict[str, Any] | None = None
) -> Page[dict[str, Any]]:
    """Newest first by a time-ordered id; the count stops at 1,001. `values` are those of the question's parameters."""
    counted, window, further = _questions(asked, key)
    given = {**(values or {}), "limit": paging.limit + 1}
    total = await session.scalar(counted, values or {}) or 0
    after = paging.after
    found = session.execute(window, given) if after is None else session.execute(further, {**given, "after": after})
    rows = [dict(row) for row in (await found).mappings()]
    shown = rows[: paging.limit]
    more = base64.urlsafe_b64encode(shown[-1][key.name].bytes).decode() if len(rows) > paging.limit else None
    return Page(
        items=shown, next=more, total=min(total, COUNTED - 1), total_is="exact" if total < COUNTED else "at_least"
    )


@lru_cache(256)
def _questions(asked: Select[Any], key: Any) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """How many, the first page, a further page; a question that is asked again is the same object and is not built again."""
    within = asked.with_only_columns(literal_column("1"), maintain_column_froms=True).order_by(None).limit(COUNTED).subquery()
    window = asked.order_by(key.desc()).limit(bindparam("limit", type_=Integer))
    return select(func.count()).select_from(within), window, window.where(key < bindparam("after"))
