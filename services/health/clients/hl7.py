"""A hospital over HL7 v2.5: SIU^S12 books, SIU^S15 cancels, SQM^S25 asks what there is; by MLLP over TCP.

Standard: HL7 2.5 chapter 10 (scheduling), 2.9.2 (acknowledgments), tables 0357 (errors) and 0048 (SAL, SBK); MLLP release 1.
A question that is repeated bears the same message control id (MSH-10), so the hospital handles it once.
"""

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from services.health.clients import er7
from services.health.clients.keepable import NotKeepable, keepable, keepable_slot
from services.health.clients.line import Line, Silent, Unasked
from services.health.domain.ask import Answer, Question, Theirs, TheirSlot, Word

_US = "GUOHUAI"
_START, _END = b"\x0b", b"\x1c\r"
_LIMIT = 2**20  # bytes of one answer
_STRAY = 4  # answers to something else that are passed over
_TAKEN, _THERE, _NONE = "206", "205", "204"  # of table 0357: record locked, duplicate key, unknown key


@dataclass
class Hl7Hospital:
    """A hospital's listener, as this process knows it; the facility is the path of its address."""

    address: str
    line: Line

    async def slots(self, since: datetime, until: datetime, *, at: datetime) -> list[TheirSlot]:
        """Its own slots that begin then, free or not; Silent, Unasked."""
        offered = await self._queried("SAL", since, until, at)
        with self._refusing(at):
            return [keepable_slot(_slot(group)) for group in offered]

    async def kept(self, since: datetime, until: datetime, *, at: datetime) -> list[Theirs]:
        """What it keeps in our name then; Silent, Unasked."""
        booked = await self._queried("SBK", since, until, at)
        with self._refusing(at):
            return [keepable(_theirs(group)) for group in booked if group[0].part(1, 2) == _US]

    async def book(self, asked: Question, *, at: datetime) -> Answer:
        """Keep it. An acknowledgment does not say what the hospital calls it: our own name stands until they show theirs."""
        code = await self._told("S12", asked, "Booked", at)
        return Answer(Word.NO if code == _TAKEN else Word.YES)

    async def cancel(self, asked: Question, *, at: datetime) -> Answer:
        """Keep it no more; what it does not know is not kept."""
        code = await self._told("S15", asked, "Cancelled", at)
        return Answer(Word.NO if code == _TAKEN else Word.YES)

    async def _told(self, event: str, asked: Question, status: str, at: datetime) -> str:
        """The error's code, if it is one that answers the question; empty for a yes."""
        control = control_id(asked.ask)
        lines = [self._header(f"SIU^{event}^SIU_S12", control, at), *_appointment(asked, status)]
        answer = await self._exchanged(lines, control, at)
        word = next((one.part(1) for one in answer if one.name == "MSA"), "")
        code = next((one.part(3) for one in answer if one.name == "ERR"), "")
        if word in {"AA", "CA"}:
            return ""
        if word == "AE" and code in {_TAKEN, _THERE, _NONE}:
            return code
        raise self.line.failed(at, Unasked(f"{word} {code}") if word in {"AE", "AR", "CE", "CR"} else Silent("no acknowledgment"))

    async def _queried(self, what: str, since: datetime, until: datetime, at: datetime) -> list[list[er7.Segment]]:
        """What is scheduled then, each SCH with what belongs to it."""
        control = control_id(f"{what} {at.isoformat()}")
        who = er7.segment("QRD", {1: er7.moment(at), 2: "R", 3: "I", 4: control, 7: "1000^RD", 8: _US, 9: what, 10: "ALL"})
        when = er7.segment("QRF", {1: self._facility, 2: er7.moment(since), 3: er7.moment(until)})
        answer = await self._exchanged([self._header("SQM^S25^SQM_S25", control, at), who, when], control, at)
        if next((one.part(1) for one in answer if one.name == "MSA"), "") != "AA":
            raise self.line.failed(at, Unasked("query refused"))
        return list(_groups(answer))

    @contextmanager
    def _refusing(self, at: datetime) -> Iterator[None]:
        """Nothing of a list that has in it what is no time, or cannot be kept."""
        try:
            yield
        except er7.NotER7:
            raise self.line.failed(at, Silent("no time")) from None
        except NotKeepable:
            raise self.line.failed(at, Silent("what cannot be kept")) from None

    @property
    def _facility(self) -> str:
        return er7.said(urlsplit(self.address).path.strip("/"))

    def _header(self, kind: str, control: str, at: datetime) -> str:
        given = {3: _US, 4: _US, 5: "HIS", 6: self._facility, 7: er7.moment(at), 9: kind, 10: control, 11: "P", 12: "2.5"}
        return er7.segment("MSH", {2: "^~\\&", **given, 15: "NE", 16: "AL", 18: "UNICODE UTF-8"}).replace("MSH||", "MSH|", 1)

    async def _exchanged(self, lines: list[str], control: str, at: datetime) -> list[er7.Segment]:
        """The answer to this message, and to no other."""
        place = urlsplit(self.address)
        async with self.line.open(at):
            try:
                reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=_LIMIT)
            except OSError as failed:
                raise Unasked(type(failed).__name__) from None
            try:
                writer.write(_START + "\r".join([*lines, ""]).encode() + _END)
                await writer.drain()
                return await _answer_to(control, reader)
            except (OSError, EOFError, asyncio.LimitOverrunError, er7.NotER7) as failed:
                raise Silent(type(failed).__name__) from None
            finally:
                writer.close()


