"""Who may do what in identity."""

from collections.abc import Mapping
from datetime import timedelta

from chassis.rights import Rights, Rule
from contracts.area import Role

_ADMIN = frozenset({Role.ADMIN})
_OFFICERS = frozenset({Role.ADMIN, Role.COMMUNITY_OFFICER})
_HOMES = frozenset({Role.ADMIN, Role.COMMUNITY_OFFICER, Role.GRID_WORKER})

RIGHTS: Rights = {
    "openid": Rule(anyone=True),  # to be told who signed in: the one act that OpenID Connect names
    "people.read": Rule(owner=True, anyone=True),
    "people.revoke": Rule(roles=_ADMIN, owner=True),
    "people.unlink": Rule(owner=True),
    "people.secure": Rule(owner=True),  # their second factors, and to show them
    "people.recover": Rule(roles=_ADMIN),  # take somebody's second factors away, who lost them
    "people.find": Rule(roles=_HOMES),  # by an exact phone, number or name, of who lives in one's area; masked
    "people.reveal": Rule(roles=_HOMES),  # read one field of theirs in the clear
    "people.verify": Rule(owner=True),  # have one's own name and number compared
    "facts.read": Rule(roles=_HOMES, owner=True),
    "facts.record": Rule(roles=_HOMES),  # say what was seen, and revoke what was verified; never of oneself
    "duplicates.read": Rule(roles=_HOMES),
    "people.merge": Rule(roles=_HOMES),  # see, propose, confirm, refuse and undo; never one's own look twice, never of oneself
    "people.explain": Rule(roles=_ADMIN | {Role.AUDITOR}, owner=True, neighbours=True),  # why may somebody do something there
    "people.export": Rule(owner=True),  # ask for a copy of what is held of oneself, and fetch it
    "people.prove": Rule(owner=True),  # have a code sent to one's own phone, to show anew that it is oneself
    "people.erase": Rule(owner=True),  # ask to be forgotten, and take it back
    "consents.keep": Rule(owner=True),  # give, take back, see
    "erasures.read": Rule(roles=_ADMIN | {Role.AUDITOR}),
    "areas.read": Rule(anyone=True),
    "areas.write": Rule(roles=_ADMIN),
    "units.read": Rule(anyone=True),
    "units.write": Rule(roles=_ADMIN),
    "assignments.read": Rule(roles=_ADMIN | {Role.COMMUNITY_OFFICER}, owner=True),
    "assignments.grant": Rule(roles=_ADMIN),
    "assignments.cover": Rule(roles=_ADMIN, owner=True),  # somebody else serves meanwhile in one's place
    "emergencies.take": Rule(roles=_OFFICERS),
    "emergencies.read": Rule(roles=_ADMIN | {Role.AUDITOR}, owner=True),
    "emergencies.review": Rule(roles=_ADMIN),
    "imports.make": Rule(roles=_ADMIN, private=True),  # look at a sheet, and take it back
    "imports.commit": Rule(roles=_ADMIN, private=True),  # beside it each row wants the right it wants when done by hand
    "networks.read": Rule(roles=_ADMIN),  # from where admins of an area sign in
    "networks.change": Rule(roles=_ADMIN),
    "refusals.read": Rule(roles=_ADMIN | {Role.AUDITOR}, private=True),
    "registrations.decide": Rule(roles=_HOMES),  # see, make, confirm and refuse them; never one's own look twice
    "phones.give": Rule(roles=_HOMES),  # see, ask for, accept and refuse a phone for who lives there; never one's own look twice
    "proxies.read": Rule(roles=_HOMES, owner=True),  # beside it whoever acts by one sees it
    "proxies.give": Rule(owner=True),  # let somebody act for oneself; nobody does that for another
    "proxies.record": Rule(roles=_HOMES),  # note it before the principal, confirm and refuse it; never one's own look twice
    "proxies.end": Rule(roles=_HOMES, owner=True),  # and whoever acts by it
    "bindings.read": Rule(roles=_HOMES, owner=True),
    "bindings.approve": Rule(roles=_HOMES),  # say that somebody belongs to a room, see their papers after another, end it
    "bindings.agree": Rule(owner=True),  # say yes to a binding that staff made of oneself, or "not me"
    "bindings.leave": Rule(owner=True),  # move out oneself
    "invitations.make": Rule(owner=True),  # by a home of one's own that is an owner's
    "invitations.keep": Rule(owner=True),  # see, take back, end what came of it: beside it whoever owns the room
    "invitations.accept": Rule(anyone=True),  # by its code
}

# acts for which a second factor must have been shown so short a while ago, by whoever has one (RFC 9470)
STEP_UP: Mapping[str, timedelta] = {
    "assignments.grant": timedelta(minutes=10),
    "assignments.cover": timedelta(minutes=10),
    "emergencies.take": timedelta(minutes=10),
    "emergencies.review": timedelta(minutes=10),
    "people.revoke": timedelta(minutes=10),  # somebody else's sessions; one's own end without
    "networks.change": timedelta(minutes=10),
    "imports.commit": timedelta(minutes=10),  # a sheet of staff grants roles
    "people.find": timedelta(minutes=10),
    "people.erase": timedelta(minutes=10),
    "people.merge": timedelta(minutes=10),
    "people.export": timedelta(minutes=10),
    "people.recover": timedelta(minutes=10),
    "people.reveal": timedelta(minutes=10),
    "proxies.give": timedelta(minutes=10),
    "people.secure": timedelta(minutes=10),  # taking over a further factor, removing a passkey
}
# of these also by whoever has none yet: they take one over first
ALWAYS_STEP_UP = frozenset({"people.recover", "people.merge", "people.reveal", "emergencies.take"})
