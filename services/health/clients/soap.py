"""A hospital over SOAP 1.1, document/literal, as contracts/soap/booking.wsdl says: six questions that it answers of its own pool.

A booking is named by our order number, so Confirm that is said twice books once. A Fault is neither yes nor no; "taken" is a no.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, ValidationError

from services.health.clients import envelope
from services.health.clients.envelope import Fault, Node, NotAnEnvelope
from services.health.clients.keepable import NotKeepable, keepable, keepable_slot
from services.health.clients.line import Line, Silent, Unasked
from services.health.clients.web import exchanged
from services.health.domain.ask import Answer, Question, Theirs, TheirSlot, Word

SPACE = "urn:guohuai:booking:1"
SCHEME = "soap+"  # before http or https, in the address of a system
_PAGES = 50  # of a list; more is no answer
_OK, _ANSWERS = 200, frozenset({200, 400, 500})  # a Fault comes with 500 (SOAP 1.1 section 6.2), or what a framework makes of it
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)  # xs:dateTime with its zone

_SPACES = re.compile(r"[ \t\r\n]+")  # XML's own (XML 1.0, 2.3), and no other sign that looks like one


def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError("no moment")
    return datetime.fromisoformat(text)


_Name = Annotated[str, Field(min_length=1, max_length=64)]
_Mark = Annotated[str, Field(min_length=1, max_length=128)]
_Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]


class _Slot(BaseModel):
    id: Annotated[_Name, Field(alias="Id")]
    starts_at: Annotated[_Moment, Field(alias="Start")]
    ends_at: Annotated[_Moment, Field(alias="End")]
    doctor: Annotated[_Name, Field(alias="Doctor")]
    department: Annotated[_Name, Field(alias="Department")] = "全科"
    state: Annotated[Literal["free", "taken", "closed"], Field(alias="State")]

    def as_slot(self) -> TheirSlot:
        """As it may be sold here."""
        return TheirSlot(self.id, self.starts_at, self.ends_at, self.doctor, self.department, self.state == "free")


class _Booking(BaseModel):
    order: Annotated[UUID, Field(alias="Order")]
    ref: Annotated[_Name, Field(alias="Reference")]
    starts_at: Annotated[_Moment, Field(alias="Start")]
    ends_at: Annotated[_Moment, Field(alias="End")]
    state: Annotated[Literal["booked", "cancelled"], Field(alias="State")]

    def as_theirs(self) -> Theirs:
        """As reconciliation compares it."""
        return Theirs(self.ref, self.order, self.starts_at, self.ends_at)


class _Said(BaseModel):
    """What was done with an order, in the words of its question."""

    order: Annotated[UUID, Field(alias="Order")]


class _Locked(_Said):
    outcome: Annotated[Literal["locked", "taken"], Field(alias="Outcome")]


class _Unlocked(_Said):
    outcome: Annotated[Literal["unlocked", "none"], Field(alias="Outcome")]


class _Confirmed(_Said):
    outcome: Annotated[Literal["booked", "taken"], Field(alias="Outcome")]
    ref: Annotated[_Name | None, Field(alias="Reference")] = None


class _Cancelled(_Said):
    outcome: Annotated[Literal["cancelled", "none", "refused"], Field(alias="Outcome")]


R = TypeVar("R", bound=BaseModel)
S = TypeVar("S", bound=_Said)
_Parts = list[tuple[str, str]]


@dataclass
class SoapHospital:
    """A hospital's service, as this process knows it."""

    address: str
    token: str = field(repr=False)
    line: Line

    async def slots(self, since: datetime, until: datetime, *, at: datetime) -> list[TheirSlot]:
        """Its own slots that begin then, free or not; Silent, Unasked."""
        found = await self._listed(_Slot, "QuerySlots", "Slot", _period(since, until), at)
        with self._refusing(at):
            return [keepable_slot(one.as_slot()) for one in found]

    async def kept(self, since: datetime, until: datetime, *, at: datetime) -> list[Theirs]:
        """What it keeps in our name then; Silent, Unasked."""
        found = await self._listed(_Booking, "QueryOrders", "Booking", _period(since, until), at)
        with self._refusing(at):
            return [keepable(one.as_theirs()) for one in found if one.state == "booked"]

    async def book(self, asked: Question, *, at: datetime) -> Answer:
        """Lock it and confirm, unless it is there already; what is doubtful is looked for first. A lock lapses by itself."""
        there = await self._of(asked, at) if asked.is_doubtful else []
        if there:
            return Answer(Word.YES, there[0].ref)
        if asked.slot is not None:
            locked = await self._told(_Locked, "Lock", asked, [("Slot", asked.slot)], at)
            if locked.outcome == "taken":
                return Answer(Word.NO)
        slot = [("Slot", asked.slot)] if asked.slot is not None else []
        when = [("Start", _said(asked.starts_at)), ("End", _said(asked.ends_at))]
        said = await self._told(_Confirmed, "Confirm", asked, [*slot, *when, ("Person", str(asked.person))], at)
        if said.outcome == "taken":
            return Answer(Word.NO)
        if said.ref is None:
            raise self.line.failed(at, Silent("booked, and no name for it"))
        return Answer(Word.YES, said.ref)

    async def cancel(self, asked: Question, *, at: datetime) -> Answer:
        """Keep it no more: that one of theirs, or whatever bears our number; where nothing does, a lock is given back."""
        refs = [asked.ref] if asked.ref is not None else [one.ref for one in await self._of(asked, at)]
        for ref in refs:
            said = await self._told(_Cancelled, "Cancel", asked, [("Reference", ref)], at)
            if said.outcome == "refused":
                return Answer(Word.NO)
        if not refs and asked.slot is not None:
            await self._told(_Unlocked, "Unlock", asked, [("Slot", asked.slot)], at)
        return Answer(Word.YES)

    async def _of(self, asked: Question, at: datetime) -> list[_Booking]:
        found = await self._listed(_Booking, "QueryOrders", "Booking", [("Order", str(asked.key))], at)
        return [one for one in found if one.order == asked.key and one.state == "booked"]

    async def _listed(self, kind: type[R], act: str, name: str, asked: _Parts, at: datetime) -> list[R]:
        """Every page of a list."""
        found: list[R] = []
        after: _Parts = []
        for _ in range(_PAGES):
            said = await self._answer(act, [*asked, *after], at)
            found += [self._shaped(kind, _parts(one), at) for one in said.inside if one.name == f"{{{SPACE}}}{name}"]
            following = said.first(f"{{{SPACE}}}Next")
            if following is None:
                return found
            after = [("After", self._shaped(_Next, {"Next": _text(following)}, at).mark)]
        raise self.line.failed(at, Silent("pages without end"))

    async def _told(self, kind: type[S], act: str, asked: Question, parts: _Parts, at: datetime) -> S:
        """What was done with this order, and with no other."""
        said = await self._answer(act, [("Order", str(asked.key)), *parts], at)
        found = self._shaped(kind, _parts(said), at)
        if found.order != asked.key:
            raise self.line.failed(at, Silent("an answer to something else"))
        return found

    async def _answer(self, act: str, parts: _Parts, at: datetime) -> Node:
        """The element that answers this question; Silent, Unasked."""
        headers = {"soapaction": f'"{SPACE}/{act}"', "content-type": "text/xml; charset=utf-8", "accept": "text/xml"}
        headers["authorization"] = f"Bearer {self.token}"
        body = envelope.written(SPACE, act, parts)
        answer = await exchanged(self.line, at, "POST", self.address, headers=headers, content=body)
        try:
            said = await asyncio.to_thread(envelope.read, answer.content if answer.status_code in _ANSWERS else b"")
        except NotAnEnvelope:
            raise self.line.failed(at, Silent(f"status {answer.status_code}")) from None
        except Fault as fault:
            raise self.line.failed(at, (Unasked if fault.is_undone else Silent)(str(fault))) from None
        if said.name != f"{{{SPACE}}}{act}Response" or answer.status_code != _OK:
            raise self.line.failed(at, Silent("an answer to something else"))
        return said

    def _shaped(self, kind: type[R], said: dict[str, Any], at: datetime) -> R:
        try:
            return kind.model_validate(said)
        except ValidationError:
            raise self.line.failed(at, Silent("no answer of the schema's form")) from None

    @contextmanager
    def _refusing(self, at: datetime) -> Iterator[None]:
        """Nothing of a list that has in it what cannot be kept."""
        try:
            yield
        except NotKeepable:
            raise self.line.failed(at, Silent("what cannot be kept")) from None


class _Next(BaseModel):
    mark: Annotated[_Mark, Field(alias="Next")]


def _parts(said: Node) -> dict[str, Any]:
    """The texts in an element by their names; one that is there twice is none. What is not of our namespace is passed over."""
    found: dict[str, Any] = {}
    for one in said.inside:
        space, _, name = one.name.removeprefix("{").partition("}")
        if space == SPACE:
            found[name] = None if name in found else _text(one)
    return found


def _text(one: Node) -> str | None:
    """Its text as xs:token has it; none of what has anything else in it."""
    return None if one.inside else _SPACES.sub(" ", one.text).strip(" ")


def _period(since: datetime, until: datetime) -> _Parts:
    return [("From", _said(since)), ("Until", _said(until))]


def _said(moment: datetime) -> str:
    return moment.isoformat()
