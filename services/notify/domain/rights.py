"""Who may do what in notify: everybody reads their own notices, and nobody another's but those of proxies."""

from chassis.rights import Rights, Rule
from contracts.area import Role

RIGHTS: Rights = {
    "notices.read": Rule(owner=True, private=True),
    "notices.mark": Rule(owner=True, private=True),
    # what was done for people by proxy at places one serves: who has no phone hears of it from staff
    "notices.check": Rule(roles=frozenset({Role.ADMIN, Role.COMMUNITY_OFFICER, Role.GRID_WORKER}), private=True),
}
