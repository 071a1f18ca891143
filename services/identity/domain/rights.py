"""Who may do what in identity."""

from collections.abc import Mapping
from datetime import timedelta

from chassis.rights import Rights, Rule
from contracts.area import Role

_ADMIN = frozenset({Role.ADMIN})
_HOMES = frozenset({Role.ADMIN, Role.COMMUNITY_OFFICER, Role.GRID_WORKER})

RIGHTS: Rights = {
    "openid": Rule(anyone=True),  # to be told who signed in: the one act that OpenID Connect names
    "people.read": Rule(owner=True, anyone=True),
    "people.revoke": Rule(roles=_ADMIN, owner=True),
    "people.unlink": Rule(owner=True),
    "people.secure": Rule(owner=True),  # their second factors, and to show them
    "people.recover": Rule(roles=_ADMIN),  # take somebody's second factors away, who lost them
    "areas.read": Rule(anyone=True),
    "areas.write": Rule(roles=_ADMIN),
    "units.read": Rule(anyone=True),
    "units.write": Rule(roles=_ADMIN),
    "assignments.read": Rule(roles=_ADMIN | {Role.COMMUNITY_OFFICER}, owner=True),
    "assignments.grant": Rule(roles=_ADMIN),
    "imports.make": Rule(roles=_ADMIN, private=True),  # look at a sheet, and take it back
    "imports.commit": Rule(roles=_ADMIN, private=True),  # beside it each row wants the right it wants when done by hand
    "registrations.decide": Rule(roles=_HOMES),  # see, make, confirm and refuse them; never one's own look twice
    "phones.give": Rule(roles=_HOMES),  # see, ask for, accept and refuse a phone for who lives there; never one's own look twice
    "proxies.read": Rule(roles=_HOMES, owner=True),  # beside it whoever acts by one sees it
    "proxies.give": Rule(owner=True),  # let somebody act for oneself; nobody does that for another
    "proxies.record": Rule(roles=_HOMES),  # note it before the principal, confirm and refuse it; never one's own look twice
    "proxies.end": Rule(roles=_HOMES, owner=True),  # and whoever acts by it
    "bindings.read": Rule(roles=_HOMES, owner=True),
    "bindings.approve": Rule(roles=_HOMES),
}

# acts for which a second factor must have been shown so short a while ago, by whoever has one (RFC 9470)
STEP_UP: Mapping[str, timedelta] = {
    "assignments.grant": timedelta(minutes=10),
    "imports.commit": timedelta(minutes=10),  # a sheet of staff grants roles
    "people.recover": timedelta(minutes=10),
    "proxies.give": timedelta(minutes=10),
    "people.secure": timedelta(minutes=10),  # taking over a further factor, removing a passkey
}
# of these also by whoever has none yet: they take one over first
ALWAYS_STEP_UP = frozenset({"people.recover"})
