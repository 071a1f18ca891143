"""HTTP in, a module a resource."""

from services.identity.api import (
    areas,
    assignments,
    authorize,
    bindings,
    discovery,
    end_session,
    enrolment,
    imports,
    oauth,
    passkey_sign_in,
    passkeys,
    people,
    phone_additions,
    phone_sign_in,
    proxies,
    registrations,
    second_factor,
    sign_in,
    step_up,
    token,
    units,
    userinfo,
)

routers = (
    sign_in.router, phone_sign_in.router, passkey_sign_in.router, enrolment.router, step_up.router, discovery.router,
    authorize.router, token.router, oauth.router, userinfo.router, end_session.router, people.router, second_factor.router,
    passkeys.router, areas.router, units.router, assignments.router, bindings.router, registrations.router,
    imports.router,
    phone_additions.router, proxies.router,
)
