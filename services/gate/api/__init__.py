"""HTTP in, a module a resource."""

from services.gate.api import gates

routers = (gates.router,)
