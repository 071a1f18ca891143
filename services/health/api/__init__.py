"""HTTP in, a module a resource."""

from services.health.api import (
    appointments,
    breaches,
    entitlements,
    fhir,
    fhir_bookings,
    fhir_subscriptions,
    holds,
    hospitals,
    policies,
    programs,
    reconciliations,
    schedules,
    slots,
    waits,
)

routers = (
    schedules.router, slots.router, entitlements.router, hospitals.router, reconciliations.router, holds.router,
    waits.router, policies.router, breaches.router, appointments.router,
    programs.router, fhir.public, fhir_bookings.router, fhir_subscriptions.router,
    fhir.router, fhir.rest,
)
