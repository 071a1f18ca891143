"""HTTP in, a module a resource."""

from services.health.api import appointments, slots

routers = (slots.router, appointments.router)
