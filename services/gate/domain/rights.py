"""Who may do what at the gates."""

from chassis.rights import Rights, Rule
from contracts.area import Role

_ROOM = frozenset({Role.GRID_WORKER, Role.GUARD, Role.COMMUNITY_OFFICER})

RIGHTS: Rights = {
    "gates.read": Rule(roles=_ROOM, neighbours=True),
    "gate.open": Rule(roles=_ROOM),
}
