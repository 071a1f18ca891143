"""What a community promises: how long each thing may take, and when it is on duty.

The default follows the draft Beijing standard of 接诉即办 (December 2021): danger within 2 hours, water, power and the like
within 24 hours, what is ordinary within 7 days; intake within 2 hours, first contact within 30 minutes, both of duty.
"""

from dataclasses import dataclass

from services.reports.domain.calendar import OFFICE_HOURS, Calendar
from services.reports.domain.clock import Kind, Policy

_HOUR, _DAY = 60, 1440


@dataclass(frozen=True)
class Terms:
    """One version of a community's terms; `resolve` names categories that differ from the ordinary."""

    version: int
    duty: tuple[tuple[int, int], ...]
    respond: Policy
    contact: Policy
    arrive: Policy
    ordinary: Policy
    resolve: dict[str, Policy]

    @property
    def calendar(self) -> Calendar:
        """The duty hours over the published days."""
        return Calendar(self.duty)

    def policy(self, kind: Kind, category: str) -> Policy:
        """How long this may take for such a report."""
        if kind is Kind.RESOLVE:
            return self.resolve.get(category, self.ordinary)
        return self.respond if kind is Kind.RESPOND else self.contact


DEFAULT = Terms(
    version=0, duty=OFFICE_HOURS, respond=Policy(2 * _HOUR), contact=Policy(30), arrive=Policy(2 * _HOUR),
    ordinary=Policy(7 * _DAY, by_night=True),
    resolve={
        "safety": Policy(2 * _HOUR, by_night=True), "water": Policy(_DAY, by_night=True),
        "electricity": Policy(_DAY, by_night=True),
    },
)
