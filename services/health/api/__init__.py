"""HTTP in, a module a resource."""

from services.health.api import appointments, holds, schedules, slots

routers = (schedules.router, slots.router, holds.router, appointments.router)
