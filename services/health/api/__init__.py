"""HTTP in, a module a resource."""

from services.health.api import (
    appointments,
    breaches,
    calendars,
    contracts,
    entitlements,
    fhir,
    fhir_bookings,
    fhir_bundles,
    fhir_events,
    fhir_operations,
    fhir_schedules,
    fhir_sheets,
    fhir_slots,
    fhir_subscriptions,
    holds,
    hospitals,
    notes,
    online,
    policies,
    programs,
    reconciliations,
    schedules,
    slot_sheets,
    slots,
    tickets,
    visits,
    waits,
)

routers = (
    schedules.router, slots.router, entitlements.router, hospitals.router, reconciliations.router, holds.router,
    waits.router, policies.router, breaches.router, online.router, appointments.router, calendars.router, notes.router,
    tickets.router, visits.router, programs.router, fhir.public, fhir_bookings.router, fhir_operations.router,
    fhir_sheets.router, fhir_slots.router, fhir_schedules.router, fhir_events.router,
    fhir_bundles.router, fhir_subscriptions.router, fhir.router, fhir.rest, contracts.router, slot_sheets.router,
)
