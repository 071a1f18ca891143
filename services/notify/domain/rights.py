"""Who may do what in notify: everybody reads their own notices, and nobody another's."""

from chassis.rights import Rights, Rule

RIGHTS: Rights = {
    "notices.read": Rule(owner=True, private=True),
    "notices.mark": Rule(owner=True, private=True),
}
