"""What reports keeps of causes: what came again, and who owns it; and how that maps onto the domain."""

from sqlalchemy import CheckConstraint, Column, Date, DateTime, ForeignKey, Index, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.orm import registry

from chassis.tables import AreaPath
from services.reports.domain.cure import Cure, CureNote, Repeat
from services.reports.store.tables import metadata

_moment = DateTime(timezone=True)

repeats = Table(
    "repeats", metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("reports.id"), nullable=False, unique=True),
    Column("former_id", Uuid, ForeignKey("reports.id"), nullable=False, comment="what was mended there before"),
    Column("area", AreaPath, nullable=False),
    Column("anchor_id", Uuid),
    Column("category", Text, nullable=False),
    Column("found_at", _moment, nullable=False),
    Index("ix_repeats_area_gist", "area", postgresql_using="gist"),
    CheckConstraint("report_id <> former_id", name="of_another"),
)

cures = Table(
    "cures", metadata,
    Column("id", Uuid, primary_key=True),
    Column("repeat_id", Uuid, ForeignKey("repeats.id"), nullable=False),
    Column("area", AreaPath, nullable=False),
    Column("anchor_id", Uuid),
    Column("category", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("review_on", Date, nullable=False, comment="the local day on which it is looked at again"),
    Column("opened_by", Uuid, nullable=False),
    Column("opened_at", _moment, nullable=False),
    Column("outcome", Text, CheckConstraint("outcome in ('cured', 'eased', 'not_cured')", name="outcome")),
    Column("ended_by", Uuid),
    Column("ended_at", _moment),
    Column("reminded_at", _moment, comment="when its owner was told that its day had come"),
    Column("overdue_at", _moment, comment="when the officers were told that it was over"),
    Index(
        "uq_cures_under_way", "area", "category", "anchor_id", unique=True, postgresql_nulls_not_distinct=True,
        postgresql_where=text("ended_at is null"),
    ),
    Index("ix_cures_due", "review_on", postgresql_where=text("ended_at is null and overdue_at is null")),
    Index("ix_cures_area_gist", "area", postgresql_using="gist"),
    CheckConstraint(
        "(outcome is null) = (ended_at is null) and (outcome is null) = (ended_by is null)", name="ended_whole"
    ),
)

cure_notes = Table(
    "cure_notes", metadata,
    Column("id", Uuid, primary_key=True),
    Column("cure_id", Uuid, ForeignKey("cures.id"), nullable=False),
    Column("written_by", Uuid, nullable=False),
    Column("written_at", _moment, nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    Index("ix_cure_notes_cure", "cure_id", "id"),
)

_mapping = registry(metadata=metadata)
_mapping.map_imperatively(Repeat, repeats)
_mapping.map_imperatively(Cure, cures)
_mapping.map_imperatively(CureNote, cure_notes)
