"""A hospital over FHIR R4: Slot search; Appointment create (conditional), search, and update to cancel.

HTTP rules: FHIR R4 (4.0.1) RESTful API, sections 3.1.0.8 create and conditional create, 3.1.0.4 update, 3.1.0.5 managing resource
contention, 3.1.1 search. An appointment is named by our identifier, so a question that is repeated books once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from services.health.clients.keepable import NotKeepable, keepable, keepable_slot
from services.health.clients.line import Line, Silent
from services.health.clients.web import Answered, exchanged
from services.health.domain.ask import Answer, Question, Theirs, TheirSlot, Word

SYSTEM = "urn:guohuai:appointment"
PERSON = "urn:guohuai:person"
_MEDIA = "application/fhir+json"
_PAGES = 50  # of a search; more is no answer
_NO, _GONE, _SEVERAL, _STALE = frozenset({409, 422}), frozenset({404, 410}), 412, 412
_SUCCESS = range(200, 300)
_LIVE = frozenset({"pending", "booked", "arrived", "fulfilled", "checked-in", "waitlist"})


class _Identifier(BaseModel):
    system: str = ""
    value: str = ""


class _Meta(BaseModel):
    version: Annotated[str, Field(alias="versionId", pattern=r"^[A-Za-z0-9.-]{1,64}$")] = "1"


class _Appointment(BaseModel):
    kind: Annotated[str, Field(alias="resourceType", pattern="^Appointment$")]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,64}$")]
    meta: _Meta = _Meta()
    identifier: list[_Identifier] = []
    status: str
    start: AwareDatetime
    end: AwareDatetime

    def as_theirs(self) -> Theirs:
        """As reconciliation compares it."""
        ours = next((one.value for one in self.identifier if one.system == SYSTEM), "")
        return Theirs(self.id, _uuid(ours), self.start, self.end)


class _Reference(BaseModel):
    reference: Annotated[str, Field(max_length=128)]


class _Text(BaseModel):
    text: Annotated[str, Field(max_length=64)] = ""


class _Slot(BaseModel):
    kind: Annotated[str, Field(alias="resourceType", pattern="^Slot$")]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,64}$")]
    status: str
    start: AwareDatetime
    end: AwareDatetime
    schedule: _Reference
    specialty: list[_Text] = []

    def as_slot(self) -> TheirSlot:
        """As it may be sold here."""
        department = next((one.text for one in self.specialty if one.text), "全科")
        return TheirSlot(self.id, self.start, self.end, self.schedule.reference, department, self.status == "free")


class _Link(BaseModel):
    relation: str
    url: str


class _Bundle(BaseModel):
    kind: Annotated[str, Field(alias="resourceType", pattern="^Bundle$")]
    link: list[_Link] = []
    entry: list[dict[str, Any]] = []


R = TypeVar("R", bound=BaseModel)


@dataclass
class FhirHospital:
    """A hospital's FHIR base, as this process knows it."""

    base: str
    token: str = field(repr=False)
    line: Line

    async def slots(self, since: datetime, until: datetime, *, at: datetime) -> list[TheirSlot]:
        """Its own slots that begin then, free or not; Silent, Unasked."""
        period = [("start", f"ge{since.isoformat()}"), ("start", f"lt{until.isoformat()}")]
        found = await self._found(_Slot, "Slot", period, at)
        with self._refusing(at):
            return [keepable_slot(one.as_slot()) for one in found]

    async def kept(self, since: datetime, until: datetime, *, at: datetime) -> list[Theirs]:
        """What it keeps in our name then; Silent, Unasked."""
        period = [("date", f"ge{since.isoformat()}"), ("date", f"lt{until.isoformat()}")]
        found = await self._found(_Appointment, "Appointment", [("identifier", f"{SYSTEM}|"), *period], at)
        with self._refusing(at):
            return [keepable(one.as_theirs()) for one in found if one.status in _LIVE]

    async def book(self, asked: Question, *, at: datetime) -> Answer:
        """Keep it, unless it is there already; what is doubtful is looked for first."""
        there = await self._of(asked, at) if asked.is_doubtful else []
        if there:
            return Answer(Word.YES, there[0].id)
        body = self._body(asked, "booked")
        # what was cancelled once is no reason not to keep it now
        condition = {"if-none-exist": f"identifier={SYSTEM}|{asked.key}&status={','.join(sorted(_LIVE))}"}
        answer = await self._answer("POST", "Appointment", at, json=body, headers=condition)
        if answer.status_code in _NO:
            return Answer(Word.NO)
        if answer.status_code == _SEVERAL:  # it is there more than once: one of them is the appointment
            there = await self._of(asked, at)
            return Answer(Word.YES, there[0].id) if there else Answer(Word.SILENCE)
        return self._said(self._understood(_Appointment, answer, at))

    async def cancel(self, asked: Question, *, at: datetime) -> Answer:
        """Keep it no more: that one of theirs, or whatever bears our name."""
        for one in await self._of(asked, at):
            if asked.ref in {None, one.id}:
                body = self._body(asked, "cancelled") | {"id": one.id, "start": _said(one.start), "end": _said(one.end)}
                match = {"if-match": f'W/"{one.meta.version}"'}
                answer = await self._answer("PUT", f"Appointment/{one.id}", at, json=body, headers=match)
                if answer.status_code in _NO:
                    return Answer(Word.NO)
                if answer.status_code not in _GONE and self._understood(_Appointment, answer, at).status in _LIVE:
                    return Answer(Word.SILENCE)
        return Answer(Word.YES)

    async def _of(self, asked: Question, at: datetime) -> list[_Appointment]:
        found = await self._found(_Appointment, "Appointment", [("identifier", f"{SYSTEM}|{asked.key}")], at)
        return [one for one in found if one.status in _LIVE]

    async def _found(self, kind: type[R], what: str, asked: list[tuple[str, str]], at: datetime) -> list[R]:
        """Every page of a search; pages lie where the first one does."""
        found: list[R] = []
        address: str | None = f"{self.base}/{what}"
        parameters: list[tuple[str, str]] | None = [*asked, ("_count", "100")]
        for _ in range(_PAGES):
            if address is None:
                return found
            if not address.startswith(f"{self.base}/"):
                break
            bundle = self._understood(_Bundle, await self._answer("GET", address, at, params=parameters), at)
            found += [self._shaped(kind, one.get("resource"), at) for one in bundle.entry]
            address, parameters = next((one.url for one in bundle.link if one.relation == "next"), None), None
        raise self.line.failed(at, Silent("pages without end"))

    async def _answer(self, method: str, where: str, at: datetime, **request: Any) -> Answered:
        address = where if where.startswith(self.base) else f"{self.base}/{where}"
        headers = {"authorization": f"Bearer {self.token}", "accept": _MEDIA} | request.pop("headers", {})
        if "json" in request:
            headers["content-type"] = _MEDIA
        return await exchanged(self.line, at, method, address, headers=headers, **request)

    def _understood(self, kind: type[R], answer: Answered, at: datetime) -> R:
        """What it says, in FHIR's form; Silent if it is anything else."""
        try:
            said = json.loads(answer.content) if answer.status_code in _SUCCESS else None
        except (ValueError, RecursionError):
            said = None
        return self._shaped(kind, said, at, f"status {answer.status_code}")

    def _shaped(self, kind: type[R], said: Any, at: datetime, why: str = "no answer of FHIR's form") -> R:
        try:
            return kind.model_validate(said)
        except ValidationError:
            raise self.line.failed(at, Silent(why)) from None

    @contextmanager
    def _refusing(self, at: datetime) -> Iterator[None]:
        """Nothing of a list that has in it what cannot be kept."""
        try:
            yield
        except NotKeepable:
            raise self.line.failed(at, Silent("what cannot be kept")) from None

    def _said(self, one: _Appointment) -> Answer:
        """Its word by the state it gives the appointment; `pending` is none yet."""
        if one.status == "booked":
            return Answer(Word.YES, one.id)
        return Answer(Word.SILENCE if one.status in _LIVE | {"proposed"} else Word.NO)

    def _body(self, asked: Question, status: str) -> dict[str, Any]:
        person = {"actor": {"identifier": {"system": PERSON, "value": str(asked.person)}}, "status": "accepted"}
        slot = {"slot": [{"reference": f"Slot/{asked.slot}"}]} if asked.slot else {}
        return {
            "resourceType": "Appointment", "identifier": [{"system": SYSTEM, "value": str(asked.key)}], "status": status, **slot,
            "start": _said(asked.starts_at), "end": _said(asked.ends_at), "participant": [person],
        }


def _said(moment: datetime) -> str:
    """A FHIR instant: seconds and zone are always said."""
    return moment.isoformat()


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None
