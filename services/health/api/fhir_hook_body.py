"""A Subscription as it is asked for: which topic, where to, how often a sign of life, until when (R4, Backport 1.1)."""

from datetime import datetime
from typing import Any

from services.health.api import fhir_body as bodies
from services.health.domain.hook import CriteriaRefused, EndpointRefused, PeriodRefused, Wanted
from services.health.domain.offering import TimeUnfit
from services.health.domain.proposal import BodyUnfit
from services.health.domain.resources import MEDIA_TYPE, Resource
from services.health.domain.topic import CONTENT, HEARTBEAT, RAREST, SHORTEST, Topic, meant

_PAYLOADS = frozenset({MEDIA_TYPE, "application/json"})


def wanted(said: Resource) -> Wanted:
    """CriteriaRefused for what this door does not tell, or not in that way; PeriodRefused, EndpointRefused."""
    channel = said.get("channel")
    if not isinstance(channel, dict):
        raise CriteriaRefused
    topic = _topic(said, channel)
    endpoint = channel.get("endpoint")
    if not isinstance(endpoint, str):
        raise EndpointRefused
    return Wanted(endpoint, topic, _heartbeat(channel), _end(said.get("end")))


def _topic(said: Resource, channel: Resource) -> Topic:
    topic = meant(said.get("criteria"))
    is_told_so = channel.get("type") == "rest-hook" and not channel.get("header") and "_criteria" not in said
    if topic is None or not is_told_so or channel.get("payload", MEDIA_TYPE) not in _PAYLOADS:
        raise CriteriaRefused
    if any(one.get("valueCode") != "id-only" for one in _extensions(channel.get("_payload"), CONTENT)):
        raise CriteriaRefused
    return topic


def _heartbeat(channel: Resource) -> int | None:
    asked = _extensions(channel, HEARTBEAT)
    seconds = asked[0].get("valueUnsignedInt") if asked else None
    if asked and (type(seconds) is not int or not SHORTEST <= seconds <= RAREST or len(asked) > 1):
        raise PeriodRefused
    return seconds


def _end(said: Any) -> datetime | None:
    try:
        return None if said is None else bodies.instant(said)
    except (BodyUnfit, TimeUnfit):
        raise PeriodRefused from None


def _extensions(said: Any, url: str) -> list[Resource]:
    listed = said.get("extension", []) if isinstance(said, dict) else []
    return [one for one in listed if isinstance(one, dict) and one.get("url") == url] if isinstance(listed, list) else []
