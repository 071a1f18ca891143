"""A hospital's Slots and Schedules as its program sends them, read for what they say here; what has another form is refused."""

from datetime import time
from typing import Any

from services.health.api import fhir_body as bodies
from services.health.domain.offering import WRITTEN, Aside, BookingStateOurs, Offer, Plan
from services.health.domain.online import Modality
from services.health.domain.proposal import BodyUnfit
from services.health.domain.resources import (
    BACK_AT,
    BACK_DAYS,
    CAPACITY,
    CLOSED,
    MODALITY,
    OPENS_AT,
    ROOM,
    SET_ASIDE,
    SET_ASIDE_UNTIL,
    Resource,
)

MOST_SEATS, MOST_DAYS = 200, 90


def offer(said: Resource, base: str) -> Offer:
    """A Slot as a hospital wishes it; TimeUnfit, SetAsideUnfit, BookingStateOurs."""
    status = said.get("status")
    if isinstance(status, str) and status not in WRITTEN:
        raise BookingStateOurs
    more = _extensions(said)
    modality, opens = more.get(MODALITY, {}).get("valueCode", Modality.IN_PERSON), more.get(OPENS_AT, {}).get("valueInstant")
    until = more.get(SET_ASIDE_UNTIL, {}).get("valueInstant")
    stops = more[CLOSED].get("valueBoolean") if CLOSED in more else False
    if not isinstance(status, str) or modality not in list(Modality) or not isinstance(stops, bool):
        raise BodyUnfit
    made = Offer(
        bodies.referred(said.get("schedule"), "Schedule", base) or "", bodies.instant(said.get("start")),
        bodies.instant(said.get("end")), status, _number(more, CAPACITY, 1, MOST_SEATS) or 1,
        None if opens is None else bodies.instant(opens), Modality(modality), _room(more.get(ROOM), base),
        tuple(bodies.names(said)), _number(more, SET_ASIDE, 0, MOST_SEATS),
        None if until is None else bodies.instant(until), stops,
    )
    made.check()
    return made


def plan(said: Resource, base: str) -> Plan:
    """Whose a Schedule is, doctor and department, and what it says; BodyUnfit of one that names not just both, SetAsideUnfit."""
    doctors, departments = (
        {key for one in bodies.many(said, "actor") if (key := bodies.referred(one, kind, base)) is not None}
        for kind in ("Practitioner", "HealthcareService")
    )
    is_active = said.get("active")
    if len(doctors) != 1 or len(departments) != 1 or not isinstance(is_active, bool | None):
        raise BodyUnfit
    return Plan(doctors.pop(), departments.pop(), tuple(bodies.names(said)), is_active, _aside(_extensions(said)))


def _extensions(said: Resource) -> dict[Any, Resource]:
    """By their addresses; the last of two goes."""
    return {url: one for one in bodies.many(said, "extension") if isinstance(url := one.get("url"), str)}


def _number(more: dict[Any, Resource], url: str, least: int, most: int) -> int | None:
    """What an extension counts; none if it is not there."""
    if url not in more:
        return None
    said = more[url].get("valueInteger")
    if type(said) is not int or not least <= said <= most:
        raise BodyUnfit
    return said


def _aside(more: dict[Any, Resource]) -> Aside | None:
    seats, days = _number(more, SET_ASIDE, 0, MOST_SEATS), _number(more, BACK_DAYS, 0, MOST_DAYS)
    at = _time(more[BACK_AT].get("valueTime")) if BACK_AT in more else None
    if seats is None and days is None and at is None:
        return None
    made = Aside(seats or 0, days, at)
    made.check()
    return made


def _time(said: Any) -> time:
    """A time of the day in Chengdu, as R4's `time`: no zone, no fractions kept."""
    try:
        at = time.fromisoformat(said)
    except (TypeError, ValueError):
        raise BodyUnfit from None
    if at.tzinfo is not None:
        raise BodyUnfit
    return at.replace(microsecond=0)


def _room(said: Resource | None, base: str) -> str | None:
    return None if said is None else bodies.referred(said.get("valueReference"), "Location", base) or ""
