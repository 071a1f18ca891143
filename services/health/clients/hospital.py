"""The port to hospitals' own systems, and which of them a name leads to."""

from datetime import datetime
from functools import cache
from typing import Protocol

from services.health.clients.fhir import FhirHospital
from services.health.clients.hl7 import Hl7Hospital
from services.health.clients.line import Line, Silent, Unasked
from services.health.clients.soap import SCHEME, SoapHospital
from services.health.domain.ask import Answer, Kind, Question, Theirs, TheirSlot, Word
from services.health.settings import HealthSettings


class HospitalSystem(Protocol):
    """What is asked of a hospital, over whichever wire. Silent: it may have heard; Unasked: it cannot have."""

    async def slots(self, since: datetime, until: datetime, *, at: datetime) -> list[TheirSlot]: ...
    async def kept(self, since: datetime, until: datetime, *, at: datetime) -> list[Theirs]: ...
    async def book(self, asked: Question, *, at: datetime) -> Answer: ...
    async def cancel(self, asked: Question, *, at: datetime) -> Answer: ...


@cache
def _one(name: str, address: str, token: str) -> HospitalSystem:
    line = Line(name)
    if address.startswith("mllp:"):
        return Hl7Hospital(address, line)
    if address.startswith(SCHEME):
        return SoapHospital(address.removeprefix(SCHEME), token, line)
    return FhirHospital(address, token, line)


def of(settings: HealthSettings, name: str) -> HospitalSystem:
    """The one of this process; Unasked if no such system is connected."""
    if name not in settings.systems:
        raise Unasked("not connected")
    return _one(name, settings.systems[name], settings.tokens.get(name, ""))


async def asked(settings: HealthSettings, name: str, question: Question, *, at: datetime) -> Answer:
    """The hospital's word, or that there is none."""
    try:
        system = of(settings, name)
        return await (system.book if question.kind is Kind.BOOK else system.cancel)(question, at=at)
    except Unasked:
        return Answer(Word.UNASKED)
    except Silent:
        return Answer(Word.SILENCE)
