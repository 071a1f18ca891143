"""HTTP in, a module a resource."""

from services.health.api import appointments, entitlements, holds, schedules, slots

routers = (schedules.router, slots.router, entitlements.router, holds.router, appointments.router)
