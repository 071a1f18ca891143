"""Messages of hospitals' systems as they come in (HL7 2.5 chapter 2): their header is checked, and what of them is ours is read.

AR: it is none that is taken here, or not of this sender; AE: what it says is missing, wrong or unknown. Of a person only a
name of ours is read (PID-3, authority GUOHUAI).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.calendar import CHENGDU
from services.health.clients import er7
from services.health.clients.er7 import Segment
from services.health.clients.keepable import NotKeepable, keepable
from services.health.domain.ask import Theirs
from services.health.domain.message import Fault, Trigger

US = "GUOHUAI"
_CONTROL = re.compile(r"[\x21-\x7e]{1,64}")  # 2.5 has room for 20 signs; senders put whole UUIDs there
_MOMENT = re.compile(r"(\d{8})(\d{4})(\d\d(?:\.\d{1,4})?)?([+-]\d{4})?")
_VERSIONS = frozenset({"2.5", "2.5.1"})
_OF_TYPE = frozenset({Fault.NO_TYPE, Fault.NO_EVENT, Fault.NO_PROCESSING, Fault.NO_VERSION, Fault.NOT_NOW})
_SAYS = {  # table 0357
    Fault.MISSING: "Required field missing", Fault.WRONG: "Data type error", Fault.NO_VALUE: "Table value not found",
    Fault.NO_TYPE: "Unsupported message type", Fault.NO_EVENT: "Unsupported event code",
    Fault.NO_PROCESSING: "Unsupported processing id", Fault.NO_VERSION: "Unsupported version id",
    Fault.UNKNOWN: "Unknown key identifier", Fault.DUPLICATE: "Duplicate key identifier",
    Fault.LOCKED: "Application record locked", Fault.NOT_NOW: "Application internal error",
}


class NoMessage(Exception):
    """There is nothing that could be acknowledged."""


class Refused(Exception):
    """A message that is not taken; `why` and `zh` are the rule of ours that says no, and its sentence."""

    def __init__(self, fault: Fault, *, rejects: bool = False, why: str = "", zh: str = "") -> None:
        super().__init__(fault)
        self.fault, self.rejects, self.why, self.zh = fault, rejects, why, zh


@dataclass(frozen=True)
class Incoming:
    """A frame that is a message: its segments, and what an acknowledgment needs of its header."""

    segments: list[Segment]
    is_text: bool

    @property
    def head(self) -> Segment:
        return self.segments[0]

    def first(self, name: str) -> Segment:
        """The first segment of a name; one without fields if there is none."""
        return next((one for one in self.segments if one.name == name), Segment(name, ()))


def opened(frame: bytes) -> Incoming:
    """The message in a frame; NoMessage. One that is no UTF-8 can still be told so."""
    text = frame.decode("utf-8", "replace")
    try:
        made = Incoming(er7.parse(text.encode()), "\ufffd" not in text)
    except er7.NotER7:
        raise NoMessage from None
    if not _CONTROL.fullmatch(made.head.part(10)):
        raise NoMessage
    return made


def check(message: Incoming, system: str, kind: str, events: frozenset[Trigger]) -> None:
    """Refused of what is no such message in UTF-8, or not of this sender: its facility (MSH-4) is what its certificate names."""
    head = message.head
    if not message.is_text or head.part(18) not in {"", "UNICODE UTF-8"}:
        raise Refused(Fault.WRONG, rejects=True)
    if (head.part(4), head.part(5)) != (system, US):
        raise Refused(Fault.UNKNOWN, rejects=True)
    for is_so, fault in (
        (head.part(9) == kind, Fault.NO_TYPE), (head.part(9, 2) in events, Fault.NO_EVENT),
        (head.part(11) == "P", Fault.NO_PROCESSING), (head.part(12) in _VERSIONS, Fault.NO_VERSION),
    ):
        if not is_so:
            raise Refused(fault)


def ours(segment: Segment, field: int) -> UUID | None:
    """A name is ours if its namespace says so, and then it is an id as we wrote it."""
    return read_id(segment.part(field)) if segment.part(field, 2) == US else None


def patient(person: Segment) -> UUID | None:
    """Of PID-3 the repetition whose assigning authority we are."""
    whole = person.fields[2] if len(person.fields) > 2 else ""  # noqa: PLR2004 - the third field
    named = [one.split("^") for one in whole.split("~")]
    mine = next((one[0] for one in named if len(one) > 3 and one[3].split("&")[0] == US), None)  # noqa: PLR2004 - CX.4
    return read_id(er7.meant(mine)) if mine else None


def read_id(text: str) -> UUID:
    """An id of ours, as we write it."""
    try:
        found = UUID(text)
    except ValueError:
        raise Refused(Fault.WRONG) from None
    if str(found) != text:
        raise Refused(Fault.WRONG)
    return found


def moment(text: str) -> datetime:
    """A time stamp (TS, 2.16.83 of HL7 2.5) to the minute at least; one without zone is the place's own."""
    found = _MOMENT.fullmatch(text)
    if found is None or not text.isascii():
        raise Refused(Fault.WRONG)
    day, minutes, seconds, zone = found.groups()
    try:
        given = datetime.strptime(day + minutes + (zone or "+0800"), "%Y%m%d%H%M%z")
    except ValueError:
        raise Refused(Fault.WRONG) from None
    return (given + timedelta(seconds=int(float(seconds or 0)))).astimezone(CHENGDU)


def check_keepable(said_at: datetime, names: list[str | None], begins: datetime | None, ends: datetime | None) -> None:
    """Refused of what no column takes: times out of all time, names too long or with signs that are none."""
    first, last = begins or said_at, ends or said_at
    if begins is not None and ends is not None and begins >= ends:
        raise Refused(Fault.WRONG)
    try:
        keepable(Theirs("", None, said_at, said_at))
        for one in names:
            keepable(Theirs(one or "", None, first, last))
    except NotKeepable:
        raise Refused(Fault.WRONG) from None


def header(message: Incoming, kind: str, *, control: str, at: datetime) -> str:
    """MSH of what is said back."""
    head = message.head
    given = {
        2: "^~\\&", 3: US, 4: US, 5: er7.said(head.part(3)), 6: er7.said(head.part(4)), 7: er7.moment(at), 9: kind, 10: control,
        11: "P", 12: "2.5", 18: "UNICODE UTF-8",
    }
    return er7.segment("MSH", given).replace("MSH||", "MSH|", 1)


def verdict(message: Incoming, refused: Refused | None) -> list[str]:
    """MSA, and ERR where it was refused: AA only of what is kept or done, AE or AR with the error's code."""
    lines = [er7.segment("MSA", {1: _word(refused), 2: er7.said(message.head.part(10))})]
    if refused is not None:
        said = {3: er7.parts(refused.fault, _SAYS[refused.fault], "HL70357"), 4: "E"}
        named = {5: er7.parts(refused.why, refused.zh, US), 8: er7.said(refused.zh)} if refused.why else {}
        lines.append(er7.segment("ERR", said | named))
    return lines


def _word(refused: Refused | None) -> str:
    if refused is None:
        return "AA"
    return "AR" if refused.rejects or (refused.fault in _OF_TYPE and not refused.why) else "AE"
