"""我也遇到: a neighbour meets what a report says; one voice a person, counted, never named."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.errors import Conflict
from chassis.rights import Answer, Permission, can
from contracts.area import community_of
from services.reports.domain.anchor import NARROWEST
from services.reports.domain.machine import Status

_OVER = frozenset({Status.RESOLVED, Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})


class OwnReport(Conflict):
    """Whoever filed a report has said so already; a voice is another's."""

    zh = "这是您自己的报事，无需再点“我也遇到”"


class ReportOver(Conflict):
    """A voice is given while something is being done; whoever meets it again afterwards reports it anew."""

    zh = "该报事已办结或不再处理，如仍有问题请重新报事"


@dataclass(frozen=True)
class _Spot:
    area: str


@dataclass(frozen=True)
class Neighbourly(Permission):
    """An act of whoever lives in the community, on what lies where all pass; what lies in a dwelling is its people's own."""

    def check(self, thing: Any) -> None:
        """Whoever lives in the community may; of all others as ever: NotFound, or who sees it and may not is told so."""
        public = thing.area.count(".") + 1 <= NARROWEST
        if getattr(thing, "parent_id", None) is not None:  # a part is the staff's, wherever one lives
            Permission(self.actor, self.action, replace(self.rule, neighbours=False)).check(thing)
        if not public or can(self.actor, self.rule, _Spot(community_of(thing.area))) is not Answer.ALLOWED:
            super().check(thing)


def neighbourly(asked: Permission) -> Neighbourly:
    """The permission, asked of the community."""
    return Neighbourly(asked.actor, asked.action, asked.rule)


@dataclass(eq=False)
class Support:
    """One person's voice for one report."""

    report_id: UUID
    person_id: UUID
    supported_at: datetime
    retracted_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether it was not taken back."""
        return self.retracted_at is None


def must_take_voice(status: Status, *, reporter: UUID, of: UUID) -> None:
    """Whether a report takes this person's voice: OwnReport, ReportOver."""
    if of == reporter:
        raise OwnReport
    if status in _OVER:
        raise ReportOver
