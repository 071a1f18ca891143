"""保存的视图: a question somebody puts again and again, under a name; their own, or shared with those of their unit."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import Conflict, Forbidden
from services.reports.domain.worklist import Filters, List, Order, Question, ViewOutdated

MOST = 20  # of a person, and of a unit
LONGEST_NAME = 40
_KEPT_ORDERS = frozenset({Order.DUE, Order.NEW})  # by distance from where one stood is no question for another day


class ViewThere(Conflict):
    """A name stands for one view: of a person, and among those of a unit."""

    zh = "已有同名的视图，请换一个名称"


class ViewsEnough(Conflict):
    """A person keeps twenty views at most, and a unit shares twenty."""

    zh = "保存的视图已达 20 个，请先删除不用的视图"


class NotInTheUnit(Forbidden):
    """A view is shared in a unit by who serves in it."""

    zh = "您不在该单位任职，不能向其共享视图"


@dataclass(eq=False)
class View:
    """A question that was kept; `said` is what it asks, in words that are read again whenever it is put."""

    id: UUID
    area: str
    owner_id: UUID
    unit_id: UUID | None
    name: str
    list_name: str
    order_name: str
    saved_at: datetime
    said: dict[str, Any] = field(default_factory=dict)

    def question(self) -> Question:
        """As it can be put now; ViewOutdated if its list, its order or a filter is none any more."""
        known = {one.value for one in List}, {one.value for one in _KEPT_ORDERS}
        names = {"worklist": self.list_name in known[0], "order": self.order_name in known[1]}
        if not all(names.values()):
            raise ViewOutdated(fields=[name for name, holds in names.items() if not holds])
        return Question(List(self.list_name), Order(self.order_name), Filters.read(self.said))

    def outdated(self) -> list[str]:
        """Which of its words are none any more."""
        try:
            self.question()
        except ViewOutdated as refused:
            return list(refused.extra["fields"])
        return []
