"""HTTP in, a module a resource."""

from services.health.api import (
    appointments,
    calendars,
    entitlements,
    fhir,
    fhir_bookings,
    fhir_subscriptions,
    holds,
    hospitals,
    notes,
    programs,
    reconciliations,
    schedules,
    slots,
    tickets,
    visits,
)

routers = (
    schedules.router, slots.router, entitlements.router, hospitals.router, reconciliations.router, holds.router,
    appointments.router, calendars.router, notes.router, tickets.router, visits.router, programs.router, fhir.public,
    fhir_bookings.router, fhir_subscriptions.router, fhir.router, fhir.rest,
)
