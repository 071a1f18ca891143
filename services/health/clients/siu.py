"""SIU messages of hospitals, read for what matters here, and their acknowledgments (HL7 2.5 chapter 10.3 and 2.9.2).

Read: MSH, SCH, and the first PID and AIG. All else may stand there and is passed over.
"""

from datetime import datetime

from services.health.clients import er7, incoming
from services.health.clients.incoming import Incoming, Refused
from services.health.domain.message import TOLD, Fault, Told, Trigger


def told(message: Incoming, system: str) -> Told:
    """What it says; Refused. `system` is whom the sender's certificate names."""
    incoming.check(message, system, "SIU", TOLD)
    schedule, control = message.first("SCH"), message.head.part(10)
    ours, ref = incoming.ours(schedule, 1), schedule.part(2) or None
    if ours is None and ref is None:
        raise Refused(Fault.MISSING)
    begins, ends = (incoming.moment(schedule.part(11, n)) if schedule.part(11, n) else None for n in (4, 5))
    said_at = incoming.moment(message.head.part(7))
    slot = message.first("AIG").part(3) or None
    incoming.check_keepable(said_at, [ref, slot], begins, ends)
    trigger = Trigger(message.head.part(9, 2))
    return Told(control, trigger, said_at, ours, ref, begins, ends, slot, incoming.patient(message.first("PID")))


def acknowledged(message: Incoming, refused: Refused | None, *, control: str, at: datetime) -> bytes:
    """ACK by the original mode: all of it bears the sender's own id."""
    kind = f"ACK^{er7.said(message.head.part(9, 2) or 'S12')}^ACK"
    return "\r".join([incoming.header(message, kind, control=control, at=at), *incoming.verdict(message, refused), ""]).encode()
