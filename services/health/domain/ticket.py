"""A ticket for the video room of an appointment: signed, one person's, good once, and only around the visit's time.

Study: handbook health, section 6.5 ("room tickets that are signed, per person, time-boxed and single-use").
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hmac import compare_digest, digest
from uuid import UUID

from chassis.errors import Conflict, Forbidden
from contracts.area import Role, contains
from services.health.domain.appointment import Appointment
from services.health.domain.machine import HospitalsSeat, NotAtThisStep, State, allowed

BEFORE, AFTER = timedelta(minutes=15), timedelta(minutes=30)  # the room is open so long before and after the visit
LIFE = timedelta(minutes=2)  # a ticket is used at once, or another one is asked for
LONGEST = 1024  # characters
_OPEN = (State.BOOKED, State.ARRIVED, State.IN_VISIT)

Blind = Callable[[str, str], bytes]  # a keyed digest of a value in its column (chassis.crypto.Keys.blind)


class Side(StrEnum):
    """As whom somebody is in the room; one each."""

    PATIENT = "patient"  # or who acts for them
    DOCTOR = "doctor"
    NURSE = "nurse"  # the hut's staff


class NotInThisVisit(Forbidden):
    """In the video room are the patient, the doctor of the appointment and the hut's staff: nobody else."""

    zh = "只有就诊人、接诊医生和健康小屋工作人员可以进入视频问诊"


class NotByVideo(Conflict):
    """A hospital's program lets its doctor into the room of what is held by video, and of nothing else."""

    zh = "该预约不是视频问诊"


class DoctorNotAtWork(Conflict):
    """Let into the room is a doctor who serves in the community, or is active in the directory of the hospital that asks."""

    zh = "该预约的医生不在岗：既没有社区职务，也不是本医院在用的医生"


class VisitNotOpen(Conflict):
    """The video room opens fifteen minutes before the visit."""

    zh = "视频问诊在就诊时间前十五分钟开放"


class VisitOver(Conflict):
    """The video room closes thirty minutes after the visit's time."""

    zh = "视频问诊已结束"


class TicketRefused(Forbidden):
    """The ticket is not of this room, altered, over, or none; which of these is not said."""

    zh = "入诊凭证无效或已过期，请重新获取"


class TicketUsed(Conflict):
    """A ticket lets in once; whoever comes again asks for another one."""

    zh = "入诊凭证已使用，请重新获取"


@dataclass(frozen=True)
class Ticket:
    """Who may enter which room, as whom; `acting_id` is who acts for the patient by proxy.

    `program_id` is the hospital's program that asked for it, for the doctor of the appointment.
    """

    id: UUID
    appointment_id: UUID
    person_id: UUID
    side: Side
    issued_at: datetime
    acting_id: UUID | None = None
    program_id: UUID | None = None

    @property
    def by_proxy(self) -> bool:
        """Whether its holder is there for somebody else."""
        return self.acting_id is not None

    @property
    def ends_at(self) -> datetime:
        """Until when it lets in."""
        return self.issued_at + LIFE


@dataclass(frozen=True)
class Present:
    """Somebody is in the room: by which ticket, and whether for somebody else."""

    ticket: UUID
    by_proxy: bool


def side_of(seat: Appointment, person: UUID, serves: list[tuple[Role, str]]) -> Side:
    """As whom a person is in the room of an appointment; `serves` are their roles and areas. NotInThisVisit for all others."""
    if person == seat.person_id:
        return Side.PATIENT
    if person == seat.doctor_id:
        return Side.DOCTOR
    if any(role is Role.HUT_STAFF and contains(area, seat.area) for role, area in serves):
        return Side.NURSE
    raise NotInThisVisit


def check_open(seat: Appointment, *, at: datetime) -> None:
    """HospitalsSeat, NotAtThisStep, VisitNotOpen or VisitOver unless the room of this appointment is open now."""
    if seat.theirs:
        raise HospitalsSeat(current=seat.state, allowed=allowed(seat.state))
    if seat.state not in _OPEN:
        raise NotAtThisStep(current=seat.state, allowed=allowed(seat.state))
    if at < seat.starts_at - BEFORE:
        raise VisitNotOpen(opens_at=(seat.starts_at - BEFORE).isoformat())
    if at >= closes_at(seat):
        raise VisitOver


def closes_at(seat: Appointment) -> datetime:
    """When the room of an appointment closes, whatever is said in it."""
    return seat.ends_at + AFTER


def signed(ticket: Ticket, blind: Blind) -> str:
    """What its holder is given: letters, digits, `-`, `_` and one point, so that it passes as a WebSocket subprotocol."""
    said = [str(ticket.id), str(ticket.appointment_id), str(ticket.person_id), ticket.side.value,
            int(ticket.issued_at.timestamp() * 1e6), None if ticket.acting_id is None else str(ticket.acting_id),
            *(() if ticket.program_id is None else (str(ticket.program_id),))]
    body = _written(json.dumps(said).encode())
    return f"{body}.{_written(blind('tickets.ticket', body))}"


def read(text: str, blind: Blind, *, room: UUID, at: datetime) -> Ticket:
    """The ticket in a text that we signed for this room, while it is good; TicketRefused for every other."""
    body, _, proof = text.partition(".")
    if len(text) > LONGEST or not text.isascii() or not compare_digest(_written(blind("tickets.ticket", body)), proof):
        raise TicketRefused
    ticket = _ticket(body)
    if ticket.appointment_id != room or not ticket.issued_at <= at < ticket.ends_at:
        raise TicketRefused
    return ticket


def _ticket(body: str) -> Ticket:
    said = json.loads(base64.urlsafe_b64decode(f"{body}=="))  # it is proved to be ours
    key, room, person, side, issued, acting, *program = said
    made = Ticket(UUID(key), UUID(room), UUID(person), Side(side), datetime.fromtimestamp(issued / 1e6, UTC))
    return replace(made, acting_id=UUID(acting) if acting else None, program_id=UUID(program[0]) if program else None)


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Relay:
    """A TURN server's addresses, and a name and a word by which it relays until a moment (RFC 8489 section 9.2)."""

    urls: list[str]
    username: str
    credential: str


def relay(urls: list[str], secret: str, ticket: Ticket, until: datetime) -> Relay:
    """By coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00, section 2.2): `expiry:ticket`, and its HMAC-SHA1.

    The server shares the secret alone: it asks nobody, and hears of no person.
    """
    name = f"{int(until.timestamp())}:{ticket.id}"
    return Relay(urls, name, base64.b64encode(digest(secret.encode(), name.encode(), "sha1")).decode())
