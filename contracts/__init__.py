"""The published language: the events of every service and the words they share."""

from contracts import (
    gate,
    health,
    health_contracts,
    identity,
    identity_homes,
    identity_merges,
    identity_wards,
    notify,
    reports,
    reports_causes,
    reports_outside,
    reports_severity,
    reports_units,
)
from contracts.area import Role, community_of, contains, is_path
from contracts.event import EVENTS, Audience, Event

__all__ = [
    "EVENTS", "Audience", "Event", "Role", "community_of", "contains", "gate", "health", "health_contracts", "identity",
    "identity_homes",
    "identity_merges", "identity_wards", "is_path",
    "notify", "reports", "reports_causes", "reports_outside", "reports_severity", "reports_units",
]
