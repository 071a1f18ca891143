"""HTTP in, a module a resource."""

from services.health.api import appointments, entitlements, holds, hospitals, reconciliations, schedules, slots

routers = (
    schedules.router, slots.router, entitlements.router, hospitals.router, reconciliations.router, holds.router,
    appointments.router,
)
