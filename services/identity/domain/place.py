"""Areas, units, assignments and bindings, and what makes them so."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import Conflict, Invalid
from contracts.area import Role, is_path
from contracts.identity import AreaChanged, AssignmentChanged, BindingChanged, UnitChanged

KINDS = ("district", "subdistrict", "community", "grid", "courtyard", "building", "unit", "room")


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
class Binding:
    """A person belongs to a room."""

    id: UUID
    person_id: UUID
    area: str
    kind: str
    approved_by: UUID | None
    starts_at: datetime
    ends_at: datetime | None = None

    @property
    def owner_id(self) -> UUID:
        return self.person_id

    def changed(self) -> BindingChanged:
        return BindingChanged(
            area=self.area, recipients=(self.person_id,), binding_id=self.id, person_id=self.person_id,
            kind=self.kind, starts_at=self.starts_at, ends_at=self.ends_at,
        )

    def corrected(self, kind: str, starts_at: datetime, ends_at: datetime | None) -> BindingChanged:
        """As what they belong to the room, since and until."""
        self.kind, self.starts_at, self.ends_at = kind, starts_at, ends_at
        return self.changed()

    def end(self, *, at: datetime) -> BindingChanged:
        """The person has moved out."""
        if self.ends_at is not None:
            raise EndedAlready
        self.ends_at = at
        return self.changed()
