"""What identity tells the others: people, areas, units, who serves and who lives where."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event


class PersonRegistered(Event):
    """Somebody signed in for the first time, or was registered by staff."""

    topic: ClassVar[str] = "identity.person_registered.v1"
    aggregate: ClassVar[str] = "person"
    person_id: UUID


class AreaChanged(Event):
    """A node of the area tree was added, renamed, closed or moved; codes are never reused."""

    topic: ClassVar[str] = "identity.area_changed.v1"
    aggregate: ClassVar[str] = "area"
    area_id: UUID
    path: str
    kind: Literal["district", "subdistrict", "community", "grid", "courtyard", "building", "unit", "room"]
    name: str
    closed: bool = False
    moved_from: str | None = None


class UnitChanged(Event):
    """An organisation that serves areas: 城管, 物业, 派出所, a hospital, a doctor team."""

    topic: ClassVar[str] = "identity.unit_changed.v1"
    aggregate: ClassVar[str] = "unit"
    unit_id: UUID
    kind: str
    name: str
    parent_id: UUID | None = None
    serves: tuple[str, ...] = ()


class AssignmentChanged(Event):
    """A person serves in a role for an area, from and until; the display name is a staff name."""

    topic: ClassVar[str] = "identity.assignment_changed.v1"
    aggregate: ClassVar[str] = "assignment"
    assignment_id: UUID
    person_id: UUID
    role: Role
    unit_id: UUID | None = None
    display_name: str
    starts_at: datetime
    ends_at: datetime | None = None


class BindingChanged(Event):
    """A person belongs to a room, from and until."""

    topic: ClassVar[str] = "identity.binding_changed.v1"
    aggregate: ClassVar[str] = "binding"
    audience: ClassVar[Audience] = Audience(people=True)
    binding_id: UUID
    person_id: UUID
    kind: Literal["owner", "tenant", "family"]
    starts_at: datetime
    ends_at: datetime | None = None


class AccessRevoked(Event):
    """Tokens of this person issued before `not_before` are no longer good."""

    topic: ClassVar[str] = "identity.access_revoked.v1"
    aggregate: ClassVar[str] = "person"
    person_id: UUID
    not_before: datetime


class FactorChanged(Event):
    """By what a person signs in is not what it was: it was added, removed by them, taken away by somebody else, or misused."""

    topic: ClassVar[str] = "identity.factor_changed.v1"
    aggregate: ClassVar[str] = "person"
    audience: ClassVar[Audience] = Audience(people=True)
    person_id: UUID
    factor: Literal["passkey", "authenticator", "wechat", "all"]
    change: Literal["added", "removed", "taken-away", "misused"]


class DeviceAdded(Event):
    """A person signed in from a kind of device they did not use lately; what kind is read from what it says of itself."""

    topic: ClassVar[str] = "identity.device_added.v1"
    aggregate: ClassVar[str] = "person"
    audience: ClassVar[Audience] = Audience(people=True)
    person_id: UUID
    device: Literal["wechat", "android", "apple", "windows", "mac", "linux", "other"]


class PhoneChanged(Event):
    """By which phone a person signs in is not what it was.

    It was given to them by staff (`given`), serves somebody else as well from now on (`shared`), or leads to them no more, for
    after a long silence it is somebody else's (`let-go`).
    """

    topic: ClassVar[str] = "identity.phone_changed.v1"
    aggregate: ClassVar[str] = "person"
    audience: ClassVar[Audience] = Audience(people=True)
    person_id: UUID
    change: Literal["given", "shared", "let-go"]


class ProxyChanged(Event):
    """Who may act for whom is not what it was.

    It begins (`given`), is over within a month (`ending`), was ended before its time (`ended`), or its time is over (`over`).
    """

    topic: ClassVar[str] = "identity.proxy_changed.v1"
    aggregate: ClassVar[str] = "proxy"
    audience: ClassVar[Audience] = Audience(people=True)
    proxy_id: UUID
    principal_id: UUID
    actor_id: UUID
    kind: Literal["relative", "guardian"]
    change: Literal["given", "ending", "ended", "over"]


class DirectoryMarked(Event):
    """Everything identity had to say up to `position` has been published; comes every 2 s, kept by nobody."""

    topic: ClassVar[str] = "identity.directory_marked.v1"
    aggregate: ClassVar[str] = "directory"
    lasting: ClassVar[bool] = False
    directory_id: UUID
    position: int
