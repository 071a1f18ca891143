"""HTTP in, a module a resource."""

from services.identity.api import areas, assignments, authorize, bindings, discovery, oauth, people, sign_in, token, units

routers = (
    sign_in.router, discovery.router, token.router, oauth.router, people.router, areas.router, units.router, assignments.router,
    bindings.router, authorize.router,
)