async def _answer_to(control: str, reader: asyncio.StreamReader) -> list[er7.Segment]:
    for _ in range(_STRAY):
        frame = await reader.readuntil(_END)
        found = er7.parse(frame[:-len(_END)].removeprefix(_START))
        if any(one.name == "MSA" and one.part(2) == control for one in found):
            return found
    raise EOFError("answers to something else")


def control_id(of: UUID | str) -> str:
    """MSH-10 of a question: the same for the same one; 20 signs, as many as 2.5 has room for."""
    return base64.b32encode(hashlib.sha256(str(of).encode()).digest())[:20].decode()


def _appointment(asked: Question, status: str) -> list[str]:
    """SCH, PID, RGS and AIG; the person is a number of ours, by a coded pseudonym (table 0200: S)."""
    when = f"^^^{er7.moment(asked.starts_at)}^{er7.moment(asked.ends_at)}"
    schedule = {1: er7.parts(str(asked.key), _US), 6: status.upper(), 11: when, 16: _US, 20: _US, 25: status}
    named = {2: er7.parts(asked.ref)} if asked.ref is not None else {}
    person = {1: "1", 3: f"{asked.person}^^^{_US}^PI", 5: "匿名^^^^^^S"}
    lines = [er7.segment("SCH", schedule | named), er7.segment("PID", person), er7.segment("RGS", {1: "1", 2: "A"})]
    resource = [er7.segment("AIG", {1: "1", 2: "A", 3: er7.parts(asked.slot), 4: "SLOT"})] if asked.slot else []
    return lines + resource


def _groups(answer: list[er7.Segment]) -> Iterator[list[er7.Segment]]:
    """Each SCH with what belongs to it."""
    group: list[er7.Segment] = []
    for one in answer:
        if one.name == "SCH":
            if group:
                yield group
            group = []
        if group or one.name == "SCH":
            group.append(one)
    if group:
        yield group


def _times(schedule: er7.Segment) -> tuple[datetime, datetime]:
    """Of SCH-11, begin and end."""
    return er7.read_moment(schedule.part(11, 4)), er7.read_moment(schedule.part(11, 5))


def _slot(group: list[er7.Segment]) -> TheirSlot:
    schedule, begin_end = group[0], _times(group[0])
    doctor = next((one.part(3) for one in group if one.name == "AIP"), "")
    return TheirSlot(schedule.part(5), *begin_end, doctor, schedule.part(5, 2) or "全科", schedule.part(25).upper() == "OPEN")


def _theirs(group: list[er7.Segment]) -> Theirs:
    schedule = group[0]
    return Theirs(schedule.part(2), _uuid(schedule.part(1)), *_times(schedule))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
