"""What identity tells the others: people, areas, units, who serves and who lives where."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from contracts.area import Role
from contracts.event import Audience, Event
from contracts.part import _PartSettled


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
    """A person serves in a role for an area, from and until: granted, as a cover, in an emergency; the name is a staff name."""

    topic: ClassVar[str] = "identity.assignment_changed.v1"
    aggregate: ClassVar[str] = "assignment"
    assignment_id: UUID
    person_id: UUID
    role: Role
    unit_id: UUID | None = None
    display_name: str
    starts_at: datetime
    ends_at: datetime | None = None
    basis: Literal["granted", "cover", "emergency"] = "granted"


class BindingChanged(Event):
    """A person belongs to a room, from and until, once that is agreed to; `change` is what happened, none of the first data."""

    topic: ClassVar[str] = "identity.binding_changed.v1"
    aggregate: ClassVar[str] = "binding"
    audience: ClassVar[Audience] = Audience(people=True)
    binding_id: UUID
    person_id: UUID
    kind: Literal["owner", "tenant", "family"]
    starts_at: datetime
    ends_at: datetime | None = None
    change: Literal["begun", "ended", "corrected"] | None = None


class BindingProposed(Event):
    """Staff say that a person belongs to a room; it holds once they agree, or others see their papers, and lapses at `until`."""

    topic: ClassVar[str] = "identity.binding_proposed.v1"
    aggregate: ClassVar[str] = "binding"
    audience: ClassVar[Audience] = Audience(people=True)
    binding_id: UUID
    person_id: UUID
    until: datetime


class BindingDenied(Event):
    """A person says that they do not belong to a room to which staff bound them (`bound_by`); other staff look into it."""

    topic: ClassVar[str] = "identity.binding_denied.v1"
    aggregate: ClassVar[str] = "binding"
    binding_id: UUID
    person_id: UUID
    bound_by: tuple[UUID, ...] = ()


class AccessRevoked(Event):
    """Tokens of this person issued before `not_before` are no longer good."""

    topic: ClassVar[str] = "identity.access_revoked.v1"
    aggregate: ClassVar[str] = "person"
    person_id: UUID
    not_before: datetime


class PersonSignedOut(Event):
    """Who answers for the area signed a person out everywhere, and why; nobody hears it live: what listens is what ends."""

    topic: ClassVar[str] = "identity.person_signed_out.v1"
    aggregate: ClassVar[str] = "person"
    person_id: UUID
    reason: Literal["lost-device", "stolen", "suspicious", "left"]


class CoverArranged(Event):
    """From and until, one member of staff serves in another's place."""

    topic: ClassVar[str] = "identity.cover_arranged.v1"
    aggregate: ClassVar[str] = "assignment"
    audience: ClassVar[Audience] = Audience(people=True)
    assignment_id: UUID
    person_id: UUID
    covered_id: UUID
    starts_at: datetime
    ends_at: datetime


EmergencyReason = Literal["life-safety", "fire", "missing-person", "gate-failure", "outage"]


class EmergencyBegun(Event):
    """An admin or an officer took a role they lack, for so long."""

    topic: ClassVar[str] = "identity.emergency_begun.v1"
    aggregate: ClassVar[str] = "emergency"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.ADMIN}))
    emergency_id: UUID
    person_id: UUID
    role: Role
    reason: EmergencyReason
    ends_at: datetime


class EmergencyEnded(Event):
    """It is over; another admin looks at what was done, and whom it concerned is told."""

    topic: ClassVar[str] = "identity.emergency_ended.v1"
    aggregate: ClassVar[str] = "emergency"
    audience: ClassVar[Audience] = Audience(staff=frozenset({Role.ADMIN}))
    emergency_id: UUID
    person_id: UUID
    reason: EmergencyReason
    concerns_id: UUID | None = None
    began_at: datetime


class EmergencyReviewed(Event):
    """Another admin said what they find of it."""

    topic: ClassVar[str] = "identity.emergency_reviewed.v1"
    aggregate: ClassVar[str] = "emergency"
    audience: ClassVar[Audience] = Audience(people=True)
    emergency_id: UUID
    person_id: UUID
    finding: Literal["justified", "unjustified"]


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
    """The phone a person signs in by was given to them by staff, is shared from now on, or was let go after a long silence."""

    topic: ClassVar[str] = "identity.phone_changed.v1"
    aggregate: ClassVar[str] = "person"
    audience: ClassVar[Audience] = Audience(people=True)
    person_id: UUID
    change: Literal["given", "shared", "let-go"]


class FactChanged(Event):
    """What was verified of a person is not what it was: a fact was added, revoked by staff, or is over by its date.

    `levels` are those whose needs were met then, by what identity keeps and by its bindings; a later binding changes them too.
    """

    topic: ClassVar[str] = "identity.fact_changed.v1"
    aggregate: ClassVar[str] = "person"
    audience: ClassVar[Audience] = Audience(people=True)
    person_id: UUID
    fact_id: UUID
    kind: Literal["real-name", "in-person", "guardian-of"]
    change: Literal["added", "revoked", "over"]
    child_id: UUID | None = None
    levels: tuple[Literal[1, 2, 3], ...] = ()


class DuplicateFound(Event):
    """One number of papers was shown for two persons; they may be one. It lies in the smallest area where both live."""

    topic: ClassVar[str] = "identity.duplicate_found.v1"
    aggregate: ClassVar[str] = "duplicate"
    duplicate_id: UUID
    person_id: UUID
    other_id: UUID


class ProxyChanged(Event):
    """Who may act for whom: it begins, is over within a month, was ended before its time, or its time is over."""

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


class ErasureAsked(Event):
    """A person asked to be forgotten; they are told, for it may not have been them. Seven days later it begins."""

    topic: ClassVar[str] = "identity.erasure_asked.v1"
    aggregate: ClassVar[str] = "erasure"
    audience: ClassVar[Audience] = Audience(people=True)
    erasure_id: UUID
    person_id: UUID


class ErasureProposed(Event):
    """Somebody is to be forgotten, and every service says whether there is a reason to wait; nothing is erased yet."""

    topic: ClassVar[str] = "identity.erasure_proposed.v1"
    aggregate: ClassVar[str] = "look"
    look_id: UUID
    person_id: UUID


class ErasureRequested(Event):
    """Somebody is forgotten from now on; every service erases what it holds of them, and says so."""

    topic: ClassVar[str] = "identity.erasure_requested.v1"
    aggregate: ClassVar[str] = "erasure"
    erasure_id: UUID
    person_id: UUID


class ExportRequested(Event):
    """Somebody wants what is held of them; each service seals its part to the public key of this request (RFC 7517)."""

    topic: ClassVar[str] = "identity.export_requested.v1"
    aggregate: ClassVar[str] = "export"
    export_id: UUID
    person_id: UUID
    public_jwk: dict[str, str]


class ConsentChanged(Event):
    """A person gave or withdrew their consent to one purpose; the text is identity's."""

    topic: ClassVar[str] = "identity.consent_changed.v1"
    aggregate: ClassVar[str] = "person"
    person_id: UUID
    consent_id: UUID
    purpose: str
    state: Literal["given", "withdrawn"]


class PartSettled(_PartSettled):
    """What identity did of what was asked of every service about one person."""

    topic: ClassVar[str] = "identity.part_settled.v1"
