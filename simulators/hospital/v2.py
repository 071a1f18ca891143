"""A hospital over HL7 v2.5 by MLLP: SIU^S12 and S15, SQM^S25; each control id is handled once and answered the same ever after.

As strict as an interface engine: AR for what it does not speak (table 0357: 200 type, 201 event, 203 version), AE for a message
that lacks what the standard requires (101) or says it wrongly (102), for a slot that is taken (206), for a name that is there
already (205) or is not (204).
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

from simulators.hospital.house import NO, UNDONE, House, Kept, Taken

_START, _END = b"\x0b", b"\x1c\r"
_SILENCE = 8  # seconds; longer than any partner waits
_HERE = timezone(timedelta(hours=8))
_REQUIRED = {"SCH": (1, 6, 11, 16, 20), "PID": (3, 5), "RGS": (1,)}
_KNOWN = {"SIU^S12^SIU_S12", "SIU^S15^SIU_S12", "SQM^S25^SQM_S25"}


class Refused(Exception):
    """The acknowledgment's word, and the error's code."""

    def __init__(self, word: str, code: str) -> None:
        super().__init__(code)
        self.word, self.code = word, code


Message = dict[str, list[str]]  # a segment's fields by its name; the field's number is the index


def read(frame: bytes) -> Message:
    """A message's segments, each name once, as these have them; Refused if it is none."""
    try:
        lines = [line for line in frame.decode("utf-8").split("\r") if line]
    except UnicodeDecodeError:
        raise Refused("AR", "207") from None
    if not lines or not lines[0].startswith("MSH|^~\\&|"):
        raise Refused("AR", "207")
    found = {line.split("|")[0]: line.split("|") for line in lines}
    found["MSH"].insert(1, "|")
    return found


def field(message: Message, name: str, number: int, component: int = 1) -> str:
    """A component; empty if it is not there. What we are sent here needs no escape but those of text, which is kept as it is."""
    whole = message.get(name, [])
    components = whole[number].split("^") if number < len(whole) else []
    return components[component - 1] if component <= len(components) else ""


