"""Who seats are set aside for. Why somebody is entitled is a word that staff enter; no birth date is kept for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.errors import Invalid


class Ground(StrEnum):
    """Why somebody may take a seat that is set aside."""

    SENIOR = "senior"  # 65岁及以上
    CONTRACTED = "contracted"  # 已签约家庭医生


class NotAResidentHere(Invalid):
    """Seats are set aside for those who live in the hut's area."""

    zh = "该人员不是此区域的居民"


@dataclass(eq=False)
class Entitlement:
    """A person may take what is set aside in an area, on one ground; a contract ends, an age does not."""

    id: UUID
    area: str
    person_id: UUID
    ground: Ground
    marked_by: UUID
    marked_at: datetime
    ends_at: datetime | None = None

    @property
    def owner_id(self) -> UUID:
        """It belongs to whom it is about."""
        return self.person_id
