"""Who may do what in the health hut."""

from chassis.rights import Rights, Rule
from contracts.area import Role

_HUT = frozenset({Role.DOCTOR, Role.HUT_STAFF})
_DOCTORS = frozenset({Role.DOCTOR})
_KEEPERS = frozenset({Role.HUT_STAFF, Role.COMMUNITY_OFFICER, Role.ADMIN})  # who lays down doctors' hours
_ENTERERS = frozenset({Role.COMMUNITY_OFFICER, Role.ADMIN})  # who says which hospitals and rooms there are
_MARKERS = _HUT | {Role.COMMUNITY_OFFICER}  # who says for whom seats are set aside

_SETTLERS = frozenset({Role.HUT_STAFF, Role.COMMUNITY_OFFICER})  # what we and a hospital differ in; appeals

RIGHTS: Rights = {
    "slots.read": Rule(roles=_HUT, neighbours=True),
    "schedules.read": Rule(roles=_HUT | _KEEPERS, neighbours=True),
    "schedules.keep": Rule(roles=_KEEPERS),
    "hospitals.read": Rule(roles=_HUT | _KEEPERS, neighbours=True),
    "hospitals.keep": Rule(roles=_ENTERERS),
    "rooms.read": Rule(roles=_HUT | _KEEPERS, neighbours=True),
    "rooms.show_code": Rule(roles=_HUT),
    "rooms.keep": Rule(roles=_ENTERERS),
    "reconciliations.order": Rule(roles=_SETTLERS),
    "divergences.read": Rule(roles=_SETTLERS, private=True),
    "divergences.settle": Rule(roles=_SETTLERS, private=True),
    "health.book": Rule(neighbours=True),
    "policies.read": Rule(roles=_HUT | _KEEPERS, neighbours=True),
    "policies.keep": Rule(roles=_ENTERERS),
    "online_care.read": Rule(roles=_HUT | _KEEPERS, neighbours=True),
    "online_care.keep": Rule(roles=_ENTERERS),
    "contracts.ask": Rule(neighbours=True),
    "contracts.offer": Rule(roles=_HUT, private=True),
    "contracts.answer": Rule(roles=_HUT, owner=True, private=True),
    "contracts.end": Rule(roles=_HUT, owner=True, private=True),
    "contracts.serve": Rule(roles=_HUT, private=True),
    "contracts.read": Rule(roles=_HUT, owner=True, private=True),
    "packages.read": Rule(roles=_HUT | _KEEPERS, neighbours=True),
    "packages.keep": Rule(roles=_ENTERERS),
    "evidence.record": Rule(roles=_HUT, private=True),
    "evidence.read": Rule(roles=_HUT, owner=True, private=True),
    "entitlements.keep": Rule(roles=_MARKERS, private=True),
    "entitlements.read": Rule(roles=_MARKERS, owner=True, private=True),
    "appointments.read": Rule(roles=_HUT, owner=True, private=True),
    "appointments.cancel": Rule(roles=_HUT, owner=True, private=True),
    "appointments.check_in": Rule(roles=_HUT, owner=True, private=True),
    "appointments.see": Rule(roles=_HUT, private=True),
    "appointments.book_for": Rule(roles=_HUT, private=True),
    "breaches.read": Rule(roles=_SETTLERS, owner=True, private=True),
    "breaches.appeal": Rule(owner=True, private=True),
    "breaches.decide": Rule(roles=_SETTLERS, private=True),
    "appointments.move": Rule(owner=True, private=True),
    "visits.attend": Rule(roles=_HUT, owner=True, private=True),
    "visit_notes.write": Rule(roles=_DOCTORS, private=True),
    "visit_notes.read": Rule(roles=_DOCTORS, owner=True, private=True),
    "holds.use": Rule(owner=True, private=True),
    "fhir.read": Rule(anyone=True),  # a program that speaks for a hospital, and its hospital bounds what it reaches
    "fhir.book": Rule(anyone=True),
    "fhir.offer": Rule(anyone=True),
    "fhir.register": Rule(anyone=True),
    "fhir.subscribe": Rule(anyone=True),
}