class Listener:
    """The door of all houses over MLLP; the receiving facility (MSH-6) names one."""

    def __init__(self, houses: Callable[[str], House]) -> None:
        self._houses = houses

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection: one message after the other."""
        try:
            while True:
                frame = await reader.readuntil(_END)
                if not frame.startswith(_START):
                    break
                for answer in await self._answers(frame[1:-len(_END)]):
                    writer.write(answer)
                await writer.drain()
        except (EOFError, OSError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _answers(self, frame: bytes) -> list[bytes]:
        message: Message = {"MSH": [""] * 20}
        try:
            message = read(frame)
            _check(message)
            return await self._handled(message)
        except Refused as refused:
            return [_framed(_acknowledged(message, refused.word, refused.code))]

    async def _handled(self, message: Message) -> list[bytes]:
        house, control = self._houses(field(message, "MSH", 6)), field(message, "MSH", 10)
        if field(message, "MSH", 9, 2) == "S25":
            if house.is_deaf:
                raise Refused("AR", "207")
            return [_framed(_listed(message, house))]
        if control in house.answered:
            return [_framed(house.answered[control])]
        fault = house.fault()
        await _before(fault)
        house.answered[control] = said = _done(message, house, fault)
        await _after(fault)
        return [_START + b"NOTHING" + _END] if fault == "nonsense" else [_framed(said)] * (2 if fault == "twice" else 1)


async def _before(fault: str) -> None:
    if fault == "busy":
        raise Refused("AR", "207")
    if fault == "silent-before":
        await asyncio.sleep(_SILENCE)
    if fault in {"silent-before", "cut-before"}:
        raise EOFError


async def _after(fault: str) -> None:
    if fault == "silent-after":
        await asyncio.sleep(_SILENCE)
    if fault == "cut-after":
        raise EOFError


def _check(message: Message) -> None:
    if field(message, "MSH", 12) != "2.5":
        raise Refused("AR", "203")
    if "^".join(field(message, "MSH", 9, n) for n in (1, 2, 3)) not in _KNOWN:
        raise Refused("AR", "200" if field(message, "MSH", 9) not in {"SIU", "SQM"} else "201")
    if not 0 < len(field(message, "MSH", 10)) <= 20 or not field(message, "MSH", 6) or field(message, "MSH", 11) != "P":  # noqa: PLR2004
        raise Refused("AE", "101")
    wanted = {"QRD": (1, 2, 3, 4, 7, 8, 9, 10), "QRF": (1, 2, 3)} if field(message, "MSH", 9) == "SQM" else _REQUIRED
    if any(not "".join(message.get(name, [])[n:n + 1]) for name, numbers in wanted.items() for n in numbers):
        raise Refused("AE", "101")


def _moment(text: str) -> datetime:
    if re.fullmatch(r"\d{14}\+\d{4}", text) is None:
        raise Refused("AE", "102")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S%z")
    except ValueError:
        raise Refused("AE", "102") from None


def _done(message: Message, house: House, fault: str) -> str:
    """Book or cancel; what is said of it."""
    try:
        (_booked if field(message, "MSH", 9, 2) == "S12" else _cancelled)(message, house, fault)
    except Refused as refused:
        return _acknowledged(message, refused.word, refused.code)
    return _acknowledged(message, "AE", "206") if fault in NO else _acknowledged(message, "AA")


def _booked(message: Message, house: House, fault: str) -> None:
    key, slot = field(message, "SCH", 1), field(message, "AIG", 3) or None
    begins, ends = (_moment(field(message, "SCH", 11, n)) for n in (4, 5))
    if any(one.status == "booked" for one in house.by_key(key)):
        raise Refused("AE", "205")
    try:
        house.book(Kept(key, field(message, "PID", 3), begins, ends, slot), fault)
    except Taken:
        raise Refused("AE", "206") from None


def _cancelled(message: Message, house: House, fault: str) -> None:
    ref = field(message, "SCH", 2)
    there = [one for one in house.by_key(field(message, "SCH", 1)) if one.status == "booked" and ref in {"", one.ref}]
    if not there:
        raise Refused("AE", "204")
    for one in there if fault not in UNDONE else []:
        house.cancel(one.ref, fault)


def _listed(message: Message, house: House) -> str:
    """SQR^S25: open and taken slots (SAL), or what is booked (SBK)."""
    begins, ends = _moment(field(message, "QRF", 2)), _moment(field(message, "QRF", 3))
    lists = {"SAL": _offers, "SBK": _bookings}
    if field(message, "QRD", 9) not in lists:
        raise Refused("AE", "103")
    found = lists[field(message, "QRD", 9)](house, begins, ends)
    return "\r".join([_head(message, "SQR^S25^SQR_S25"), f"MSA|AA|{field(message, 'MSH', 10)}", *found, ""])


def _offers(house: House, begins: datetime, ends: datetime) -> Iterator[str]:
    for one in house.offers.values():
        if begins <= one.start < ends:
            state = "Open" if house.is_free(one.id) else "Blocked" if one.blocked else "Booked"
            yield _schedule({5: f"{one.id}^{one.specialty}"}, one.start, one.end, state)
            yield from ("RGS|1", f"AIP|1||{one.schedule}")


def _bookings(house: House, begins: datetime, ends: datetime) -> Iterator[str]:
    for one in house.kept.values():
        if one.status == "booked" and begins <= one.start < ends:
            yield _schedule({1: f"{one.key}^GUOHUAI", 2: one.ref}, one.start, one.end, "Booked")
            yield from (f"PID|1||{one.person}^^^GUOHUAI^PI||^^^^^^S", "RGS|1")


def _schedule(named: dict[int, str], begins: datetime, ends: datetime, state: str) -> str:
    when = f"^^^{begins.astimezone(_HERE):%Y%m%d%H%M%S%z}^{ends.astimezone(_HERE):%Y%m%d%H%M%S%z}"
    fields = {**named, 6: "ROUTINE", 11: when, 16: "HIS", 20: "HIS", 25: state}
    return "|".join(["SCH", *(fields.get(n, "") for n in range(1, 26))])


def _head(message: Message, kind: str) -> str:
    now = field(message, "MSH", 7)
    return f"MSH|^~\\&|HIS|{field(message, 'MSH', 6)}|GUOHUAI|GUOHUAI|{now}||{kind}|A{field(message, 'MSH', 10)[:19]}|P|2.5"


def _acknowledged(message: Message, word: str, code: str = "") -> str:
    event = field(message, "MSH", 9, 2) or "S12"
    lines = [_head(message, f"ACK^{event}^ACK"), f"MSA|{word}|{field(message, 'MSH', 10)}"]
    return "\r".join([*lines, *([f"ERR|||{code}|E"] if code else []), ""])


def _framed(said: str) -> bytes:
    return _START + said.encode() + _END
