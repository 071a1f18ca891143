"""What health keeps, and how it maps onto the domain. That nothing is sold twice is said here, whatever the code does."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Time,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry

from chassis.tables import NAMES, AreaPath
from services.health.domain.appointment import Appointment
from services.health.domain.ask import Ask, AskState, Kind
from services.health.domain.calling_off import Reason
from services.health.domain.entitlement import Ground
from services.health.domain.hospital import Adapter, Department, Hospital, Pool, Room
from services.health.domain.machine import CAME, FIRM, State
from services.health.domain.online import Modality, VisitKind
from services.health.domain.schedule import Schedule
from services.health.domain.slot import Slot

metadata = MetaData(naming_convention=NAMES)
_moment = DateTime(timezone=True)


def _words(states: Iterable[State]) -> str:
    return ", ".join(repr(state.value) for state in states)


_KINDS = f"visit_kind in ({', '.join(repr(one.value) for one in VisitKind)})"
_REASONS = f"called_off in ({', '.join(repr(one.value) for one in Reason)})"  # plain text: chassis.db reads no Enum that is NULL
LIVE = f"state in ({_words((State.HELD, *FIRM))})"
_WHEN = text("tstzrange(starts_at, ends_at)")  # half-open: one may begin when the other ends


def one_of(words: type[StrEnum], name: str) -> Enum:
    """One of these words, as text that the database checks."""
    return Enum(
        words, name=name, native_enum=False, length=16, create_constraint=True,
        values_callable=lambda words: [word.value for word in words],
    )


hospitals = Table(
    "hospitals", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("name", Text, nullable=False),
    Column("adapter", one_of(Adapter, "adapter"), nullable=False),
    Column("pool", one_of(Pool, "pool"), nullable=False),
    Column("share", Integer),
    Column("unit_id", Uuid),
    Column("system", Text),
    CheckConstraint("system is null or adapter in ('fhir', 'hl7v2', 'soap')", name="connected"),
    CheckConstraint("adapter <> 'none' or pool = 'ours'", name="reachable"),
    CheckConstraint("(pool = 'shared') = (share is not null) and share between 1 and 99", name="shared"),
    Index("uq_hospitals_system", "system", unique=True),  # its book is compared with one of ours
    Index("uq_hospitals_name", "area", "name", unique=True),
    Index("ix_hospitals_area_gist", "area", postgresql_using="gist"),
)

departments = Table(
    "departments", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("closed_at", _moment, comment="since when nothing new is offered in it"),
    Column("by_hospital", Boolean, nullable=False, server_default="false", comment="its own program entered and names it"),
    Index("uq_departments_name", "hospital_id", "name", unique=True),
    Index("ix_departments_area_gist", "area", postgresql_using="gist"),
)

rooms = Table(
    "rooms", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("name", Text, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), index=True, comment="whose own place it is; none: a room of the hut"),
    Column("closed_at", _moment, comment="since when nothing new is offered in it"),
    Index("uq_rooms_name", "area", "name", unique=True, postgresql_where=text("hospital_id is null")),
    Index("uq_rooms_own_name", "hospital_id", "name", unique=True, postgresql_where=text("hospital_id is not null")),
    Index("ix_rooms_area_gist", "area", postgresql_using="gist"),
)

schedules = Table(
    "schedules", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("doctor_id", Uuid, nullable=False, index=True),
    Column("weekdays", ARRAY(Integer), nullable=False),
    Column("begins", Time, nullable=False),
    Column("ends", Time, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date),
    Column("opens_days", Integer),
    Column("opens_at", Time),
    Column("on_holidays", Boolean, nullable=False),
    Column("set_aside", Integer, nullable=False, server_default="0"),
    Column("back_days", Integer),
    Column("back_at", Time),
    Column("department_id", Uuid, ForeignKey("departments.id")),
    Column("room_id", Uuid, ForeignKey("rooms.id")),
    Column("modality", one_of(Modality, "modality"), nullable=False, server_default="in_person"),
    CheckConstraint("begins < ends and first_day <= coalesce(last_day, first_day)", name="some_hours"),
    CheckConstraint("(opens_days is null) = (opens_at is null)", name="opens_whole"),
    CheckConstraint(
        "(set_aside > 0) = (back_days is not null) and (back_days is null) = (back_at is null)", name="flows_back",
    ),
)

day_exceptions = Table(
    "day_exceptions", metadata,
    Column("schedule_id", Uuid, ForeignKey("schedules.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("works", Boolean),  # the whole day; a half that says otherwise goes before it
    Column("morning", Boolean),
    Column("afternoon", Boolean),
)

slots = Table(
    "slots", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("doctor_id", Uuid, nullable=False),
    Column("starts_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("capacity", Integer, nullable=False, server_default="1"),
    Column("opens_at", _moment),
    Column("schedule_id", Uuid, ForeignKey("schedules.id"), index=True),
    Column("closed", Boolean, nullable=False, server_default="false"),
    Column("set_aside", Integer, nullable=False, server_default="0"),
    Column("set_aside_until", _moment),
    Column("department_id", Uuid, ForeignKey("departments.id")),
    Column("room_id", Uuid, ForeignKey("rooms.id")),
    Column("their_ref", Text),
    Column("modality", one_of(Modality, "modality"), nullable=False, server_default="in_person"),
    Column("called_off", String(16)),
    CheckConstraint(_REASONS, name="called_off"),
    Column("called_off_at", _moment),
    CheckConstraint(
        "(called_off is null) = (called_off_at is null) and (called_off is null or closed)", name="called_off_whole",
    ),
    Index("ix_slots_called_off", "ends_at", postgresql_where=text("called_off is not null")),
    CheckConstraint("starts_at < ends_at", name="some_time"),
    CheckConstraint("their_ref is null or department_id is not null and capacity = 1", name="theirs"),
    CheckConstraint("capacity between 1 and 200", name="some_seats"),
    CheckConstraint(
        "set_aside between 0 and capacity and (set_aside > 0) = (set_aside_until is not null)", name="flows_back",
    ),
    ExcludeConstraint(("doctor_id", "="), (_WHEN, "&&"), name="ex_slots_doctor", using="gist"),
    Index("uq_slots_their_ref", "department_id", "their_ref", unique=True),
    Index("uq_slots_doctor", "doctor_id", "starts_at", unique=True),
    Index("ix_slots_area_gist", "area", postgresql_using="gist"),
)

appointments = Table(
    "appointments", metadata,
    Column("id", Uuid, primary_key=True),
    Column("slot_id", Uuid, ForeignKey("slots.id"), nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("doctor_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("starts_at", _moment, nullable=False),
    Column("ends_at", _moment, nullable=False),
    Column("seat", Integer, nullable=False),
    Column("state", one_of(State, "state"), nullable=False),
    Column("booked_at", _moment, nullable=False),
    Column("held_until", _moment),
    Column("department_id", Uuid, ForeignKey("departments.id")),
    Column("room_id", Uuid, ForeignKey("rooms.id")),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id")),
    Column("theirs", Boolean, nullable=False, server_default="false"),
    Column("external_ref", Text),
    Column("given_back_by", Uuid),
    Column("arrived_at", _moment),
    Column("called_at", _moment),
    Column("ended_at", _moment),
    Column("called_off", String(16)),
    CheckConstraint(_REASONS, name="called_off"),
    Column("offered_for", Uuid, ForeignKey("appointments.id")),
    Column("acting_id", Uuid, comment="who took the person's last step for them, by proxy"),
    Index("ix_appointments_ends_at", "ends_at"),
    Column("changed_at", _moment),
    Column("waited_id", Uuid, ForeignKey("waits.id", ondelete="SET NULL")),
    Column("cancel_until", _moment),
    Column("policy_id", Uuid, ForeignKey("policies.id")),
    Column("reminder_seen_at", _moment),
    Column("visit_kind", String(16), comment="of a visit by video; none is in person"),
    Column("version", Integer, nullable=False, server_default="1", comment="counted by the database itself, one a transaction"),
    CheckConstraint(_KINDS, name="visit_kind"),
    Index("uq_appointments_waited", "waited_id", "slot_id", unique=True),  # the same time is offered to a wait once
    CheckConstraint("called_off is null or state = 'cancelled'", name="called_off_whole"),
    Index("uq_appointments_offered_for", "offered_for", unique=True),
    CheckConstraint(f"(arrived_at is not null) = (state in ({_words(CAME)}))", name="came"),
    CheckConstraint("(called_at is not null) = (state in ('in_visit', 'fulfilled'))", name="called"),
    CheckConstraint("(ended_at is not null) = (state = 'fulfilled')", name="ended"),
    Index("ix_appointments_queue", "doctor_id", "day", postgresql_where=text("state in ('arrived', 'in_visit')")),
    Index("ix_appointments_awaited", "ends_at", postgresql_where=text("state = 'booked'")),
    CheckConstraint("seat > 0", name="numbered"),
    CheckConstraint("theirs <= (hospital_id is not null)", name="somebodys"),
    CheckConstraint("theirs or state not in ('submitted', 'unknown', 'rejected', 'cancelling', 'displaced')", name="asked"),
    CheckConstraint("(state = 'held') <= (held_until is not null)", name="holds_end"),
    ExcludeConstraint(("person_id", "="), (_WHEN, "&&"), name="ex_appointments_person", using="gist", where=text(LIVE)),
    ExcludeConstraint(  # those who share a slot are called one after the other
        ("room_id", "="), ("slot_id", "<>"), (_WHEN, "&&"), name="ex_appointments_room", using="gist", where=text(LIVE),
    ),
    Index("uq_appointments_external_ref", "hospital_id", "external_ref", unique=True),
    Index("ix_appointments_room", "room_id", "starts_at"),
    Index("ix_appointments_department", "department_id", "starts_at"),
    Index("uq_appointments_department_day", "person_id", "department_id", "day", unique=True, postgresql_where=text(LIVE)),
    Index("uq_appointments_seat", "slot_id", "seat", unique=True, postgresql_where=text(LIVE)),
    Index("uq_appointments_doctor_day", "person_id", "doctor_id", "day", unique=True, postgresql_where=text(LIVE)),
)

entitlements = Table(
    "entitlements", metadata,
    Column("id", Uuid, primary_key=True),
    Column("area", AreaPath, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("ground", one_of(Ground, "ground"), nullable=False),
    Column("marked_by", Uuid, nullable=False),
    Column("marked_at", _moment, nullable=False),
    Column("ends_at", _moment),
    Index("uq_entitlements_person", "person_id", "area", "ground", unique=True),
    Index("ix_entitlements_area_gist", "area", postgresql_using="gist"),
)

asks = Table(
    "asks", metadata,
    Column("id", Uuid, primary_key=True),
    Column("pos", BigInteger, Identity(), nullable=False),  # about one slot, what was asked first is answered first
    Column("area", AreaPath, nullable=False),
    Column("hospital_id", Uuid, ForeignKey("hospitals.id"), nullable=False),
    Column("appointment_id", Uuid, ForeignKey("appointments.id"), nullable=False, index=True),
    Column("slot_id", Uuid, ForeignKey("slots.id"), nullable=False),
    Column("kind", one_of(Kind, "kind"), nullable=False),
    Column("external_ref", Text),
    Column("state", one_of(AskState, "state"), nullable=False),
    Column("made_at", _moment, nullable=False),
    Column("due_at", _moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("was_heard", Boolean, nullable=False),
    Column("leased_until", _moment),
    Column("asked_at", _moment),
    Column("answered_at", _moment),
    CheckConstraint("(state = 'waiting') = (answered_at is null)", name="answered"),
    CheckConstraint("external_ref is null or kind = 'cancel'", name="of_theirs"),
    Index(
        "uq_asks_waiting", "appointment_id", "kind", text("coalesce(external_ref, '')"), unique=True,
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_asks_due", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_asks_slot", "slot_id", "pos", postgresql_where=text("state = 'waiting'")),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Hospital, hospitals)
_mapping.map_imperatively(Department, departments)
_mapping.map_imperatively(Room, rooms)
_mapping.map_imperatively(Schedule, schedules)
_mapping.map_imperatively(Slot, slots)
_mapping.map_imperatively(Appointment, appointments)
_mapping.map_imperatively(Ask, asks)
