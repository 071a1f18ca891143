"""HTTP in, a module a resource."""

from services.identity.api import areas, assignments, bindings, oauth, people, sign_in, units

routers = (
    sign_in.router, oauth.router, people.router, areas.router, units.router, assignments.router, bindings.router,
)
