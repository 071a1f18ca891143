"""Whether a person agrees that they belong to a room: by their own yes, or by papers that two members of staff saw."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict, Forbidden
from services.identity.domain.two_looks import LOOKS, NotByTheSame

# `asked` waits. It holds by the `person`'s yes, also to an `owner` who invited them, by `papers` that two saw, by the `sheet`
# that made the person, or was there first (`operator`). It is over as `denied` by its person, or `lapsed`: nobody answered, or
# five second looks read another name.
Agreement = Literal["asked", "person", "owner", "papers", "sheet", "operator", "denied", "lapsed"]
OWN_YES = frozenset({"person", "owner"})
GUESSED = timedelta(days=30)  # so long five looks that read another name are all there are of one person, in whatever rooms
WAITS = timedelta(days=7)  # for an answer; and so long who did not say yes themselves may still say that it is not they


class BindingThere(Conflict):
    """Somebody belongs to a room once; it holds already, or waits for the person's answer."""

    zh = "该人员已登记在该房屋，或正在等待本人确认"


class BindingAgreed(Conflict):
    """It was agreed to already, by the person or by the papers that two members of staff saw."""

    zh = "该住户登记已经确认"


class BindingOver(Conflict):
    """It ended, was denied by its person, or waited for a week without an answer."""

    zh = "该住户登记已经结束或已过期"


class BindingUnanswered(Conflict):
    """What its person has not said yes to is no home of theirs: they say yes, or that it is not they."""

    zh = "该住户登记尚待您确认，请先确认，或选择“不是我”"


class ObjectionLate(Conflict):
    """Whoever did not say yes themselves has seven days to say that it is not they; later staff of the area end it."""

    zh = "已超过七天，不能再否认；如已搬离或登记有误，请联系社区工作人员"


class BindingDiffers(Conflict):
    """The name that the second member of staff reads in the papers is not the one by which the person is known."""

    zh = "所填姓名与该人员的不一致，请核对证件；确非本人的，请结束该登记"
    keeps = True


class DeniedBefore(Forbidden):
    """Whom a person contradicted does not bind them to that room again: another member of staff looks into it."""

    zh = "本人已否认您作出的该住户登记，须由另一名工作人员核实后办理"


@dataclass(eq=False, kw_only=True)
class Agreed:
    """How it was agreed to, when, and by whom; what nobody agreed to holds nowhere (PIPL articles 5, 7 and 46)."""

    agreement: Agreement = "asked"
    asked_at: datetime | None = None
    agreed_at: datetime | None = None
    agreed_by: UUID | None = None
    evidence: str | None = None  # which papers the second look was at
    differed: int = 0

    def settle(self, how: Agreement, *, by: UUID | None, at: datetime, evidence: str | None = None) -> None:
        """It is agreed to from now on."""
        self.agreement, self.agreed_by, self.agreed_at, self.evidence = how, by, self.agreed_at or at, evidence

    def must_wait(self, at: datetime) -> None:
        """BindingAgreed, BindingOver, unless it waits for an answer."""
        if self.agreement != "asked":
            raise BindingAgreed
        if self.asked_at is not None and at - self.asked_at >= WAITS:
            raise BindingOver

    def must_be_deniable(self, at: datetime) -> None:
        """BindingAgreed of who said yes themselves; ObjectionLate. Whom a sheet made was told nothing before they signed in."""
        if self.agreement in OWN_YES:
            raise BindingAgreed
        if self.agreement in {"papers", "operator"} and self.agreed_at is not None and at - self.agreed_at >= WAITS:
            raise ObjectionLate

    def look(self, *, by: UUID, but: set[UUID | None], is_theirs: bool, papers: str, at: datetime) -> bool:
        """The second pair of eyes: whether no look is left. NotByTheSame; a name that is not the person's counts as a look."""
        if by in but:
            raise NotByTheSame
        if is_theirs:
            self.settle("papers", by=by, at=at, evidence=papers)
            return False
        self.differed += 1
        return self.differed >= LOOKS
