"""每千户: how many problems a month brought, set against how many households live there.

What many say of one problem is one cluster: its master, or a report that stands alone; it says more of a place than of how
readily its people report. A number of households is what the community says in its terms.
"""

from dataclasses import dataclass

from services.reports.domain.board import FEWEST


@dataclass(frozen=True)
class Clusters:
    """So many in a group, of so many people; None of households that nobody said."""

    clusters: int = 0
    people: int = 0
    households: int | None = None

    @property
    def per_thousand(self) -> float | None:
        """Of a thousand households; None where it is not known how many live there."""
        return None if self.households is None else 1000 * self.clusters / self.households

    @property
    def told(self) -> dict[str, int | float | None] | None:
        """What everybody may know: nothing behind which fewer than five people stand, nor what is set against nothing."""
        if self.people < FEWEST or self.households is None:
            return None
        return {"clusters": self.clusters, "households": self.households, "per_thousand": self.per_thousand}
