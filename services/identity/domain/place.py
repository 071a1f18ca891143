"""Areas, units, assignments and bindings, and what makes them so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.area import Role, is_path
from contracts.identity import AreaChanged, AssignmentChanged, BindingChanged, BindingDenied, BindingProposed, UnitChanged
from contracts.identity_homes import HelperChanged
from services.identity.domain.agreement import OWN_YES, WAITS, Agreed, BindingDiffers, BindingOver, BindingUnanswered
from services.identity.domain.two_looks import NotByTheSame

KINDS = ("district", "subdistrict", "community", "grid", "courtyard", "building", "unit", "room")
Belongs = Literal["owner", "tenant", "family", "helper"]  # 业主、租户、家属、护工
HELPS = timedelta(days=366)  # a helper's stay is said anew each year
_Stayed = BindingChanged | HelperChanged


class NotAnArea(Invalid):
    """A path is codes of letters, digits and underscores, joined by dots, one kind below the other."""

    zh = "区域编码不正确"


class NoSuchParent(Invalid):
    """An area is added below one that is there."""

    zh = "上级区域不存在"


class NoSuchUnit(Invalid):
    """A role is held for an organisation that is known."""

    zh = "没有这个单位"


class NotARoom(Invalid):
    """A person belongs to a room, not to a building, a grid or a community."""

    zh = "住户登记须选择具体房号"


class StayDatesUnfit(Invalid):
    """A stay ends after it began, and ahead; a helper's has an end, a year after it begins at most."""

    zh = "截止日期须晚于起始日期和当前时间；护工须填写截止日期，且不超过一年"


class AreaThere(Conflict):
    """The code is in use, or was once; codes are never used again."""

    zh = "该区域编码已存在"


class EndedAlready(Conflict):
    """An assignment or a binding ends once."""

    zh = "已经结束，无需重复操作"


@dataclass(eq=False)
class Area:
    """A node of the area tree."""

    id: UUID
    path: str
    kind: str
    name: str
    closed: bool = False

    @property
    def area(self) -> str:
        """An area lies in itself."""
        return self.path

    def __post_init__(self) -> None:
        if not is_path(self.path) or self.kind not in KINDS:
            raise NotAnArea

    @property
    def parent(self) -> str:
        """The path one step up, empty at the top."""
        return self.path.rpartition(".")[0]

    def renamed(self, name: str) -> AreaChanged:
        """It is called otherwise; the code stays."""
        self.name = name
        return self.added()

    def added(self) -> AreaChanged:
        return AreaChanged(
            area=self.path, area_id=self.id, path=self.path, kind=self.kind, name=self.name, closed=self.closed,
        )


@dataclass(eq=False)
class Unit:
    """An organisation that serves areas."""

    id: UUID
    area: str
    kind: str
    name: str
    parent_id: UUID | None
    serves: list[str]

    def added(self) -> UnitChanged:
        return UnitChanged(
            area=self.area, unit_id=self.id, kind=self.kind, name=self.name, parent_id=self.parent_id, serves=tuple(self.serves)
        )


@dataclass(eq=False)
class Assignment:
    """A person serves in a role for an area."""

    id: UUID
    person_id: UUID
    role: str
    area: str
    unit_id: UUID | None
    display_name: str
    granted_by: UUID | None
    starts_at: datetime
    ends_at: datetime | None = None
    basis: str = "granted"  # or `cover`, `emergency`
    reason: str | None = None  # of a cover or an emergency, a word of its list
    covers_id: UUID | None = None  # whose place is taken meanwhile
    is_ended: bool = False  # somebody ended it, before its day if it had one

    @property
    def owner_id(self) -> UUID:
        return self.person_id

    def changed(self) -> AssignmentChanged:
        return AssignmentChanged(
            area=self.area, recipients=(self.person_id,), assignment_id=self.id, person_id=self.person_id,
            role=Role(self.role), unit_id=self.unit_id, display_name=self.display_name,
            starts_at=self.starts_at, ends_at=self.ends_at, basis=self.basis,
        )

    def named(self, display_name: str) -> AssignmentChanged:
        """How who serves is called."""
        self.display_name = display_name
        return self.changed()

    def end(self, *, at: datetime) -> AssignmentChanged:
        """The person no longer serves; what was to begin later does not begin."""
        if self.is_ended or (self.ends_at is not None and self.ends_at <= at):
            raise EndedAlready
        self.is_ended, self.ends_at = True, max(at, self.starts_at)
        return self.changed()


