"""What reports says of the work of units that were summoned."""

from typing import ClassVar
from uuid import UUID

from contracts.reports import _InHand


class UnitContributed(_InHand):
    """A unit that is there said what it did; never what."""

    topic: ClassVar[str] = "reports.unit_contributed.v1"
    unit_id: UUID
    contributed_by: UUID
    blown_by: UUID | None = None
