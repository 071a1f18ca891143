"""What staff enter so that patients may be seen by video: since when a doctor practises, what was diagnosed, what a hut is."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.health.domain.online import EvidenceUnfit, Proof


@dataclass(eq=False)
class Qualification:
    """A doctor of an area: since when they practise independently, and whether they are fit for children."""

    id: UUID
    area: str
    doctor_id: UUID
    practised_since: date
    for_children: bool
    entered_by: UUID
    entered_at: datetime


@dataclass(eq=False)
class Evidence:
    """That somebody was diagnosed in person: by which paper, on which day, in which department. What it was is not kept."""

    id: UUID
    area: str
    person_id: UUID
    proof: Proof
    day: date
    recorded_by: UUID
    recorded_at: datetime
    department_id: UUID | None = None  # none: with the family doctor of the hut
    taken_back_by: UUID | None = None
    taken_back_at: datetime | None = None

    def take_back(self, *, by: UUID, at: datetime) -> bool:
        """It proves nothing any more; false if it did not already."""
        if self.taken_back_at is not None:
            return False
        self.taken_back_by, self.taken_back_at = by, at
        return True

    @property
    def owner_id(self) -> UUID:
        """It belongs to whom it is about."""
        return self.person_id

    def check(self, today: date) -> None:
        """EvidenceUnfit."""
        if self.day > today:
            raise EvidenceUnfit


@dataclass(eq=False)
class Site:
    """Whether a hut with staff counts as a place of the hospital's, version after version; without a word it does not."""

    id: UUID
    area: str
    hospital_id: UUID
    version: int
    is_site: bool
    decided_by: UUID
    decided_at: datetime
