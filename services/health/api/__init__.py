"""HTTP in, a module a resource."""

from services.health.api import appointments, holds, slots

routers = (slots.router, holds.router, appointments.router)
