"""Who may do what in reports."""

from chassis.rights import Rights, Rule
from contracts.area import Role
from contracts.event import OFFICES
from contracts.reports import LADDER

_ABOVE_THE_GRID = frozenset(LADDER[1:])

RIGHTS: Rights = {
    "reports.file": Rule(anyone=True),
    "uploads.grant": Rule(anyone=True),
    "reports.support": Rule(neighbours=True),
    "reports.read": Rule(roles=OFFICES, owner=True),
    "reports.accept": Rule(roles=OFFICES),
    "reports.decline": Rule(roles=_ABOVE_THE_GRID),
    "reports.appeal": Rule(owner=True),
    "reports.withdraw": Rule(owner=True),
    "reports.merge": Rule(roles=OFFICES),
    "reports.escalate": Rule(roles=OFFICES),
    "reports.ask": Rule(roles=OFFICES),
    "reports.supplement": Rule(owner=True),
    "reports.hold": Rule(roles=frozenset(LADDER[2:])),
    "reports.resume": Rule(roles=OFFICES),
    "reports.whistle": Rule(roles=OFFICES),
    "reports.arrive": Rule(roles=OFFICES | {Role.PROPERTY, Role.GUARD, Role.PARTNER}),
    "reports.explain": Rule(roles=OFFICES),
    "reports.verify": Rule(roles=OFFICES),
    "reports.assign": Rule(roles=OFFICES),
    "reports.reassign": Rule(roles=OFFICES),
    "reports.return": Rule(roles=OFFICES),
    "reports.process": Rule(roles=OFFICES),
    "reports.resolve": Rule(roles=OFFICES),
    "reports.rate": Rule(owner=True),
    "reports.appraise": Rule(neighbours=True, owner=True),
    "reports.reopen": Rule(owner=True),
    "reports.close": Rule(roles=OFFICES),
    "figures.read": Rule(roles=OFFICES),
    "cures.read": Rule(roles=OFFICES),
    "cures.write": Rule(roles=frozenset(LADDER[2:])),
    "cures.end": Rule(roles=frozenset(LADDER[2:]), owner=True),
    "notes.read": Rule(roles=OFFICES, owner=True),
    "notes.write": Rule(roles=OFFICES),
    "worklists.read": Rule(roles=OFFICES),
    "batches.do": Rule(roles=OFFICES),
    "views.keep": Rule(roles=OFFICES),
    "phrases.read": Rule(roles=OFFICES),
    "phrases.write": Rule(roles=frozenset(LADDER[2:])),
    "handovers.read": Rule(roles=OFFICES, owner=True),
    "handovers.make": Rule(roles=frozenset(LADDER[2:]), owner=True),
    "doubles.read": Rule(roles=OFFICES),
    "doubles.settle": Rule(roles=OFFICES),
    "anchors.read": Rule(roles=frozenset({Role.COMMUNITY_OFFICER, Role.ADMIN})),
    "anchors.write": Rule(roles=frozenset({Role.COMMUNITY_OFFICER, Role.ADMIN})),
    "settings.read": Rule(roles=frozenset({*LADDER[2:], Role.ADMIN})),
    "settings.write": Rule(roles=frozenset({Role.COMMUNITY_OFFICER, Role.ADMIN})),
}