@dataclass(eq=False)
class Binding(Agreed):
    """A person belongs to a room, once that is agreed to."""

    id: UUID
    person_id: UUID
    area: str
    kind: str
    approved_by: UUID | None
    starts_at: datetime
    ends_at: datetime | None = None
    is_ended: bool = False  # somebody ended it, before its day if it had one

    @property
    def owner_id(self) -> UUID:
        return self.person_id

    def changed(self, change: Literal["begun", "ended", "corrected"] | None = None) -> _Stayed:
        said: type[_Stayed] = HelperChanged if self.kind == "helper" else BindingChanged
        return said(
            area=self.area, recipients=(self.person_id,), binding_id=self.id, person_id=self.person_id,
            kind=self.kind, starts_at=self.starts_at, ends_at=self.ends_at, change=change,
        )

    def heard(self, change: Literal["ended", "corrected"] | None = None) -> _Stayed | None:
        """How it is now, for every service; nothing of what was never agreed to."""
        return self.changed(change) if self.agreed_at is not None else None

    def ask(self, at: datetime) -> BindingProposed:
        """It waits for the person's answer, and holds nowhere meanwhile."""
        self.asked_at = at
        return BindingProposed(
            area=self.area, recipients=(self.person_id,), binding_id=self.id, person_id=self.person_id, until=at + WAITS,
        )

    def agree(self, *, at: datetime) -> _Stayed | None:
        """The person says yes, but not to what they did themselves as staff. Where it holds already nobody else hears of it."""
        self.must_go_on(at)
        if self.approved_by == self.person_id:
            raise NotByTheSame
        if self.agreement in OWN_YES:  # whose invitation it was stays known
            return None
        if self.agreed_at is not None:
            self.settle("person", by=self.person_id, at=at)
            return None
        self.must_wait(at)
        self.settle("person", by=self.person_id, at=at)
        return self._begun(at)

    def second_look(self, *, by: UUID, is_theirs: bool, papers: str, at: datetime) -> _Stayed:
        """Another member of staff saw the person with their papers; BindingDiffers where these are somebody else's."""
        self.must_go_on(at)
        self.must_wait(at)
        is_last = self.look(by=by, but={self.approved_by, self.person_id}, is_theirs=is_theirs, papers=papers, at=at)
        if is_last:
            self.agreement, self.ends_at = "lapsed", at
        if not is_theirs:
            raise BindingDiffers
        return self._begun(at)

    def deny(self, *, at: datetime) -> list[BindingDenied | _Stayed]:
        """The person says that it is not they: it is over, and another member of staff hears of it."""
        self.must_go_on(at)
        self.must_be_deniable(at)
        doers = tuple(one for one in (self.approved_by, self.agreed_by) if one is not None)
        held = self.agreed_at is not None
        self.agreement, self.ends_at = "denied", at
        denied = BindingDenied(area=self.area, binding_id=self.id, person_id=self.person_id, bound_by=doers)
        return [denied, self.changed("ended")] if held else [denied]

    def corrected(self, kind: str, starts_at: datetime, ends_at: datetime | None) -> _Stayed | None:
        """As what they belong to the room, since and until; nobody hears of what is not agreed to."""
        self.kind, self.starts_at, self.ends_at = kind, starts_at, ends_at
        return self.heard("corrected")

    def end(self, *, at: datetime) -> _Stayed | None:
        """The person has moved out, before its day if it had one, or it was a mistake that nobody agreed to."""
        is_over = self.is_ended or self.agreement in {"denied", "lapsed"}  # whatever the clocks say
        if is_over or (self.ends_at is not None and self.ends_at <= at):
            raise EndedAlready
        self.is_ended, self.ends_at = True, at
        return self.heard("ended")

    def leave(self, *, at: datetime) -> _Stayed:
        """The person says themselves that they moved out."""
        if self.agreement == "asked":
            raise BindingUnanswered
        self.end(at=at)
        return self.changed("ended")

    def must_go_on(self, at: datetime) -> None:
        """BindingOver of what has ended, was denied or has lapsed."""
        if self.is_ended or self.agreement in {"denied", "lapsed"} or (self.ends_at is not None and self.ends_at <= at):
            raise BindingOver

    def _begun(self, at: datetime) -> _Stayed:
        self.starts_at = max(self.starts_at, at)
        return self.changed("begun")


def must_fit(kind: str, since: datetime, until: datetime | None, *, at: datetime) -> None:
    """StayDatesUnfit, unless somebody may belong to a room as this from then until then."""
    if until is not None and until <= max(since, at):
        raise StayDatesUnfit
    if kind == "helper" and (until is None or until - since > HELPS):
        raise StayDatesUnfit
