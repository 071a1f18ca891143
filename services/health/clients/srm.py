"""SRM requests of hospitals, read for what matters here, and SRR, which answers them (HL7 2.5 chapter 10.2, 10.4 and 10.6).

Read: MSH, ARQ, and the first PID, AIG and AIP. All else may stand there and is passed over. What is granted is answered with the
appointment as it stands (SCH, table 0278); what is not, with a code of table 0357, our own rule's name (ERR-5) and its sentence.
"""

from datetime import datetime

from chassis.errors import Conflict, Refusal, Unavailable
from services.health.clients import er7, incoming
from services.health.clients.incoming import Incoming, Refused
from services.health.domain.appointment import Appointment
from services.health.domain.machine import FHIR
from services.health.domain.message import ASKED, Fault, NotWanted, Trigger, Wanted

_STATUS = {  # table 0278
    "pending": "Pending", "booked": "Booked", "arrived": "Started", "checked-in": "Started", "fulfilled": "Complete",
    "noshow": "Noshow", "cancelled": "Cancelled",
}


def wanted(message: Incoming, system: str) -> Wanted:
    """What it asks; Refused. `system` is whom the sender's certificate names."""
    incoming.check(message, system, "SRM", ASKED)
    request, trigger = message.first("ARQ"), Trigger(message.head.part(9, 2))
    ref, starts_at = request.part(1) or None, incoming.moment(request.part(11)) if request.part(11) else None
    slot, doctor = (message.first(name).part(3) for name in ("AIG", "AIP"))
    said_at = incoming.moment(message.head.part(7))
    incoming.check_keepable(said_at, [ref], starts_at, None)
    found = Wanted(
        message.head.part(10), trigger, said_at, ref, incoming.ours(request, 2), incoming.read_id(slot) if slot else None,
        incoming.read_id(doctor) if doctor else None, starts_at, incoming.patient(message.first("PID")),
    )
    _check_whole(found)
    return found


def _check_whole(found: Wanted) -> None:
    """Fault.MISSING without an appointment's name, a time where one is wanted, or a person where one is to be booked."""
    names_time = found.slot is not None or None not in {found.doctor, found.starts_at}
    needs = {
        Trigger.WANTED: (found.ref, found.patient), Trigger.MOVE_WANTED: (found.ref or found.ours,),
        Trigger.CANCEL_WANTED: (found.ref or found.ours,),
    }[found.trigger]
    if None in needs or not (names_time or found.trigger is Trigger.CANCEL_WANTED):
        raise Refused(Fault.MISSING)


def refused(why: Refusal | NotWanted) -> Refused:
    """What a rule of ours says no by, for who asked."""
    if isinstance(why, NotWanted):
        return Refused(why.fault)
    if isinstance(why, Unavailable):
        return Refused(Fault.NOT_NOW)
    return Refused(Fault.LOCKED if isinstance(why, Conflict) else Fault.NOT_NOW, why=why.name(), zh=str(why))


def answered(message: Incoming, said: Appointment | Refused, *, control: str, at: datetime) -> bytes:
    """SRR of an appointment as it stands, or why there is none."""
    kind = f"SRR^{er7.said(message.head.part(9, 2))}^SRR_S01"
    lines = [incoming.header(message, kind, control=control, at=at)]
    if isinstance(said, Refused):
        return "\r".join([*lines, *incoming.verdict(message, said), ""]).encode()
    status = _STATUS[FHIR[said.state]]
    schedule = {
        1: er7.parts(said.external_ref or ""), 2: er7.parts(str(said.id), incoming.US), 6: status.upper(), 16: incoming.US,
        11: f"^^^{er7.moment(said.starts_at)}^{er7.moment(said.ends_at)}", 20: incoming.US, 25: status,
    }
    slot = er7.segment("AIG", {1: "1", 2: "A", 3: er7.parts(str(said.slot_id)), 4: "SLOT"})
    lines += [*incoming.verdict(message, None), er7.segment("SCH", schedule), er7.segment("RGS", {1: "1", 2: "A"}), slot, ""]
    return "\r".join(lines).encode()
