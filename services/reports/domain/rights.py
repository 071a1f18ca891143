"""Who may do what in reports."""

from chassis.rights import Rights, Rule
from contracts.event import OFFICES

RIGHTS: Rights = {
    "reports.file": Rule(anyone=True),
    "reports.read": Rule(roles=OFFICES, owner=True),
    "reports.accept": Rule(roles=OFFICES),
    "reports.assign": Rule(roles=OFFICES),
    "reports.return": Rule(roles=OFFICES),
    "reports.process": Rule(roles=OFFICES),
    "reports.resolve": Rule(roles=OFFICES),
    "reports.rate": Rule(owner=True),
    "reports.reopen": Rule(owner=True),
    "reports.close": Rule(roles=OFFICES),
}
